"""What the message of a prescription reference says. No drug, no diagnosis; no code in any address (health.md 2.2)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.domain.clinic import Clinic, ClinicChannel
from shared.domain.content import TemplateContent
from shared.domain.plain_text import one_line, shortened
from shared.domain.prescription.life import Prescription
from shared.errors import ConfigurationError
from shared.wording import Wording

REFERENCE = "prescription_reference"  # the code, and a way to the page
CODE_ALONE = "prescription_code"  # there is no page
PAGE_ALONE = "prescription_page"  # the page asks a question first, so the code stands only there

PAGE_PATH = "/api/p/"
_LONGEST_NAME, _LONGEST_CLINIC, _LONGEST_WHERE = 60, 80, 200


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Where patients reach this app. Empty: they do not, and there is no page."""

    base: str

    def __post_init__(self) -> None:
        """Raises ConfigurationError: a page of a plain http address could be read on its way."""
        parts = urlsplit(self.base)
        local = parts.hostname in ("127.0.0.1", "localhost")
        if self.base and not (parts.netloc and (parts.scheme == "https" or (local and parts.scheme == "http"))):
            raise ConfigurationError("PUBLIC_URL must be an address that begins with https://")

    def page(self, token: str) -> str:
        return f"{self.base.rstrip('/')}{PAGE_PATH}{token}" if self.base else ""


@dataclass(frozen=True, slots=True)
class PrescriptionWords:
    """Makes the content of a message."""

    wording: Wording
    public: PublicAddress

    def purpose(self, clinic: Clinic) -> str:
        if clinic.prescriptions.ask_birthday:
            return PAGE_ALONE
        return REFERENCE if self.public.base else CODE_ALONE

    def content(self, one: Prescription, clinic: Clinic, channel: ClinicChannel, page_token: str) -> TemplateContent:
        """For the patient, in the prescription's language."""
        purpose, language = self.purpose(clinic), one.language
        values = {
            "patient_name": shortened(one_line(one.patient_name), _LONGEST_NAME)
            or self.wording.phrase("patient", language),
            "clinic": shortened(one_line(clinic_name(clinic, language)), _LONGEST_CLINIC),
            "clinic_phone": clinic.phone,
            "reference": "" if purpose == PAGE_ALONE else one.reference.shown,
            "last_day": self.wording.day(one.last_day, language),
            "last_valid_on": one.last_day.isoformat(),
            "pharmacy": one.pharmacy,
            "where": shortened(self.where(one, clinic, language, registration=True), _LONGEST_WHERE),
            "page_token": page_token if self.public.base else "",
            "page_url": self.public.page(page_token),
        }
        own = channel.templates.get(purpose, {}).get(language, "")
        return TemplateContent(purpose, language, {name: value for name, value in values.items() if value}, own)

    def must_hold(self, one: Prescription, clinic: Clinic) -> tuple[str, ...]:
        """What the patient must be able to read in the message, uncut."""
        code = () if self.purpose(clinic) == PAGE_ALONE else (one.reference.shown,)
        return (*code, one.registration) if one.registration else code

    def where(self, one: Prescription, clinic: Clinic, language: str, *, registration: bool) -> str:
        """Where to go with the code; with the prescriber's registration number where there is one."""
        if one.pharmacy:
            name = "prescription_nominated" if one.nominated else "prescription_at"
            said = self.wording.phrase(name, language).format(pharmacy=one.pharmacy)
        else:
            said = clinic.prescriptions.pharmacy_text.get(language) or self.wording.phrase(
                "prescription_where", language
            )
        if not (registration and one.registration):
            return said
        line = self.wording.phrase("prescription_registration", language).format(registration=one.registration)
        return f"{said} {line}"


def clinic_name(clinic: Clinic, language: str) -> str:
    return clinic.name.get(language) or clinic.name.get(clinic.languages[0]) or next(iter(clinic.name.values()))
