"""A test message: the clinic's own reminder with invented words, to a number or openid that is no patient's.

It goes the way of every message, by the queues and the pace of its account, and stands in the log as what it is: it
shows that account, template and callbacks work. Nothing of a patient is in it, and it never goes to one.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from shared.clock import Clock
from shared.domain.appointment import Appointment, AppointmentStatus, HumanName, Patient
from shared.domain.clinic import AddressKind, Clinic
from shared.domain.compose import compose
from shared.domain.decision import Planned
from shared.domain.identity import Pseudonyms
from shared.domain.message import Kind, Message, Priority
from shared.errors import Conflict, InvalidInput
from shared.services.asking.once import KeepOnce
from shared.services.callers import Caller
from shared.services.ports import NewId, OpenChannel
from shared.storage.contract import PatientIndex, Patients, Term, TermKind
from shared.wording import Wording

NAME = "Test"
STEP = "test"
EXPIRES = timedelta(minutes=30)
_FORMS = {AddressKind.PHONE: re.compile(r"\+[1-9][0-9]{7,14}"), AddressKind.OPENID: re.compile(r"[A-Za-z0-9_-]{6,128}")}
_EXAMPLES = {AddressKind.PHONE: "a whole number such as +447700900123", AddressKind.OPENID: "an openid"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What would go, and the words that would be read."""

    message: Message
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTestMessage:
    """Sends nothing itself: release feeds it within seconds."""

    once: KeepOnce
    patients: Patients
    patient_index: PatientIndex
    open_channel: OpenChannel
    pseudonyms: Pseudonyms
    wording: Wording
    clock: Clock
    new_id: NewId
    mock: bool

    async def __call__(self, draft: Draft) -> Message:
        """Kept, and due in a second."""
        await self.once.keep(draft.message)
        return draft.message

    async def draft(self, caller: Caller, clinic: Clinic, channel_name: str, to: str) -> Draft:
        """Changes nothing. Raises InvalidInput for another channel or address; Conflict where it is a patient's, or has
        opted out; ConfigurationError, NotFound for an account that is not set up."""
        way = clinic.channel(channel_name)
        if way is None:
            uses = ", ".join(one.channel for one in clinic.channels)
            raise InvalidInput(f"{clinic.id} does not use that channel. It uses: {uses}.")
        if _FORMS[way.address_kind].fullmatch(to) is None:
            raise InvalidInput(f"The address must be {_EXAMPLES[way.address_kind]}.")
        await self._refuse_patients(clinic, channel_name, way.address_kind, to)
        channel = await self.open_channel(channel_name, way.account)
        message = self._message(caller, clinic, way.channel, way.account, way.address_kind, to)
        checked = channel.check(message.content)
        if checked.problems:
            raise InvalidInput("The clinic's reminder cannot be sent by this channel.", checked.problems)
        return Draft(message, channel.rendered(message.content))

    async def _refuse_patients(self, clinic: Clinic, channel: str, kind: AddressKind, to: str) -> None:
        if kind is AddressKind.PHONE:
            found = await self.patient_index.find(clinic.id, [Term(TermKind.NUMBER, to)], 1, "")
            if found is None or found.items:
                raise Conflict("A patient of this clinic has that number. Send tests to a number of your own.")
        key = self.pseudonyms.address(clinic.id, channel, to)
        standing = await self.patients.standing(clinic.id, channel, key, self.clock.now())
        if not standing.may_be_reached:
            raise Conflict("Whoever has that address has opted out, or it cannot be reached.")

    def _message(
        self, caller: Caller, clinic: Clinic, channel: str, account: str, kind: AddressKind, to: str
    ) -> Message:
        now, language = self.clock.now(), clinic.languages[0]
        start = now + timedelta(days=1)
        appointment = Appointment(STEP, AppointmentStatus.BOOKED, start, Patient(STEP, HumanName(text=NAME)))
        planned = Planned(STEP, now, now + EXPIRES, channel, account, kind, to, language)
        digest = self.pseudonyms.digest("test", clinic.id, self.new_id())
        return Message(
            id=self.pseudonyms.placed(clinic.id, clinic.local_day(now), digest),
            kind=Kind.RAW,
            channel=channel,
            account=account,
            to=to,
            content=compose(appointment, planned, clinic, self.wording),
            language=language,
            scheduled_for=now,
            expires_at=now + EXPIRES,
            created_at=now,
            sent_by=caller.name,
            mock=self.mock,
            address_key=self.pseudonyms.address(clinic.id, channel, to),
            priority=Priority.PRESCRIPTION,
        )
