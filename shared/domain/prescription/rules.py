"""What a clinic has decided about prescription references (the section `prescriptions` of its file)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.prescription.reference import PrescriptionKind
from shared.domain.prescription.validity import DEFAULT_VALID_DAYS

_OF_REGION: Mapping[str, tuple[PrescriptionKind, ...]] = {
    "GB": (PrescriptionKind.NHS_EPS, PrescriptionKind.CLINIC_CODE),
    "CN": (PrescriptionKind.CHINA,),
    "IN": (PrescriptionKind.INDIA,),
}
_ELSEWHERE = (PrescriptionKind.CLINIC_CODE,)


def usual_kinds(region: str) -> tuple[PrescriptionKind, ...]:
    """The kinds of a country, the usual one first."""
    return _OF_REGION.get(region, _ELSEWHERE)


@dataclass(frozen=True, slots=True)
class PrescriptionRules:
    """Defaults are the careful ones."""

    kinds: tuple[PrescriptionKind, ...] = _ELSEWHERE
    ask_birthday: bool = False
    """The page asks for the day and month of birth; then no message holds the code, only the way to the page."""
    send_without_preview: bool = False  # flows may send although no person has looked at a preview
    pharmacy_text: Mapping[str, str] = field(default_factory=dict)
    """language -> where to go with the code, where no pharmacy is named; empty: the shipped words"""
    page_languages: tuple[str, ...] = ()  # that the page offers; empty: all that are shipped
    valid_days: int = DEFAULT_VALID_DAYS  # where no national rule is known
