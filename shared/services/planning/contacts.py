"""What a run keeps of a patient's contact: addresses that may be written to, and what stands against writing at all.

A reminder is judged on the record itself. What is sent by hand (a prescription reference) is judged on what the last
run kept, so that a patient who has died, or a number that two patients share, is refused there as well.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.appointment import ContactPreference, Patient
from shared.domain.clinic import AddressKind, Clinic
from shared.domain.contact import ContactProblem, address_for, numbers_written, wire_form
from shared.domain.decision import SkipReason
from shared.domain.eligibility import lasting_stop
from shared.domain.identity import Pseudonyms
from shared.domain.register import PatientRecord
from shared.services.planning.reminder import name_for_staff
from shared.storage.contract import ContactRow

ANY_ADDRESS = ""
"""Under which `ContactRow.stops` has what holds whatever the channel."""


@dataclass(frozen=True, slots=True)
class MetAddresses:
    """The addresses that one look at an appointment met, by AddressKind, and which of them other patients have too."""

    addresses: Mapping[str, str]
    shared: Collection[str]


@dataclass(frozen=True, slots=True)
class KeptContact:
    """A row that differs from the one stored. `was_shared`: it differs in nothing but that an address was shared with
    another patient, who may still come in this list."""

    row: ContactRow
    was_shared: bool


@dataclass(frozen=True, slots=True)
class Contacts:
    """For one run."""

    clinic: Clinic
    as_of: datetime
    pseudonyms: Pseudonyms

    def changed(
        self, patient: Patient | None, patient_key: str, record: PatientRecord, met: MetAddresses
    ) -> KeptContact | None:
        """The patient's contact row; None: what is stored says the same. Whoever may not be written to has one too:
        staff find them by it, phone them, and record that they say yes."""
        if patient is None or not patient_key:
            return None
        stop = lasting_stop(patient)
        addresses, stops = dict(met.addresses), {ANY_ADDRESS: str(stop)} if stop else {}
        self._look_further(patient, record, addresses, stops)
        together = stops | dict.fromkeys(met.shared, str(SkipReason.NUMBER_SHARED))
        row = self._row(patient, patient_key, addresses, together)
        if row.fingerprint == record.fingerprint:
            return None
        row = replace(row, replaces=bool(record.fingerprint))
        if not record.fingerprint or met.shared:
            return KeptContact(row, was_shared=False)
        return KeptContact(row, self._as_shared(patient, patient_key, addresses, stops, record))

    def _look_further(
        self, patient: Patient, record: PatientRecord, addresses: dict[str, str], stops: dict[str, str]
    ) -> None:
        """Kinds of address that were not met, since another channel came first or something stood against it."""
        for channel in self.clinic.channels:
            kind = channel.address_kind
            if kind in addresses or kind in stops:
                continue
            bound = record.addresses.get(channel.channel, "")
            found = address_for(kind, patient, self.clinic.region, bound, self.as_of)
            if kind is AddressKind.PHONE and ContactPreference.NO_TELEPHONE in patient.contact_preferences:
                stops[kind] = str(SkipReason.NO_TELEPHONE)
            elif isinstance(found, ContactProblem):
                stops[kind] = str(found.reason)
            else:
                addresses[kind] = wire_form(found)

    def _as_shared(
        self,
        patient: Patient,
        patient_key: str,
        addresses: Mapping[str, str],
        stops: Mapping[str, str],
        record: PatientRecord,
    ) -> bool:
        """Whether what is stored is this very contact with one of its addresses shared."""
        shared = ({**stops, kind: str(SkipReason.NUMBER_SHARED)} for kind in addresses)
        return any(self._row(patient, patient_key, addresses, one).fingerprint == record.fingerprint for one in shared)

    def _row(
        self, patient: Patient, patient_key: str, addresses: Mapping[str, str], stops: Mapping[str, str]
    ) -> ContactRow:
        name = name_for_staff(patient, self.clinic)
        names = " ".join(filter(None, (patient.name.text, patient.name.family, patient.name.given)))
        language = patient.languages[0] if patient.languages else ""
        born = patient.birth_on.isoformat() if patient.birth_on else ""
        numbers = numbers_written(patient)
        said = (patient.id, name, names, numbers, language, born, *_pairs(addresses), "stops", *_pairs(stops))
        return ContactRow(
            patient_key=patient_key,
            patient_id=patient.id,
            name=name,
            addresses=addresses,
            language=language,
            fingerprint=self.pseudonyms.digest("contact", *said)[:13],
            birth_on=patient.birth_on,
            names=names,
            numbers=numbers,
            stops=stops,
        )


def _pairs(values: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(values):
        yield name
        yield values[name]
