"""Why a reference is not sent, shown or called back. The words that a nurse reads stand in `reasons.json`."""

from enum import StrEnum


class PrescriptionRefusal(StrEnum):
    """Kind `prescription`."""

    PATIENT_UNKNOWN = "patient_unknown"  # no list of the clinic has named them yet
    KIND_NOT_USED = "kind_not_used"
    CHANNEL_NOT_USED = "channel_not_used"
    PREVIEW_MISSING = "preview_missing"
    PREVIEW_EXPIRED = "preview_expired"
    PREVIEW_OF_ANOTHER = "preview_of_another"  # something differs from what was looked at
    LAST_DIGITS = "last_digits"
    BIRTHDAY_UNKNOWN = "birthday_unknown"  # and the clinic's page asks for it
    NO_PAGE = "no_page"  # the clinic's page asks a question, and there is no page
    DOES_NOT_FIT = "does_not_fit"  # the channel would cut the code, or what must stand beside it
    REVOKED = "revoked"
    EXPIRED = "expired"
