"""Whatever comes, in whatever order: nothing raises, and one item never changes another's meaning."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.channels.whatsapp.callback import WhatsAppCallback
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS
from shared.domain.inbound import Receipt, UnreadableEvent

CALLBACK = WhatsAppCallback(SAMPLE_CREDENTIALS)
WORDS = [
    "object", "whatsapp_business_account", "entry", "changes", "field", "value", "messages", "statuses", "errors", "id",
    "status", "sent", "failed", "timestamp", "1763640000", "type", "text", "body", "interactive", "from", "system",
    "user_preferences", "metadata", "phone_number_id", "context", "button", "edit", "contacts", "time", "code",
]  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(WORDS), st.just("\ud83d")
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)
STATES = ("sent", "delivered", "read", "failed")


def hook(values: list[Any], field: Any = "messages") -> bytes:
    changes = [{"field": field, "value": value} for value in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).encode()


def status(number: int, state: str) -> dict[str, Any]:
    return {
        "id": f"wamid.{number}",
        "status": state,
        "timestamp": "1763640000",
        "biz_opaque_callback_data": f"r{number}",
    }


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_raising(body: bytes) -> None:
    CALLBACK.parse({}, body)


@settings(max_examples=300)
@given(JSON)
def test_any_json_is_read_without_raising(value: Any) -> None:
    CALLBACK.parse({}, json.dumps(value).encode())


@settings(max_examples=400)
@given(
    st.lists(JSON, max_size=3),
    st.sampled_from(["messages", "user_preferences", "account_update", "calls", "group_x", "?"]),
)
def test_any_value_of_any_field_is_read_without_raising(values: list[Any], field: str) -> None:
    CALLBACK.parse({}, hook(values, field))


@settings(max_examples=400)
@given(st.lists(JSON, min_size=1, max_size=4), st.sampled_from(["messages", "statuses", "errors"]))
def test_whatever_stands_beside_it_a_good_status_comes_through(neighbours: list[Any], name: str) -> None:
    good = {"statuses": [status(1, "sent")]}
    mixed = {name: neighbours} if name != "statuses" else {}
    value = {**good, **mixed, "statuses": [*(neighbours if name == "statuses" else []), status(1, "sent")]}
    events = CALLBACK.parse({}, hook([value]))
    assert any(isinstance(event, Receipt) and event.reference == "r1" for event in events)


@given(st.permutations([(n, state) for n in range(3) for state in STATES]), st.integers(1, 12))
def test_the_same_statuses_in_any_order_and_grouping_are_the_same_receipts(
    order: list[tuple[int, str]], size: int
) -> None:
    values = [{"statuses": [status(*one) for one in order[start : start + size]]} for start in range(0, 12, size)]
    events = CALLBACK.parse({}, hook(values))
    assert sorted((e.provider_id, e.state.value) for e in events if isinstance(e, Receipt)) == sorted(
        (f"wamid.{n}", state) for n, state in order
    )
    assert not any(isinstance(e, UnreadableEvent) for e in events)


@settings(max_examples=400)
@given(JSON)
def test_every_text_that_comes_out_can_be_stored(part: Any) -> None:
    message = {"from": "447700900123", "id": "wamid.in1", "timestamp": "1763640000", "type": "text", "text": part}
    for event in CALLBACK.parse({}, hook([{"messages": [message, {**message, "type": "edit", "edit": part}]}])):
        repr(event).encode()
