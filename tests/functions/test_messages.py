"""Messages over HTTP: taken, sent, received, shown; and what is wrong is refused in one shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.functions.conftest import CLINIC, CLINICS_KEY, RunningApp
from tests.services.asking.test_submitting import WECHAT, WHATSAPP
from tests.services.rows import every_row

POST = ("POST", "/whatsapp/v1/messages")
RUNS = ("POST", "/any/v1/reminder-runs")


async def sent(app: RunningApp, body: Any, channel: str = "whatsapp", **more: Any) -> Any:
    answer = await app.call("POST", f"/{channel}/v1/messages", key=CLINICS_KEY, json=body, **more)
    assert answer.status == 202, answer.text
    await app.host.fire("release_due")
    await app.settled()
    return answer.json


async def test_a_whatsapp_message_goes_the_whole_way(app: RunningApp) -> None:
    await app.whatsapp.patients.write("+447700900411", "Hello")
    taken = await sent(app, {**WHATSAPP, "to": "+447700900411"})
    assert taken["repeat"] is False
    assert taken["state"] in ("queued", "scheduled")
    [entry] = app.whatsapp.ledger.of("+447700900411")
    shown = (await app.call("GET", f"/whatsapp/v1/messages/{taken['id']}", key=CLINICS_KEY)).json
    assert (shown["state"], shown["kind"], shown["clinicId"]) == ("read", "raw", CLINIC)
    assert shown["body"] == entry.text == WHATSAPP["text"]["body"]
    assert [event["state"] for event in shown["events"]][:2] == ["claimed", "accepted"]
    assert shown["sentBy"] == f"nurses of {CLINIC}"
    listed = (await app.call("GET", "/whatsapp/v1/messages?view=sent&top=200", key=CLINICS_KEY)).json
    [line] = [row for row in listed["value"] if row["id"] == taken["id"]]
    assert "body" not in line
    assert set(line) == {
        "id", "clinicId", "patientId", "patientName", "channel", "kind", "state", "reason", "answer", "scheduledFor",
        "expiresAt", "createdAt", "updatedAt", "providerId", "appointmentId", "insteadOf", "sentBy", "mock",
    }  # fmt: skip


async def test_a_wechat_message_goes_the_whole_way(app: RunningApp) -> None:
    taken = await sent(app, {**WECHAT, "touser": "oMock_follower_0411"}, "wechat")
    assert any("remark" in warning for warning in taken["warnings"])
    assert len(app.wechat.ledger.received("oMock_follower_0411")) == 1
    shown = (await app.call("GET", f"/wechat/v1/messages/{taken['id']}", key=CLINICS_KEY)).json
    assert shown["state"] == "delivered"


async def test_a_repeat_is_answered_with_the_first_message(app: RunningApp) -> None:
    body = {**WHATSAPP, "to": "+447700900412"}
    await app.whatsapp.patients.write("+447700900412", "Hello")
    first = await sent(app, body, headers={"Idempotency-Key": "flow-1"})
    again = await sent(app, body, headers={"Idempotency-Key": "flow-1"})
    assert (again["id"], again["repeat"]) == (first["id"], True)
    assert len(app.whatsapp.ledger.of("+447700900412")) == 1
    other = await app.call(
        *POST, key=CLINICS_KEY, json={**body, "text": {"body": "x"}}, headers={"Idempotency-Key": "flow-1"}
    )
    assert (other.status, other.json["error"]["code"]) == (422, "idempotency_mismatch")


DEEP = '{"a":' * 900 + "1" + "}" * 900
HALF = json.dumps({**WHATSAPP, "text": {"body": "\ud83d"}})
WRONG: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "no JSON": (*POST, {"data": "{"}, 400, "invalid_input"),
    "no object": (*POST, {"json": [1]}, 400, "invalid_input"),
    "not a number": (*POST, {"data": '{"a": NaN}'}, 400, "invalid_input"),
    "half a character": (*POST, {"data": HALF}, 400, "invalid_input"),
    "too deep": (*POST, {"data": DEEP}, 400, "invalid_input"),
    "empty": (*POST, {"data": ""}, 400, "invalid_input"),
    "another medium": (*POST, {"data": "<a/>", "headers": {"Content-Type": "text/xml"}}, 415, "unsupported_media"),
    "too large": (*POST, {"data": b"{" + b" " * 262_144 + b"}"}, 413, "body_too_large"),
    "no recipient": (*POST, {"json": {"type": "text", "text": {"body": "x"}}}, 400, "invalid_input"),
    "a long key": (*POST, {"json": WHATSAPP, "headers": {"Idempotency-Key": "k" * 300}}, 400, "invalid_input"),
    "unknown clinic": ("POST", "/whatsapp/v1/messages?clinicId=nowhere", {"json": WHATSAPP}, 404, "not_found"),
    "unknown channel": ("POST", "/pigeon/v1/messages", {"json": WHATSAPP}, 404, "not_found"),
    "any channel": ("POST", "/any/v1/messages", {"json": WHATSAPP}, 404, "not_found"),
    "unknown channel, list": ("GET", "/pigeon/v1/messages?channel=whatsapp", {}, 404, "not_found"),
    "unknown view": ("GET", "/any/v1/messages?view=all", {}, 400, "invalid_input"),
    "unknown state": ("GET", "/any/v1/messages?state=read,lost", {}, 400, "invalid_input"),
    "unknown message": ("GET", "/any/v1/messages/nonsense", {}, 404, "not_found"),
    "unknown run": ("GET", "/any/v1/reminder-runs/ward-7_20261120_never", {}, 404, "not_found"),
    "odd run": ("GET", "/any/v1/reminder-runs/%00%23", {}, 404, "not_found"),
    "broken cursor": ("GET", "/any/v1/messages?cursor=abc", {}, 400, "invalid_cursor"),
    "days the wrong way": ("GET", "/any/v1/messages?from=2026-11-20&to=2026-11-19", {}, 400, "invalid_input"),
    "too many days": ("GET", "/any/v1/appointments?from=2026-01-01&to=2026-12-01", {}, 400, "invalid_input"),
    "dry run of no day": (*RUNS, {"json": {"dryRun": True, "day": "soon"}}, 400, "invalid_input"),
    "day of no calendar": (*RUNS, {"json": {"dryRun": True, "day": "0001-01-01"}}, 400, "invalid_input"),
    "no schedule": ("POST", "/whatsapp/v1/schedules", {"json": {}}, 400, "invalid_input"),
    "schedule of no list": ("POST", "/whatsapp/v1/schedules", {"json": {"items": "all"}}, 400, "invalid_input"),
    "schedule for no clinic": ("POST", "/whatsapp/v1/schedules", {"json": {"clinicId": 5}}, 400, "invalid_input"),
    "schedule on any channel": ("POST", "/any/v1/schedules", {"json": {"items": [{}]}}, 404, "not_found"),
    "cancel nothing": ("DELETE", "/any/v1/messages/nonsense", {}, 404, "not_found"),
    "day without text": (*RUNS, {"json": {"day": 5}}, 400, "invalid_input"),
    "dry run of no sort": (*RUNS, {"json": {"dryRun": "yes"}}, 400, "invalid_input"),
    "another day for real": (*RUNS, {"json": {"day": "2026-01-01"}}, 400, "invalid_input"),
    **{f"top {top}": ("GET", f"/any/v1/messages?top={top}", {}, 400, "invalid_input")
       for top in ("0", "201", "-1", "x", "1.5", "%D9%A3", "000001999999", "9" * 30)},
    **{f"from {day}": ("GET", f"/any/v1/messages?from={day}", {}, 400, "invalid_input")
       for day in ("2026-13-01", "20261120", "2026-W01-1", "9999-12-31", "0001-01-01", "2026-11-20x", "x" * 500)},
}  # fmt: skip


@pytest.mark.parametrize(("method", "path", "more", "status", "code"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_refused_in_one_shape_and_changes_nothing(
    app: RunningApp, method: str, path: str, more: dict[str, Any], status: int, code: str
) -> None:
    before = await every_row(app.storage.rows)
    headers = {"Content-Type": "application/json", **more.get("headers", {})} if "data" in more else more.get("headers")
    answer = await app.call(method, path, **{**more, "headers": headers})
    assert (answer.status, answer.json["error"]["code"]) == (status, code), answer.text
    assert set(answer.json["error"]) == {"code", "message", "details"}
    assert answer.json["error"]["message"]
    assert await every_row(app.storage.rows) == before


async def test_wrong_fields_are_named(app: RunningApp) -> None:
    answer = await app.call(*POST, json={**WHATSAPP, "to": "07700 900001"})
    assert [detail["field"] for detail in answer.json["error"]["details"]] == ["to"]
    assert "07700" not in answer.text
