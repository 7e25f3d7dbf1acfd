"""Every documented shape of a callback, as a table of payloads and the events that they are."""

import json
from dataclasses import MISSING, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.channels.whatsapp.callback import WhatsAppCallback
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS
from shared.domain.inbound import AccountNotice, ContactEvent, InboundEvent, InboundMessage, Receipt, UnreadableEvent

KINDS = {kind.__name__: kind for kind in (Receipt, InboundMessage, ContactEvent, AccountNotice, UnreadableEvent)}
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(Path(__file__).with_name("payloads").glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
]


def wire(case: dict[str, Any]) -> bytes:
    if "repeat" in case:
        text, times = case["repeat"]
        return str(text * times).encode()
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    if "text" in case:
        return str(case["text"]).encode()
    return json.dumps(case["body"]).encode()


def described(event: InboundEvent) -> dict[str, Any]:
    """An event as the table writes it: its kind and what differs from the defaults."""
    shown: dict[str, Any] = {"event": type(event).__name__}
    for field in fields(event):
        value = getattr(event, field.name)
        if field.default is not MISSING and value == field.default:
            continue
        shown[field.name] = value.isoformat() if isinstance(value, datetime) else value
    return shown


def completed(expected: dict[str, Any], seen: dict[str, Any]) -> dict[str, Any]:
    """Channel and account are the same everywhere unless a case says so; an event id only where it is Meta's own."""
    always = {"channel": "whatsapp", "account": "default"}
    unsaid = {"event_id": seen["event_id"]} if "event_id" in seen and "event_id" not in expected else {}
    return {**always, **unsaid, **expected}


@pytest.mark.parametrize("case", CASES)
def test_a_payload_becomes_exactly_these_events(case: dict[str, Any]) -> None:
    events = WhatsAppCallback(SAMPLE_CREDENTIALS).parse({}, wire(case))
    seen = [described(event) for event in events]
    assert len(seen) == len(case["expected"]), seen
    # Statuses are read before messages of the same value; between events the order means nothing.
    left = [completed(e, s) for e, s in zip(_in_order(case["expected"]), _in_order(seen), strict=True)]
    assert left == _in_order(seen)


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda r: (r["event"], *(str(r.get(n, "")) for n in _SORTED_BY)))


_SORTED_BY = ("provider_id", "state", "place", "change", "detail", "topic")


def test_numbers_of_one_app_go_to_their_own_accounts() -> None:
    callback = WhatsAppCallback(SAMPLE_CREDENTIALS, "default", {"100000000000002": "second-clinic"})
    status = {"id": "wamid.out1", "status": "sent", "timestamp": "1763640000"}
    changes = [
        {"field": "messages", "value": {"metadata": {"phone_number_id": number}, "statuses": [status]}}
        for number in ("100000000000001", "100000000000002", "100000000000003")
    ]
    body = {"object": "whatsapp_business_account", "entry": [{"id": "200000000000001", "changes": changes}]}
    events = callback.parse({}, json.dumps(body).encode())
    assert [event.account for event in events] == ["default", "second-clinic", "100000000000003"]


def test_a_repeated_preference_has_the_same_id_and_another_patient_another() -> None:
    def preference(number: str) -> bytes:
        row = {"wa_id": number, "category": "marketing_messages", "value": "stop", "timestamp": 1763640000}
        change = {"field": "user_preferences", "value": {"user_preferences": [row]}}
        return json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}).encode()

    callback = WhatsAppCallback(SAMPLE_CREDENTIALS)
    first, repeat, other = (callback.parse({}, preference(f"44770090012{n}"))[0] for n in (3, 3, 4))
    assert isinstance(first, ContactEvent)
    assert isinstance(other, ContactEvent)
    assert first == repeat
    assert first.event_id != other.event_id
    assert "44770090012" not in first.event_id
