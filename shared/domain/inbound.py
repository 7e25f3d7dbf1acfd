"""What comes back from a provider, one value per event. Order and repetition mean nothing (promise 6)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReceiptState(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's word on one message. `reference` is what we gave it at the send (biz_opaque_callback_data)."""

    channel: str
    account: str
    provider_id: str
    state: ReceiptState
    at: datetime
    reference: str = ""
    code: str = ""  # the provider's error code, for FAILED
    error_class: str = ""  # an ErrorClass value, for FAILED
    pricing: str = ""  # category/type/model as the provider says it, for the cost report


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """Something a patient wrote or pressed. Holds patient data: never log one."""

    channel: str
    account: str
    sender: str  # phone with +, BSUID or openid
    provider_id: str
    at: datetime
    kind: str  # the provider's type: text, button, image, location …
    text: str = ""
    payload: str = ""  # of a button
    in_reply_to: str = ""  # provider id of the quoted message


class ContactChange(StrEnum):
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    MARKETING_STOPPED = "marketing_stopped"  # concerns marketing only: care reminders go on
    MARKETING_RESUMED = "marketing_resumed"
    ADDRESS_CHANGED = "address_changed"  # the patient's number or id changed: verify before anything clinical


@dataclass(frozen=True, slots=True)
class ContactEvent:
    channel: str
    account: str
    sender: str
    change: ContactChange
    at: datetime
    event_id: str  # what makes a repeat recognisable
    scene: str = ""  # WeChat: the parameter of the QR code that was scanned


class TemplateNews(StrEnum):
    """What a notice says of a template, as far as sending depends on it."""

    STOPPED = "stopped"  # paused, disabled, rejected, deleted
    WORKS = "works"  # approved, reinstated


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """News about an account, a number or a template; for operators. `detail` holds no patient data.

    `template`: what `Channel.template_of` calls the template that the news is about.
    """

    channel: str
    account: str
    topic: str
    at: datetime
    detail: str = ""
    template: str = ""
    news: TemplateNews | None = None


@dataclass(frozen=True, slots=True)
class UnreadableEvent:
    """One item that made no sense; its neighbours are unharmed. `place` is a path into the body."""

    channel: str
    account: str
    place: str
    reason: str


InboundEvent = Receipt | InboundMessage | ContactEvent | AccountNotice | UnreadableEvent
