"""A prescription reference as staff see it: its facts, its messages, and its life in order."""

import re
from dataclasses import dataclass
from datetime import datetime

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import CLINIC_ID, MessageId
from shared.domain.message import EventName, Message, Status, fold
from shared.domain.prescription.life import (
    Prescription,
    PrescriptionEventName,
    PrescriptionState,
    is_over,
    is_revoked,
    state_of,
)
from shared.errors import NotFound
from shared.services.abreast import abreast
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.prescribing.dispatch import over_at
from shared.storage.contract import MessageLog, Messages, Page, PrescriptionLog, Prescriptions

_PUBLIC_ID = re.compile(rf"({CLINIC_ID.pattern})_([a-z2-7]{{26}})")
_BEGINS = frozenset({PrescriptionEventName.SENT, PrescriptionEventName.RESENT})


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of its life. `by`: who did it; empty: nobody of the staff."""

    at: datetime
    name: str  # sent, resent, delivered, viewed, revoked, expired
    by: str = ""
    message_id: MessageId | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrescriptionView:
    """Patient data: never log one."""

    prescription: Prescription
    state: PrescriptionState
    moments: tuple[Moment, ...]
    messages: tuple[tuple[Message, Status], ...]  # oldest first

    @property
    def latest(self) -> tuple[Message, Status] | None:
        return self.messages[-1] if self.messages else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescriptionReports:
    """Reading only; a caller sees its own clinics."""

    prescriptions: Prescriptions
    messages: Messages
    clinics: ClinicBook
    clock: Clock

    async def newest(self, clinic: Clinic, channel: str, top: int, cursor: str) -> Page[PrescriptionView]:
        """Newest first; `channel` empty: any. Raises InvalidCursor."""
        page = await self.prescriptions.newest(clinic.id, top, cursor)
        views = await abreast(lambda log: self._view(log, clinic), page.items)
        wanted = (v for v in views if not channel or any(m.channel == channel for m, _ in v.messages))
        return Page(tuple(wanted), page.next_cursor)

    async def one(self, caller: Caller, text: str) -> PrescriptionView:
        """Raises NotFound, also for another clinic's."""
        log, clinic = await self.found(caller, text)
        return await self._view(log, clinic)

    async def found(self, caller: Caller, text: str) -> tuple[PrescriptionLog, Clinic]:
        """The prescription whose id a caller gives. Raises NotFound in the same words whether it is another clinic's or
        none."""
        match = _PUBLIC_ID.fullmatch(text)
        log = await self.prescriptions.whole(match[1], match[2]) if match and caller.may_see(match[1]) else None
        if log is None:
            raise NotFound("There is no such prescription.")
        return log, await self.clinics.get(log.prescription.clinic_id)

    async def of(self, prescription_id: str, clinic: Clinic) -> PrescriptionView:
        """One that is there. Raises NotFound."""
        log = await self.prescriptions.whole(clinic.id, prescription_id)
        if log is None:
            raise NotFound("There is no such prescription.")
        return await self._view(log, clinic)

    async def _view(self, log: PrescriptionLog, clinic: Clinic) -> PrescriptionView:
        one, events = log.prescription, log.events
        wholes = await self.messages_of(log)
        messages = tuple((whole.message, fold(whole.events, whole.message.scheduled_for)) for whole in wholes)
        over = is_over(one, clinic, self.clock.now())
        state = state_of(events, [status for _, status in messages], over=over)
        moments = [Moment(e.at, e.name, e.by, e.message_id, e.note) for e in events]
        moments += [moment for whole in wholes for moment in _delivered(whole)]
        if over and not is_revoked(events):
            moments.append(Moment(over_at(one, clinic), PrescriptionState.EXPIRED))
        return PrescriptionView(one, state, tuple(sorted(moments, key=lambda m: m.at)), messages)

    async def messages_of(self, log: PrescriptionLog) -> tuple[MessageLog, ...]:
        """Its messages, oldest first; one that a crash kept from being written is not there."""
        ids = [event.message_id for event in log.events if event.name in _BEGINS and event.message_id]
        wholes = await abreast(self.messages.whole, ids)
        return tuple(whole for whole in wholes if whole is not None)


def _delivered(whole: MessageLog) -> list[Moment]:
    """When it reached the patient's phone: told by the first receipt that says so."""
    told = [e.at for e in whole.events if e.name in (EventName.DELIVERED, EventName.READ)]
    return [Moment(min(told), PrescriptionState.DELIVERED, message_id=whole.message.id)] if told else []
