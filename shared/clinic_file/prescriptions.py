"""The section `prescriptions` of a clinic file."""

from typing import Annotated

from pydantic import Field

from shared.clinic_file.fields import ByLanguage, Part
from shared.domain.prescription.reference import PrescriptionKind
from shared.domain.prescription.rules import PrescriptionRules, usual_kinds
from shared.domain.prescription.validity import DEFAULT_VALID_DAYS, MOST_VALID_DAYS


class PrescriptionsPart(Part):
    kinds: list[Annotated[PrescriptionKind, Field(strict=False)]] | None = Field(
        None,
        min_length=1,
        description="Kinds of reference, the usual one first; null: those of the clinic's country.",
    )
    ask_birthday: bool = Field(
        False,
        description="The page asks for the day and month of birth; messages then lead to it and hold no code.",
    )
    send_without_preview: bool = Field(
        False, description="Whether a flow may send a reference that no person has looked at."
    )
    pharmacy_text: ByLanguage = Field(
        default_factory=dict, description="Where to go with the code, by language; empty: the shipped words."
    )
    page_languages: list[str] = Field(
        default_factory=list, description="Languages that the patient's page offers; empty: all that are shipped."
    )
    valid_days: int = Field(
        DEFAULT_VALID_DAYS,
        ge=1,
        le=MOST_VALID_DAYS,
        description="How long a code holds, from the appropriate date, where no national rule is known.",
    )

    def rules(self, region: str) -> PrescriptionRules:
        """The domain's rules of a clinic of this country."""
        return PrescriptionRules(
            kinds=tuple(self.kinds or usual_kinds(region)),
            ask_birthday=self.ask_birthday,
            send_without_preview=self.send_without_preview,
            pharmacy_text=self.pharmacy_text,
            page_languages=tuple(self.page_languages),
            valid_days=self.valid_days,
        )
