"""Whether a message of a prescription may still go, asked at the moment of sending (promises 2 and 3)."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.clinic import AddressKind, Clinic, OptInRule
from shared.domain.decision import SkipReason
from shared.domain.message import Message, TooLate
from shared.domain.prescription.life import PrescriptionStop, is_over, is_revoked
from shared.services.prescribing.ways import patient_stop
from shared.storage.contract import AddressStanding, Patients, Prescriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class StillToSend:
    """Everything that was asked when it was sent, asked again."""

    prescriptions: Prescriptions
    patients: Patients

    async def __call__(self, clinic: Clinic, message: Message, standing: AddressStanding, now: datetime) -> str:
        """Why it must not go; empty: it may."""
        log = await self.prescriptions.whole(clinic.id, message.prescription)
        if log is None:
            return PrescriptionStop.NOT_FOUND
        if is_revoked(log.events):
            return PrescriptionStop.REVOKED
        if is_over(log.prescription, clinic, now):
            return TooLate.EXPIRED
        if standing.opted_out:
            return SkipReason.OPTED_OUT
        if not standing.may_be_reached:
            return SkipReason.UNREACHABLE
        return await self._of_the_patient(clinic, message, now)

    async def _of_the_patient(self, clinic: Clinic, message: Message, now: datetime) -> str:
        """The record may have been corrected since: another number, another person's number, a patient who died."""
        contact = await self.patients.contact(clinic.id, message.patient_key)
        way = clinic.channel(message.channel)
        if contact is None or way is None:
            return PrescriptionStop.CONTACT_CHANGED
        if stop := patient_stop(contact, clinic, now):
            return stop
        record = await self.patients.record(clinic.id, message.patient_key, message.channel)
        if way.opt_in is OptInRule.REQUIRED and message.channel not in record.opted_in:
            return SkipReason.NO_OPT_IN
        bound = record.addresses.get(message.channel, "") if way.address_kind is AddressKind.OPENID else ""
        if (bound or contact.addresses.get(way.address_kind, "")) != message.to:
            return PrescriptionStop.CONTACT_CHANGED
        return SkipReason.NUMBER_SHARED if way.address_kind in contact.stops else ""
