"""Appointments and the people they are for, as every source delivers them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class AppointmentStatus(StrEnum):
    """FHIR R4 AppointmentStatus, whatever the source."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"
    CHECKED_IN = "checked-in"
    WAITLIST = "waitlist"


class TelecomSystem(StrEnum):
    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    OPENID = "openid"  # ours: a WeChat openid that the record already holds
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Telecom:
    """One contact of a patient, as written in the record: not yet judged (see `shared.domain.contact`)."""

    system: TelecomSystem
    value: str
    use: str = ""  # home | work | temp | old | mobile
    ends_at: datetime | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class HumanName:
    family: str = ""
    given: str = ""
    text: str = ""  # the whole name as the record wants it shown
    prefix: str = ""


class ContactPreference(StrEnum):
    """PDS preferred contact method, as far as it decides anything (health.md 1.6)."""

    VIA_PROXY = "via_proxy"
    SIGN_LANGUAGE = "sign_language"
    NO_TELEPHONE = "no_telephone"


@dataclass(frozen=True, slots=True)
class Patient:
    """The person an appointment is for, as the source knows them. Holds patient data: never log one."""

    id: str  # the source's own id
    name: HumanName = HumanName()
    telecoms: tuple[Telecom, ...] = ()
    birth_on: date | None = None
    languages: tuple[str, ...] = ()  # BCP 47, best first
    deceased: bool = False
    restricted: bool = False  # PDS sensitive: v3-Confidentiality R or V
    interpreter_required: bool = False
    contact_preferences: frozenset[ContactPreference] = frozenset()
    excluded: bool = False  # flagged by the clinic as "no messages"
    zone: str = ""  # where they live, as the record names it (IANA); see `shared.domain.local_time.zone_of`


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment of a source's list. `start` is an instant; None where the source gives no time."""

    id: str
    status: AppointmentStatus
    start: datetime | None
    patient: Patient | None
    type_text: str = ""
    specialty: str = ""
    location: str = ""
    practitioner: str = ""
    hidden: bool = False  # a "ghost" appointment that the patient is not expected to attend
    start_is_day_only: bool = False  # 00:00 means "no time given": never print midnight
    extra: Mapping[str, str] = field(default_factory=dict)


class Unreadable(StrEnum):
    """Why a row or resource of a source could not become an appointment."""

    MISSING_FIELD = "missing_field"
    BAD_DATE = "bad_date"
    NONEXISTENT_TIME = "nonexistent_time"  # skipped by a daylight-saving change
    AMBIGUOUS_TIME = "ambiguous_time"  # twice on the day of a daylight-saving change
    BAD_STATUS = "bad_status"
    DAMAGED_NUMBER = "damaged_number"  # a phone number that a spreadsheet turned into 7.7009E+09
    WRONG_COLUMNS = "wrong_columns"
    DUPLICATE = "duplicate"
    NO_PATIENT = "no_patient"
    BAD_RESOURCE = "bad_resource"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not read: reported, never dropped silently. `place` is a line number or resource id."""

    place: str
    reason: Unreadable
    field: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """The instants [start, end) in which a run looks for appointments."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end
