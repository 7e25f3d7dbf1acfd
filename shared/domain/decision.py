"""One decision per appointment and step: planned for when, or skipped and why (promise 4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.clinic import AddressKind


class SkipReason(StrEnum):
    """Why a step of an appointment gets no message. The words a nurse reads stand in `shared/wording/reasons.json`."""

    # the appointment
    NOT_BOOKED = "not_booked"
    CANCELLED = "cancelled"
    NO_START = "no_start"
    ALREADY_STARTED = "already_started"
    TOO_LATE_FOR_STEP = "too_late_for_step"  # booked after this step's time; a later step follows
    OUTSIDE_WINDOW = "outside_window"
    HIDDEN = "hidden"
    EXCLUDED_TYPE = "excluded_type"
    EXCLUDED_SPECIALTY = "excluded_specialty"
    EXCLUDED_LOCATION = "excluded_location"
    MOVED = "moved"  # this was planned for a start that no longer holds
    NOT_IN_LIST = "not_in_list"  # gone from a complete list
    # the patient
    NO_PATIENT = "no_patient"
    DECEASED = "deceased"
    RESTRICTED = "restricted"
    UNDER_AGE = "under_age"
    AGE_UNKNOWN = "age_unknown"  # the clinic has an age rule and the record has no birth date
    EXCLUDED_PATIENT = "excluded_patient"
    VIA_PROXY = "via_proxy"
    SIGN_LANGUAGE = "sign_language"
    INTERPRETER = "interpreter"
    NO_TELEPHONE = "no_telephone"
    # the way to the patient
    NO_ADDRESS = "no_address"  # no usable contact for any channel of the clinic
    NUMBER_UNREADABLE = "number_unreadable"
    NUMBER_AMBIGUOUS = "number_ambiguous"  # two numbers in one field, or an extension
    NUMBER_THIRD_PARTY = "number_third_party"  # letters beside the number: "(wife)"
    NUMBER_LANDLINE = "number_landline"
    NUMBER_OUTDATED = "number_outdated"  # only old or ended contacts
    NUMBER_SHARED = "number_shared"  # the same number on several patients
    NO_OPT_IN = "no_opt_in"
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"  # the address took no message before, or is in doubt
    # the message
    CHANGED = "changed"  # its words or its way are not those that were planned; only found at the moment of sending
    NO_TEMPLATE = "no_template"
    TEMPLATE_DOES_NOT_FIT = "template_does_not_fit"


NO_USABLE_ADDRESS = frozenset(
    {
        SkipReason.NO_ADDRESS,
        SkipReason.NUMBER_UNREADABLE,
        SkipReason.NUMBER_AMBIGUOUS,
        SkipReason.NUMBER_THIRD_PARTY,
        SkipReason.NUMBER_LANDLINE,
        SkipReason.NUMBER_OUTDATED,
    }
)
"""What the record's own contacts come to where none of them can be written to."""

NO_WAY = NO_USABLE_ADDRESS | frozenset(
    {
        SkipReason.AGE_UNKNOWN,
        SkipReason.VIA_PROXY,
        SkipReason.SIGN_LANGUAGE,
        SkipReason.INTERPRETER,
        SkipReason.NO_TELEPHONE,
        SkipReason.NUMBER_SHARED,
        SkipReason.NO_OPT_IN,
        SkipReason.OPTED_OUT,
        SkipReason.UNREACHABLE,
        SkipReason.NO_TEMPLATE,
        SkipReason.TEMPLATE_DOES_NOT_FIT,
    }
)
"""The patient cannot be written to: a person has to find another way."""


class PlanNote(StrEnum):
    """What staff should know of a planned step. The words a nurse reads stand in `shared/wording/reasons.json`."""

    LATE_BOOKING = "late_booking"  # booked after the step's time: sent as soon as allowed
    AFTER_QUIET_HOURS = "after_quiet_hours"
    BEFORE_QUIET_HOURS = "before_quiet_hours"
    NUMBER_NEW_RANGE = "number_new_range"  # newer than our list of mobile numbers: worth a second look
    LANGUAGE_FALLBACK = "language_fallback"  # none of the patient's languages is offered (health.md 8, H14)
    LOCATION_NOT_PUBLIC = "location_not_public"  # no public name for it: the clinic's name is shown (H17)


@dataclass(frozen=True, slots=True)
class Planned:
    """Send step `step` at `at` (an instant) by `channel` from `account` to `address`, in `language`.

    `at` < `expires_at` <= the appointment's start.
    """

    step: str
    at: datetime
    expires_at: datetime
    channel: str
    account: str
    address_kind: AddressKind
    address: str
    language: str
    notes: tuple[PlanNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    step: str
    reason: SkipReason
    detail: str = ""  # a field name or channel, never patient data


Decision = Planned | Skipped
