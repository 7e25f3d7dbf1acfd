"""`statuses` of a callback: one status, one receipt."""

from collections.abc import Mapping
from typing import Any

from shared.channels.whatsapp.codes import lookup
from shared.channels.whatsapp.limits import MAX_REFERENCE
from shared.channels.whatsapp.reading import identifier, instant, term
from shared.domain.inbound import AccountNotice, InboundEvent, Receipt, ReceiptState

_STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "played": ReceiptState.READ,  # a voice message was listened to
    "failed": ReceiptState.FAILED,
}
_NOTED = frozenset({"deleted", "warning"})  # seen in the field, undocumented, and no state of a message


def read_status(status: Mapping[str, Any], channel: str, account: str) -> InboundEvent:
    """Binds by `id` and our echoed reference alone: numbers may be absent (Business-scoped user IDs)."""
    word = status["status"]
    at = instant(status["timestamp"])
    state = _STATES.get(word)
    if state is None:
        if word not in _NOTED:
            raise ValueError("unknown status")
        return AccountNotice(channel, account, f"status_{word}", at)
    code = _code(status.get("errors")) if state is ReceiptState.FAILED else ""
    pricing = status.get("pricing")
    reference = status.get("biz_opaque_callback_data")
    return Receipt(
        channel,
        account,
        identifier(status["id"]),
        state,
        at,
        reference if type(reference) is str and len(reference) <= MAX_REFERENCE else "",
        code,
        lookup(int(code)).error_class.value if code else "",
        _pricing(pricing) if type(pricing) is dict else "",
    )


def _code(errors: Any) -> str:
    """The first code of the list; `failed` may come without any."""
    for error in errors if type(errors) is list else ():
        code = error.get("code") if type(error) is dict else None
        if type(code) is int and 0 <= code < 10_000_000:
            return str(code)
    return ""


def _pricing(pricing: Mapping[str, Any]) -> str:
    """category/type/model, for the cost report (Status messages webhook reference)."""
    parts = (pricing.get("category"), pricing.get("type"), pricing.get("pricing_model"))
    return "/".join(term(part) for part in parts)
