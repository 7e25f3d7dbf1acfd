"""Whether a patient may be reminded of one appointment, by the rules of planning, on the channels that a caller names.

What only a whole list shows, a number that several patients share, was seen by the run that decided on it last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.appointment import Appointment
from shared.domain.clinic import Clinic
from shared.domain.contact import wire_form
from shared.domain.decide import Remindable, nobody_is_marked, remindable
from shared.domain.decision import SkipReason
from shared.domain.identity import Pseudonyms
from shared.domain.register import NO_RECORD
from shared.domain.way import NoWay
from shared.storage.contract import Patients, Plans

# How far the checks of a channel came, where they are asked of the store: see `shared.domain.way.Reach.way`.
_OPTED_OUT, _UNREACHABLE, _SHARED = 2, 4, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MayBeReminded:
    """Reads only."""

    patients: Patients
    plans: Plans
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(
        self, clinic: Clinic, appointment: Appointment, channels: Sequence[str]
    ) -> Remindable | SkipReason:
        """By the first of the channels that may be used; else why not, of the channel that came furthest."""
        furthest = NoWay(-1, SkipReason.NO_ADDRESS)
        for channel in channels:
            found = await self._by(clinic, appointment, channel)
            if isinstance(found, Remindable):
                return found
            if found.stage > furthest.stage:
                furthest = found
        return furthest.reason

    async def _by(self, clinic: Clinic, appointment: Appointment, channel: str) -> Remindable | NoWay:
        now, record = self.clock.now(), NO_RECORD
        if appointment.patient is not None:
            patient_key = self.pseudonyms.patient(clinic.id, appointment.patient.id)
            record = await self.patients.record(clinic.id, patient_key, channel)
        found = remindable(appointment, record, nobody_is_marked, clinic.only(channel), now)
        if isinstance(found, NoWay):
            return found
        address_key = self.pseudonyms.address(clinic.id, channel, wire_form(found.way.address))
        standing = await self.patients.standing(clinic.id, channel, address_key, now)
        if standing.opted_out:
            return NoWay(_OPTED_OUT, SkipReason.OPTED_OUT)
        if not standing.may_be_reached:
            return NoWay(_UNREACHABLE, SkipReason.UNREACHABLE)
        key, day = self.pseudonyms.appointment(clinic.id, appointment.id), clinic.local_day(found.start)
        decided = {decision.reason for decision in await self.plans.of_appointment(clinic.id, day, key)}
        return NoWay(_SHARED, SkipReason.NUMBER_SHARED) if SkipReason.NUMBER_SHARED in decided else found
