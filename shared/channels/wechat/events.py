"""What a callback's XML means: messages by MsgId, events by who, when and what (WeChat: Receiving Standard Messages,
Receiving Event Pushes, Template Message, Subscription Notifications).

`TEMPLATESENDJOBFINISH` is the only receipt of a template message; `success` means delivered, and nothing follows it.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from shared.channels.wechat.codes import FailedReceipt, error_code, failed_receipt
from shared.domain.inbound import (
    AccountNotice,
    ContactChange,
    ContactEvent,
    InboundEvent,
    InboundMessage,
    Receipt,
    ReceiptState,
    UnreadableEvent,
)
from shared.domain.outcome import ErrorClass

CHANNEL = "wechat"

_OPENID = re.compile(r"[A-Za-z0-9_@.-]{1,128}")
_EVENT_NAME = re.compile(r"[A-Za-z_]{1,64}")
_LAST_SECOND = 4_102_444_800  # 2100: CreateTime is in seconds, so more is a mistake

# Known events that ask nothing of us but to be counted. Where a patient is (LOCATION) is nobody's business.
_NOTICES = frozenset(
    {
        "VIEW", "VIEW_MINIPROGRAM", "LOCATION", "MASSSENDJOBFINISH", "PUBLISHJOBFINISH", "kf_create_session",
        "kf_close_session", "kf_switch_session", "scancode_push", "scancode_waitmsg", "pic_sysphoto",
        "pic_photo_or_album", "pic_weixin", "location_select", "qualification_verify_success",
        "qualification_verify_fail", "naming_verify_success", "naming_verify_fail", "annual_renew", "verify_expired",
    }
)  # fmt: skip


class _Unreadable(ValueError):
    """`place` names the field; the text says what is wrong with it."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place


@dataclass(frozen=True, slots=True)
class _Item:
    """One callback, its envelope fields read."""

    account: str
    fields: Mapping[str, str]
    sender: str
    at: datetime
    root: Element

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def event_id(self) -> str:
        """Events have no id of their own; WeChat advises FromUserName and CreateTime. Hashed: it must name nobody."""
        parts = (self.sender, self.get("CreateTime"), self.get("Event"), self.get("EventKey"), self.get("MsgID"))
        return "event_" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def read_events(root: Element, account: str) -> list[InboundEvent]:
    """Every event of one callback's `<xml>` element; what makes no sense becomes an UnreadableEvent. Never raises."""
    try:
        item = _item(root, account)
        kind = item.get("MsgType").lower()
        return _event(item) if kind == "event" else [_message(item, kind)]
    except _Unreadable as unreadable:
        return [UnreadableEvent(CHANNEL, account, unreadable.place, str(unreadable))]


def _item(root: Element, account: str) -> _Item:
    fields = {child.tag: (child.text or "").strip() for child in root}
    sender = fields.get("FromUserName", "")
    if _OPENID.fullmatch(sender) is None:
        raise _Unreadable("FromUserName", "missing or not an openid")
    return _Item(account, fields, sender, _instant(fields.get("CreateTime", "")), root)


def _instant(text: str) -> datetime:
    if not _is_number(text) or int(text) > _LAST_SECOND:
        raise _Unreadable("CreateTime", "missing or not seconds since 1970")
    return datetime.fromtimestamp(int(text), UTC)


# What of each message type a person would read, and what of it a program needs.
_TEXT_FIELD = {"text": "Content", "voice": "Recognition", "location": "Label", "link": "Title", "file": "Title"}
_PAYLOAD_FIELD = {
    "text": "bizmsgmenuid", "image": "MediaId", "voice": "MediaId", "video": "MediaId", "shortvideo": "MediaId",
    "link": "Url", "miniprogrampage": "PagePath",
}  # fmt: skip
_MESSAGE_TYPES = frozenset({*_TEXT_FIELD, *_PAYLOAD_FIELD})


def _message(item: _Item, kind: str) -> InboundMessage:
    if kind not in _MESSAGE_TYPES:
        raise _Unreadable("MsgType", "missing or unknown")
    if not item.get("MsgId"):
        raise _Unreadable("MsgId", "missing")
    payload = item.get(_PAYLOAD_FIELD.get(kind, ""))
    if kind == "location":
        payload = f"{item.get('Location_X')},{item.get('Location_Y')}"
    return InboundMessage(
        channel=CHANNEL,
        account=item.account,
        sender=item.sender,
        provider_id=item.get("MsgId"),
        at=item.at,
        kind=kind,
        text=item.get(_TEXT_FIELD.get(kind, "")),
        payload=payload,
    )


