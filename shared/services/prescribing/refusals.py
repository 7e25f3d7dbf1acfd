"""Refusals in the clinic's own language: what is wrong, and what to do. Nothing was sent, and nothing is kept."""

from enum import StrEnum

from shared.domain.clinic import Clinic
from shared.domain.prescription.reference import ReferenceProblem
from shared.domain.prescription.refusal import PrescriptionRefusal
from shared.errors import NotAllowed
from shared.wording import Wording


class Refusals:
    """Errors for staff; their code is the rule's own."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def text(self, kind: str, code: StrEnum, clinic: Clinic) -> str:
        return self._wording.explain(kind, code, clinic.languages[0]).text

    def conflict(self, kind: str, code: StrEnum, clinic: Clinic) -> NotAllowed:
        return NotAllowed(code.value, self.text(kind, code, clinic))

    def of_prescription(self, code: PrescriptionRefusal, clinic: Clinic) -> NotAllowed:
        return self.conflict("prescription", code, clinic)

    def reference(self, problem: ReferenceProblem, clinic: Clinic) -> str:
        """What is wrong with a typed reference, and in which group to look first."""
        said = self.text("reference", problem.fault, clinic)
        if not problem.groups:
            return said
        where = self._wording.phrase("look_first_at", clinic.languages[0])
        return f"{said} {where.format(groups=', '.join(map(str, problem.groups)))}"
