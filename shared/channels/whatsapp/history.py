"""Meta's own record of a message (`message_history`) as receipts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.inbound import Receipt, ReceiptState

_STATES = {
    "SENT": ReceiptState.SENT,
    "DELIVERED": ReceiptState.DELIVERED,
    "READ": ReceiptState.READ,
    "FAILED": ReceiptState.FAILED,
}


def receipts_of(body: Mapping[str, Any], provider_id: str, channel: str, account: str) -> tuple[Receipt, ...]:
    """Every event of the record that is a receipt; what cannot be read is left out: the record can be asked again."""
    found = []
    for record in _objects(body.get("data")):
        events = record.get("events")
        for event in _objects(events.get("data") if isinstance(events, dict) else events):
            state = _STATES.get(str(event.get("delivery_status")))
            at = _instant(event.get("timestamp"))
            if state is not None and at is not None:
                found.append(Receipt(channel, account, provider_id, state, at))
    return tuple(found)


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
