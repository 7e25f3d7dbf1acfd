"""Find a patient of a clinic: by the source's number, by telephone, by name. Masked, a page at a time.

Names and numbers are found by keyed digests only (`shared/storage/patient_index.py`); what is found is compared with
the contact itself, since a digest may lead to what a contact was before.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.clinic import Clinic
from shared.domain.identity import DIGEST, Pseudonyms
from shared.domain.name_words import name_words
from shared.domain.phone_number import NumberProblem, PhoneAddress, read_number
from shared.errors import FieldProblem, InvalidInput
from shared.services.abreast import abreast
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.staff.patient_view import PatientView, ViewPatient
from shared.storage.contract import ContactRow, PatientIndex, Patients, Term, TermKind

FEWEST_LETTERS = 2  # of a name; one letter is half of a clinic

_NUMBER_ADVICE = {
    NumberProblem.NOT_MOBILE: "Patients are found by their mobile number; this is another kind of number.",
    NumberProblem.TWO_NUMBERS: "Write one number only.",
}
_WHOLE_NUMBER = "Write the whole number, such as 07700 900123, or +44 7700 900123 for a number of another country."
_NOBODY = "Nobody fits. A patient is found once an appointment of theirs has been read, by whole words of the name."
_TOO_MANY = "Too many patients fit. Add a first or a family name, or search by number."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Search:
    """A patientId, or a patientNumber, or a phone, a name or both of these. Holds patient data: never log one."""

    patient_id: str = ""
    patient_number: str = ""
    phone: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class FoundPatients:
    """A page. `too_many`: so many fit that none is shown; `advice`: what to do then, or where
    nobody fits."""

    clinic: Clinic
    patients: Sequence[PatientView]
    next_cursor: str = ""
    too_many: bool = False
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpPatient:
    """`POST /api/{channel}/v1/patients/lookup`."""

    index: PatientIndex
    patients: Patients
    view: ViewPatient
    clinics: ClinicBook
    pseudonyms: Pseudonyms

    async def __call__(self, caller: Caller, clinic_id: str, search: Search, top: int, cursor: str) -> FoundPatients:
        """Raises InvalidInput, InvalidCursor, NotFound, Forbidden."""
        clinic = await self.clinics.of_caller(caller, clinic_id)
        key, number = search.patient_id.strip(), search.patient_number.strip()
        terms = _terms(clinic, search.phone.strip(), search.name.strip())
        if sum(map(bool, (key, number, terms))) != 1:
            raise _wrong("name", "Give a patientId, or a patientNumber, or a phone, a name or both of these.")
        if terms:
            found = await self._by_terms(clinic, terms, top, cursor)
        else:
            found = await self._by_key(clinic, key or self.pseudonyms.patient(clinic.id, number))
        log.info("patients_looked_up clinic=%s count=%d", clinic.id, len(found.patients))
        return found

    async def _by_key(self, clinic: Clinic, key: str) -> FoundPatients:
        contact = await self.patients.contact(clinic.id, key) if DIGEST.fullmatch(key) else None
        return _found(clinic, [await self.view(clinic, contact)] if contact else ())

    async def _by_terms(self, clinic: Clinic, terms: Sequence[Term], top: int, cursor: str) -> FoundPatients:
        page = await self.index.find(clinic.id, terms, top, cursor)
        if page is None:
            return FoundPatients(clinic, (), too_many=True, advice=_TOO_MANY)

        async def read(key: str) -> ContactRow | None:
            return await self.patients.contact(clinic.id, key)

        async def shown(contact: ContactRow) -> PatientView:
            return await self.view(clinic, contact)

        contacts = [c for c in await abreast(read, page.items) if c is not None and set(terms) <= set(c.terms())]
        views = await abreast(shown, sorted(contacts, key=lambda contact: contact.name))
        return _found(clinic, views, page.next_cursor)


def _found(clinic: Clinic, views: Sequence[PatientView], next_cursor: str = "") -> FoundPatients:
    return FoundPatients(clinic, views, next_cursor, advice="" if views or next_cursor else _NOBODY)


def _terms(clinic: Clinic, phone: str, name: str) -> Sequence[Term]:
    words = name_words(name)
    if name and sum(map(len, words)) < FEWEST_LETTERS:
        raise _wrong("name", f"Write at least {FEWEST_LETTERS} letters or signs of the name.")
    terms = [Term(TermKind.WORD, word) for word in words]
    if phone:
        read = read_number(phone, clinic.region)
        if not isinstance(read, PhoneAddress):
            raise _wrong("phone", _NUMBER_ADVICE.get(read, _WHOLE_NUMBER))
        terms.append(Term(TermKind.NUMBER, read.e164))
    return terms


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput("The search cannot be made as it stands.", (FieldProblem(field, message),))
