"""What callbacks mean: a folder of bodies, each beside the events that it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.wechat.callback import WeChatCallback
from shared.channels.wechat.crypto import Envelope
from shared.channels.wechat.simulator.pushes import to_xml
from shared.domain.inbound import ContactEvent, InboundEvent, InboundMessage
from tests.channels.wechat.samples import APP_ID, aes_query, credentials, plain_query

PAYLOADS = sorted((Path(__file__).parent / "payloads").glob("*.xml"))

plain = WeChatCallback(credentials(encoding_aes_key=""), "kowloon")
secure = WeChatCallback(credentials(), "kowloon")


def as_json(event: InboundEvent) -> dict[str, Any]:
    """An event as the expected files write it."""
    shown = {name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(event).items()}
    assert shown.pop("channel") == "wechat"
    assert shown.pop("account") == "kowloon"
    return {"type": type(event).__name__, **shown}


def assert_same(events: Sequence[InboundEvent], expected: list[dict[str, Any]]) -> None:
    """The same events; of fields that a file does not name, the value is free."""
    shown = [as_json(event) for event in events]
    assert [{name: one[name] for name in wanted} for one, wanted in zip(shown, expected, strict=True)] == expected


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: path.stem)
def test_a_body_holds_these_events(payload: Path) -> None:
    expected = json.loads(payload.with_suffix(".json").read_text(encoding="utf-8"))
    assert_same(plain.parse(plain_query(), payload.read_bytes()), expected)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: path.stem)
def test_an_encrypted_body_holds_the_same_events(payload: Path) -> None:
    expected = json.loads(payload.with_suffix(".json").read_text(encoding="utf-8"))
    sealed = Envelope(APP_ID, credentials().aes_keys).seal(payload.read_bytes())
    assert_same(secure.parse(aes_query(sealed), to_xml({"Encrypt": sealed})), expected)


def test_the_same_event_has_the_same_id_and_another_has_another() -> None:
    fields = {
        "FromUserName": "oA",
        "CreateTime": "1",
        "MsgType": "event",
        "Event": "subscribe",
        "EventKey": "qrscene_a",
    }
    changes = [("CreateTime", "2"), ("FromUserName", "oB"), ("EventKey", "qrscene_b"), ("Event", "unsubscribe")]
    ids = [event_id(fields), event_id(fields), *(event_id(fields | dict([change])) for change in changes)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 1 + len(changes)


def test_an_event_id_names_nobody() -> None:
    fields = {"FromUserName": "oNobodyKnows", "CreateTime": "1", "MsgType": "event", "Event": "CLICK", "EventKey": "K"}
    assert "Nobody" not in event_id(fields)


def event_id(fields: dict[str, str]) -> str:
    [event] = plain.parse({}, to_xml(fields))
    assert isinstance(event, ContactEvent | InboundMessage)
    return event.event_id if isinstance(event, ContactEvent) else event.provider_id


def test_a_body_without_its_encrypted_part_is_never_read_in_secure_mode() -> None:
    assert_same(
        secure.parse({}, to_xml({"MsgType": "text"})),
        [{"type": "UnreadableEvent", "place": "Encrypt", "reason": "missing"}],
    )


@given(st.binary(max_size=300))
def test_parse_never_raises_for_bytes(body: bytes) -> None:
    for callback in (plain, secure):
        assert len(callback.parse({}, body)) >= 1


NAMES = ["FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "MsgID", "MsgId", "Status", "Content", "Encrypt"]
WORDS = st.sampled_from(["event", "text", "subscribe", "TEMPLATESENDJOBFINISH", "1795167000", "oA", "success", ""])
VALUES = st.one_of(WORDS, st.text(st.characters(exclude_categories=["Cs"]), max_size=30))


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_parse_never_raises_for_fields(fields: dict[str, str]) -> None:
    for callback, body in product((plain, secure), (to_xml(fields), to_xml(fields)[:-3])):
        assert len(callback.parse({}, body)) >= 1


def test_very_deep_nesting_does_no_harm() -> None:
    body = b"<xml>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</xml>"
    assert len(plain.parse({}, body)) == 1
