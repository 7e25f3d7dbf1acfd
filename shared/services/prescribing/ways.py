"""By which ways a patient may be given a prescription code, judged more strictly than a reminder: it is access to medicine.

What the last run kept of the patient, their birth date, opt-ins, objections, marks and holds all count; the number must
be a mobile's, and no other patient's.
"""  # noqa: E501

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.appointment import Patient, Telecom, TelecomSystem
from shared.domain.clinic import AddressKind, Clinic, ClinicChannel
from shared.domain.contact import wire_form
from shared.domain.decision import SkipReason
from shared.domain.eligibility import age_stop
from shared.domain.identity import Pseudonyms
from shared.domain.prescription.refusal import PrescriptionRefusal
from shared.domain.register import PatientRecord
from shared.domain.way import NoWay, Reach, Way
from shared.services.prescribing.order import AUTO
from shared.services.prescribing.refusals import Refusals
from shared.storage.contract import ContactRow, Patients

ANY_ADDRESS = ""
_PATIENT_KEY = re.compile(r"[a-z2-7]{26}")
_SYSTEMS: Mapping[str, TelecomSystem] = {
    AddressKind.PHONE: TelecomSystem.PHONE,
    AddressKind.OPENID: TelecomSystem.OPENID,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindWays:
    """Patients and the ways to them."""

    patients: Patients
    pseudonyms: Pseudonyms
    refusals: Refusals

    async def patient(self, clinic: Clinic, patient_id: str, patient_number: str) -> ContactRow:
        """By the opaque key, or by the source's own number. Raises Conflict where no run has met them."""
        key = patient_id or self.pseudonyms.patient(clinic.id, patient_number.strip())
        found = await self.patients.contact(clinic.id, key) if _PATIENT_KEY.fullmatch(key) else None
        if found is None:
            raise self.refusals.of_prescription(PrescriptionRefusal.PATIENT_UNKNOWN, clinic)
        return found

    async def __call__(self, clinic: Clinic, contact: ContactRow, channel: str, now: datetime) -> tuple[Way, ...]:
        """Every way that may be used, in the clinic's order; at least one. Raises Conflict with the reason of the
        channel that came furthest."""
        asked = [way for way in clinic.channels if channel in (AUTO, way.channel)]
        if not asked:
            raise self.refusals.of_prescription(PrescriptionRefusal.CHANNEL_NOT_USED, clinic)
        if stop := patient_stop(contact, clinic, now):
            raise self.refusals.conflict("skip_reason", stop, clinic)
        found = [await self.by(clinic, contact, way, now) for way in asked]
        ways = tuple(way for way in found if isinstance(way, Way))
        if not ways:
            furthest = max((way for way in found if isinstance(way, NoWay)), key=lambda way: way.stage)
            raise self.refusals.conflict("skip_reason", furthest.reason, clinic)
        return ways

    async def by(self, clinic: Clinic, contact: ContactRow, channel: ClinicChannel, now: datetime) -> Way | NoWay:
        """The patient by this one channel."""
        kind, name = channel.address_kind, channel.channel
        record = await self.patients.record(clinic.id, contact.patient_key, name)
        address = record.addresses.get(name, "") or contact.addresses.get(kind, "")
        stop = contact.stops.get(kind, "")
        if not address or (stop and stop != SkipReason.NUMBER_SHARED):
            return NoWay(1, SkipReason(stop) if stop else SkipReason.NO_ADDRESS)
        key = self.pseudonyms.address(clinic.id, name, address)
        standing = await self.patients.standing(clinic.id, name, key, now)
        return Reach(
            patient=Patient(contact.patient_id, telecoms=(Telecom(_SYSTEMS[kind], address, "mobile"),)),
            record=_addressed(record, channel, address),
            is_opted_out=lambda _channel, _address: standing.opted_out,
            is_unreachable=lambda _channel, _address: not standing.may_be_reached,
            is_shared=lambda _kind, _address: stop == SkipReason.NUMBER_SHARED,
            clinic=clinic.only(name),
            now=now,
        ).way()


def patient_stop(contact: ContactRow, clinic: Clinic, now: datetime) -> SkipReason | None:
    """What holds whatever the channel: as the last run saw them, and by their age today."""
    if stop := contact.stops.get(ANY_ADDRESS):
        return SkipReason(stop)
    return age_stop(contact.birth_on, clinic.local_day(now), clinic)


def address_of(way: Way) -> str:
    return wire_form(way.address)


def _addressed(record: PatientRecord, channel: ClinicChannel, address: str) -> PatientRecord:
    return replace(record, addresses={channel.channel: address})
