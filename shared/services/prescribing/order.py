"""What the form asks for, read: every wrong field at once, in words for a nurse; nothing is stored yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from shared.domain.clinic import Clinic
from shared.domain.plain_text import one_line
from shared.domain.prescription.reference import (
    PrescriptionKind,
    Reference,
    ReferenceProblem,
    read_reference,
    registration_problem,
)
from shared.domain.prescription.refusal import PrescriptionRefusal
from shared.domain.prescription.validity import DayFault, last_day, validity
from shared.errors import FieldProblem, InvalidInput
from shared.services.prescribing.limits import LONGEST_PHARMACY, LONGEST_SENDER
from shared.services.prescribing.refusals import Refusals

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class PrescriptionOrder:
    """The fields of the form, as they came. Patient data: never log one.

    `patient_id` is the opaque key that lists show; `patient_number` the source's own, for flows that know no other.
    """

    clinic_id: str = ""
    patient_id: str = ""
    patient_number: str = ""
    reference: str = ""
    kind: str = ""  # empty: the clinic's usual one
    controlled: bool = False
    pharmacy: str = ""
    nominated: bool = False
    language: str = ""  # empty: the patient's own
    channel: str = AUTO
    sender: str = ""  # the person at the form
    appropriate_day: date | None = None  # empty: today
    last_valid_day: date | None = None  # empty: as the law says
    registration: str = ""
    preview_token: str = ""
    last_digits: str = ""
    idempotency_key: str = ""

    @property
    def wishes(self) -> tuple[str, ...]:
        """What two requests must have in common to be the same one."""
        named = (self.clinic_id, self.patient_id, self.patient_number, self.reference, self.kind, self.pharmacy)
        rest = (self.language, self.channel, self.sender, self.registration)
        days = (str(self.appropriate_day or ""), str(self.last_valid_day or ""))
        return (*named, *rest, *days, str(self.controlled), str(self.nominated))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A valid order's own facts, whoever it is for."""

    reference: Reference
    controlled: bool
    last_day: date
    pharmacy: str
    nominated: bool
    registration: str


@dataclass(frozen=True, slots=True)
class OrderReader:
    """For one clinic on one of its days."""

    clinic: Clinic
    today: date
    refusals: Refusals

    def __call__(self, order: PrescriptionOrder) -> Wanted:
        """Raises InvalidInput that names every wrong field, and Conflict for a kind that the clinic does not use."""
        kind = self._kind(order.kind)
        reference = read_reference(kind, order.reference)
        day = self._last_day(order)
        problems = [*self._problems(order, kind, reference, day)]
        if problems or isinstance(reference, ReferenceProblem) or isinstance(day, DayFault):
            raise InvalidInput(problems[0].message, problems)
        registration = one_line(order.registration)
        return Wanted(reference, order.controlled, day, one_line(order.pharmacy), order.nominated, registration)

    def _kind(self, written: str) -> PrescriptionKind:
        used = self.clinic.prescriptions.kinds
        if not written:
            return used[0]
        if written not in [kind.value for kind in used]:
            raise self.refusals.of_prescription(PrescriptionRefusal.KIND_NOT_USED, self.clinic)
        return PrescriptionKind(written)

    def _last_day(self, order: PrescriptionOrder) -> date | DayFault:
        from_day = order.appropriate_day or self.today
        days = self.clinic.prescriptions.valid_days
        allowed = validity(self.clinic.region, from_day, controlled=order.controlled, valid_days=days)
        return last_day(allowed, from_day, self.today, order.last_valid_day)

    def _problems(
        self,
        order: PrescriptionOrder,
        kind: PrescriptionKind,
        reference: Reference | ReferenceProblem,
        day: date | DayFault,
    ) -> Iterator[FieldProblem]:
        if isinstance(reference, ReferenceProblem):
            yield FieldProblem("reference", self.refusals.reference(reference, self.clinic))
        if isinstance(day, DayFault):
            field = "prescribedOn" if day is DayFault.NOT_YET else "lastValidDay"
            yield FieldProblem(field, self.refusals.text("prescription_day", day, self.clinic))
        if kind is PrescriptionKind.INDIA and (fault := registration_problem(order.registration)):
            yield FieldProblem("prescriberRegistration", self.refusals.text("reference", fault, self.clinic))
        yield from _text_problems(order)


def _text_problems(order: PrescriptionOrder) -> Iterator[FieldProblem]:
    if order.nominated and not order.pharmacy.strip():
        yield FieldProblem("pharmacy", "Write the name of the nominated pharmacy.")
    if len(order.pharmacy) > LONGEST_PHARMACY:
        yield FieldProblem("pharmacy", f"Write at most {LONGEST_PHARMACY} characters.")
    if len(order.sender) > LONGEST_SENDER:
        yield FieldProblem("sender", f"Write at most {LONGEST_SENDER} characters.")
    if bool(order.patient_id) == bool(order.patient_number):
        yield FieldProblem("patientId", "Give the patient's id, or the patient's number; not both.")
