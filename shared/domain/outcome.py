"""What a send came to: four outcomes that are never mixed up.

A retry is allowed only after `Throttled` or a retryable `Rejected`: both prove that the provider did not accept.
`Unknown` is never resent blindly (promise 1).
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorClass(StrEnum):
    """What an error code asks of us; each channel's data table maps its codes to one of these."""

    TRANSIENT = "transient"  # try again with back-off
    PAIR_RATE = "pair_rate"  # too many to this patient: wait for this patient only
    RATE = "rate"  # too many from this number or account
    AUTH = "auth"  # token or permission: stop the account, alert
    ACCOUNT = "account"  # locked, payment, spam: stop the account, alert
    RECIPIENT = "recipient"  # cannot be reached here: mark the contact, other channel
    OPTED_OUT = "opted_out"
    NOT_NOW = "not_now"  # a provider's cap for this person: not within 24 h
    WINDOW = "window"  # outside the customer-service window: only a template may go
    TEMPLATE = "template"  # template missing, paused or of another form: stop this template, alert
    REQUEST = "request"  # our mistake, or a value that this one message must not have
    MEDIA = "media"
    IDENTITY = "identity"  # the number may belong to someone else now
    QUOTA = "quota"  # the day's allowance is used up
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `provider_id` is its id for the message (wamid, MsgID)."""

    provider_id: str
    held: str = ""  # the provider accepted but holds it back, in its own word


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider did not take it, and that is proven."""

    code: str
    error_class: ErrorClass
    retryable: bool = False
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too fast: not taken, may be tried again after `retry_after_s` seconds (None: our own back-off)."""

    code: str
    error_class: ErrorClass = ErrorClass.RATE
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken: time-out, reset, 502, 504. `why` is a code for the log."""

    why: str
    taken_before: bool = False  # the provider says that an identical message was taken, and does not say which


SendOutcome = Accepted | Rejected | Throttled | Unknown