def _event(item: _Item) -> list[InboundEvent]:
    name = item.get("Event")
    read = _EVENTS.get(name)
    if read is not None:
        return read(item)
    if name in _NOTICES:
        return [AccountNotice(CHANNEL, item.account, name, item.at)]
    known_form = name if _EVENT_NAME.fullmatch(name) else "unnamed"
    raise _Unreadable("Event", f"unknown event {known_form}")


def _subscribed(item: _Item) -> list[InboundEvent]:
    """A new follower; `qrscene_<scene>` if they came by a QR code of ours. It is no consent by itself."""
    return [_contact(item, ContactChange.SUBSCRIBED, item.get("EventKey").removeprefix("qrscene_"))]


def _scanned(item: _Item) -> list[InboundEvent]:
    """Someone who follows already scanned a QR code of ours: they are subscribed, and the scene binds them."""
    return [_contact(item, ContactChange.SUBSCRIBED, item.get("EventKey"))]


def _unsubscribed(item: _Item) -> list[InboundEvent]:
    return [_contact(item, ContactChange.UNSUBSCRIBED, "")]


def _contact(item: _Item, change: ContactChange, scene: str) -> ContactEvent:
    return ContactEvent(CHANNEL, item.account, item.sender, change, item.at, item.event_id, scene)


def _menu_click(item: _Item) -> list[InboundEvent]:
    key = item.get("EventKey")
    return [InboundMessage(CHANNEL, item.account, item.sender, item.event_id, item.at, kind="button", payload=key)]


def _template_result(item: _Item) -> list[InboundEvent]:
    status = item.get("Status")
    if status.lower() == "success":
        return [_receipt(item, item.get("MsgID"), None, "MsgID")]
    if not status.lower().startswith("fail"):
        return [UnreadableEvent(CHANNEL, item.account, "Status", "neither success nor failed")]
    return [_receipt(item, item.get("MsgID"), failed_receipt(status), "MsgID")]


def _subscription_results(item: _Item) -> list[InboundEvent]:
    """Receipts of subscription notifications: one `List` for each, with ErrorCode 0 for success."""
    results = []
    for index, row in enumerate(item.root.iterfind("SubscribeMsgSentEvent/List")):
        code = row.findtext("ErrorCode", "").strip()
        failed = None if code == "0" else FailedReceipt(code, _class_of(code))
        place = f"SubscribeMsgSentEvent/List[{index}]/MsgID"
        results.append(_receipt(item, row.findtext("MsgID", "").strip(), failed, place))
    return results or _empty(item, "SubscribeMsgSentEvent")


def _class_of(code: str) -> ErrorClass:
    return error_code(int(code)).error_class if _is_number(code) else ErrorClass.OTHER


def _receipt(item: _Item, message_id: str, failed: FailedReceipt | None, place: str) -> InboundEvent:
    """`failed` None: delivered. An id of 0 has been seen in the wild (developer community, 2023): it joins nothing."""
    if not _is_number(message_id) or int(message_id) == 0:
        return UnreadableEvent(CHANNEL, item.account, place, "a receipt without the id of its message")
    if failed is None:
        return Receipt(CHANNEL, item.account, message_id, ReceiptState.DELIVERED, item.at)
    return Receipt(
        CHANNEL,
        item.account,
        message_id,
        ReceiptState.FAILED,
        item.at,
        code=failed.code,
        error_class=failed.error_class,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 20


def _subscription_choices(item: _Item) -> list[InboundEvent]:
    """What a person chose for each template of a subscription dialogue, or changed later: news for operators."""
    rows = [row for group in item.root if group.tag.startswith("SubscribeMsg") for row in group.iterfind("List")]
    choices = [row.findtext("SubscribeStatusString", "").strip() for row in rows]
    known: list[InboundEvent] = [
        AccountNotice(CHANNEL, item.account, item.get("Event"), item.at, choice if choice in _CHOICES else "unknown")
        for choice in choices
    ]
    return known or _empty(item, "List")


_CHOICES = frozenset({"accept", "reject"})


def _empty(item: _Item, place: str) -> list[InboundEvent]:
    return [UnreadableEvent(CHANNEL, item.account, place, "empty")]


_EVENTS: Mapping[str, Callable[[_Item], list[InboundEvent]]] = {
    "subscribe": _subscribed,
    "SCAN": _scanned,
    "unsubscribe": _unsubscribed,
    "CLICK": _menu_click,
    "TEMPLATESENDJOBFINISH": _template_result,
    "subscribe_msg_sent_event": _subscription_results,
    "subscribe_msg_popup_event": _subscription_choices,
    "subscribe_msg_change_event": _subscription_choices,
}
