"""Is it still right to send, at this moment? Asked before every call to a provider (promises 2, 3 and 9).

over, or the appointment has begun            Stop      expired, appointment_started
before its time, or quiet for the patient     Wait      until it is over
a person has paused the account or clinic     Wait      until they let it go on
the account or its template is stopped        Wait      until somebody has put it right
the patient objected, or cannot be reached    Stop      opted_out, unreachable
the prescription: called back, over, or no    Stop      prescription_revoked, expired, contact_changed …
  longer to this patient at this address
the appointment as its source has it now      Stop      cancelled, moved, changed …: it is planned anew
  … where the source is silent                Wait      but not if its last whole list is younger than a day
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.clinic import Clinic
from shared.domain.decision import SkipReason
from shared.domain.local_time import next_allowed, zone_of
from shared.domain.message import HoldReason, Kind, Message, TooLate
from shared.services.fresh import CannotTell, FreshReader, NoLonger, may_send_unseen
from shared.services.ports import OpenChannel
from shared.services.prescribing.still_right import StillToSend
from shared.services.sending.circuits import LANE_PROBE, Circuits
from shared.storage.contract import AddressStanding, Patients

LOOK_AT_SOURCE_AGAIN = timedelta(minutes=5)
# a caller's own word, an answer to somebody who wrote, and a code that somebody waits for
_AT_ANY_HOUR = frozenset({Kind.RAW, Kind.REPLY, Kind.PRESCRIPTION})


@dataclass(frozen=True, slots=True)
class Stop:
    """It must not go any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. `reason` empty: its time has not come."""

    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """None: it may go."""

    patients: Patients
    circuits: Circuits
    fresh: FreshReader
    open_channel: OpenChannel
    prescription: StillToSend

    async def __call__(self, clinic: Clinic, message: Message, now: datetime) -> Stop | Wait | None:
        if reason := too_late(message, now):
            return Stop(reason)
        return (
            _not_yet(message, clinic, now)
            or await self._paused(message, now)
            or await self._account_stopped(message, now)
            or await self._no_longer(clinic, message, now)
            or await self._template_stopped(message, now)
        )

    async def _paused(self, message: Message, now: datetime) -> Wait | None:
        if await self.circuits.paused(message.lane, message.id.clinic_id) is None:
            return None
        return Wait(now + LANE_PROBE, HoldReason.PAUSED)

    async def _account_stopped(self, message: Message, now: datetime) -> Wait | None:
        if await self.circuits.allows(message.lane, message.id.digest):
            return None
        stop = await self.circuits.state(message.lane)
        return Wait(max(stop.probe_at, now), HoldReason.ACCOUNT_STOPPED) if stop else None

    async def _template_stopped(self, message: Message, now: datetime) -> Wait | None:
        """Last of all: who passes may be the one that tries the template."""
        channel = await self.open_channel(message.channel, message.account)
        template = channel.template_of(message.content)
        until = await self.circuits.template_stopped(message.lane, template, message.id.digest) if template else None
        return None if until is None else Wait(max(until, now), HoldReason.TEMPLATE_STOPPED)

    async def _no_longer(self, clinic: Clinic, message: Message, now: datetime) -> Stop | Wait | None:
        """Our own answer goes to whoever wrote: the word that confirms a STOP as well."""
        if message.is_acknowledgement:
            return None
        standing = await self.patients.standing(clinic.id, message.channel, message.address_key, now)
        if message.kind is Kind.PRESCRIPTION:
            reason = await self.prescription(clinic, message, standing, now)
            return Stop(reason) if reason else None
        if message.kind is not Kind.REMINDER:
            return _refused(standing)
        look = await self.fresh.look(clinic, message, standing)
        if isinstance(look, NoLonger):
            return Stop(look.reason)
        if isinstance(look, CannotTell) and not may_send_unseen(look.last_complete_at, now):
            return Wait(now + LOOK_AT_SOURCE_AGAIN, HoldReason.SOURCE_SILENT)
        return None


def _refused(standing: AddressStanding) -> Stop | None:
    """Whether even a caller's own word does not go: they said STOP, or seem to have said it."""
    if standing.opted_out:
        return Stop(SkipReason.OPTED_OUT)
    return Stop(SkipReason.UNREACHABLE) if standing.paused else None


def too_late(message: Message, now: datetime) -> str:
    """Why a message must not go any more, by the clock alone; empty: it may."""
    if message.starts_at is not None and now >= message.starts_at:
        return TooLate.APPOINTMENT_STARTED
    return TooLate.EXPIRED if now >= message.expires_at else ""


def _not_yet(message: Message, clinic: Clinic, now: datetime) -> Wait | None:
    """Its time, if a later run moved it on; or the end of the patient's quiet hours."""
    if message.scheduled_for > now:
        return Wait(message.scheduled_for)
    if message.kind in _AT_ANY_HOUR:
        return None
    allowed = next_allowed(now, clinic.quiet_hours, zone_of(message.zone, clinic))
    return Wait(allowed, HoldReason.QUIET_HOURS) if allowed > now else None
