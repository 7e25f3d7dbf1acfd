"""A patient's wish about a channel, as a member of staff records it.

    opt-out: on record ─▶ objection against every form of the address ─▶ opt-in withdrawn ─▶ a run is wanted
    opt-in:  on record ─▶ objections taken back (with a note, where there are any) ─▶ opt-in ─▶ a run is wanted

Nothing that a patient sends ever consents (docs/decisions/0003, 0014); that they want messages after a STOP is a
person's to hear and to write down. The record comes first and is never changed; a crash after it leaves a wish that the
same request carries out. What is planned and waits is dropped by the gate when its time comes.
"""

from dataclasses import dataclass
from typing import NamedTuple

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.errors import FieldProblem, InvalidInput, NotAllowed
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.publishing.publish import Objected, Publish
from shared.services.staff.patient_view import PatientView, Standing, ViewPatient, known_patient
from shared.storage.contract import ConsentMethod, ConsentRecord, Consents, ContactRow, OptIn, Patients, Runs

LONGEST_NOTE = 2_000  # characters
BY_STAFF = "staff"

_NO_ADDRESS = (
    "We know no address of this person on this channel, so there is nothing to stop. Mark them in the appointment"
    " system, or record the wish again once their record has an address."
)
_NOTE_NEEDED = "This person has opted out. Write how and when they told you that they want messages again."


@dataclass(frozen=True, slots=True)
class Wish:
    """What the patient wants of a channel, and how they said so. `note` holds patient data."""

    opted_in: bool
    method: ConsentMethod
    note: str = ""

    @classmethod
    def read(cls, *, opted_in: bool, method: str, note: str) -> "Wish":
        """Raises InvalidInput."""
        if len(note) > LONGEST_NOTE:
            raise _wrong("note", f"Write at most {LONGEST_NOTE} characters.")
        try:
            return cls(opted_in, ConsentMethod(method), note.strip())
        except ValueError:
            raise _wrong("method", "Choose one of: " + ", ".join(ConsentMethod) + ".") from None


class Recorded(NamedTuple):
    """`changed` False: it was so before, and nothing was written."""

    clinic: Clinic
    patient: PatientView
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConsent:
    """`POST /api/{channel}/v1/patients/{patientId}/opt-in` and `…/opt-out`."""

    patients: Patients
    consents: Consents
    runs: Runs
    publish: Publish
    view: ViewPatient
    clinics: ClinicBook
    clock: Clock

    async def __call__(self, caller: Caller, clinic_id: str, patient_id: str, channel: str, wish: Wish) -> Recorded:
        """Raises InvalidInput, NotFound, Forbidden; NotAllowed for an opt-out of somebody without an address."""
        clinic = await self.clinics.of_caller(caller, clinic_id, channel)
        way = clinic.channel(channel)
        if way is None:
            raise InvalidInput("That clinic does not use this channel.")
        contact = await known_patient(self.patients, clinic, patient_id)
        found = await self.view.standing(clinic, contact, way)
        changed = not _is_so(found, wish)
        if changed:
            await self._record(caller, clinic, contact, found, wish)
            await (self._opt_in if wish.opted_in else self._opt_out)(clinic, contact, found, wish)
            await self.runs.want(clinic.id, self.clock.now())
        return Recorded(clinic, await self.view(clinic, contact), changed)

    async def _record(self, caller: Caller, clinic: Clinic, contact: ContactRow, found: Standing, wish: Wish) -> None:
        if wish.opted_in and found.opted_out and not wish.note:
            raise _wrong("note", _NOTE_NEEDED)
        if not wish.opted_in and not found.keys:
            raise NotAllowed("no_address", _NO_ADDRESS)
        line = ConsentRecord(
            patient_key=contact.patient_key,
            channel=found.way.channel,
            opted_in=wish.opted_in,
            at=self.clock.now(),
            method=wish.method,
            by=caller.name,
            note=wish.note,
        )
        await self.consents.add(clinic.id, line)

    async def _opt_in(self, clinic: Clinic, contact: ContactRow, found: Standing, wish: Wish) -> None:
        channel, now = found.way.channel, self.clock.now()
        for key in found.keys:
            await self.patients.lift_opt_out(clinic.id, channel, key, now)
        await self.patients.opt_in(clinic.id, [OptIn(contact.patient_key, channel, now, wish.method)])

    async def _opt_out(self, clinic: Clinic, contact: ContactRow, found: Standing, _wish: Wish) -> None:
        """The yes goes as well: it was the patient's, and would count for a new number of theirs."""
        channel, now = found.way.channel, self.clock.now()
        told = Objected(
            clinic_id=clinic.id,
            channel=channel,
            address_key=found.keys[0],
            at=now,
            source=BY_STAFF,
            cause=now.isoformat(),
            patient_key=contact.patient_key,
        )
        await self.publish.opted_out(told)
        for key in found.keys:
            await self.patients.opt_out(clinic.id, channel, key, now, BY_STAFF)
        await self.patients.withdraw_opt_in(clinic.id, contact.patient_key, channel)


def _is_so(found: Standing, wish: Wish) -> bool:
    if wish.opted_in:
        return found.opted_in and not found.opted_out
    return bool(found.keys) and all(one.opted_out for one in found.of_each) and not found.opted_in


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput("The wish cannot be recorded as it stands.", (FieldProblem(field, message),))
