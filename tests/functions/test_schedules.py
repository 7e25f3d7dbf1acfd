"""Schedules and cancelling over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.clock import SystemClock
from tests.functions.conftest import CLINIC, CLINICS_KEY, OTHERS_KEY, RunningApp
from tests.functions.test_messages import sent
from tests.services.asking.test_submitting import WHATSAPP

POST = ("POST", "/whatsapp/v1/schedules")


def in_hours(hours: float) -> str:
    return (SystemClock().now() + timedelta(hours=hours)).isoformat(timespec="seconds")


def rows() -> list[dict[str, Any]]:
    message = {**WHATSAPP, "to": "+447700900431"}
    return [
        {"appointmentId": "A-8001", "hoursBefore": 5},
        {"appointmentId": "A-8003", "hoursBefore": 5},
        {"sendAt": in_hours(3), "message": message},
        {"sendAt": in_hours(-3), "message": message},
    ]


async def test_each_row_gets_its_own_result_and_a_repeat_changes_nothing(app: RunningApp) -> None:
    items, headers = rows(), {"Idempotency-Key": "schedule-1"}
    first = await app.call(*POST, key=CLINICS_KEY, json={"items": items}, headers=headers)
    assert first.status == 200, first.text
    value = first.json["value"]
    assert [(row["index"], row["status"]) for row in value] == [
        (0, "scheduled"), (1, "refused"), (2, "scheduled"), (3, "refused"),
    ]  # fmt: skip
    assert (value[1]["code"], value[3]["code"]) == ("no_address", "past")
    assert all(row["reason"] for row in value if row["status"] == "refused")
    again = await app.call(*POST, key=CLINICS_KEY, json={"items": items}, headers=headers)
    assert [row.get("id") for row in again.json["value"]] == [row.get("id") for row in value]
    assert [row["status"] for row in again.json["value"]] == ["repeat", "refused", "repeat", "refused"]
    other = await app.call(*POST, key=CLINICS_KEY, json={"items": items[:1]}, headers=headers)
    assert (other.status, other.json["error"]["code"]) == (422, "idempotency_mismatch")


async def test_what_is_scheduled_is_listed_and_can_be_cancelled(app: RunningApp) -> None:
    item = {"sendAt": in_hours(5), "message": {**WHATSAPP, "to": "+447700900432"}}
    answer = await app.call(*POST, key=CLINICS_KEY, json={"clinicId": CLINIC, "items": [item]})
    [row] = answer.json["value"]
    path = f"/any/v1/messages/{row['id']}"
    listed = await app.call("GET", "/any/v1/messages?view=scheduled&top=200", key=CLINICS_KEY)
    assert row["id"] in [line["id"] for line in listed.json["value"]]
    assert (await app.call("DELETE", path, key=OTHERS_KEY)).status == 404
    for _ in range(2):
        cancelled = await app.call("DELETE", path, key=CLINICS_KEY)
        assert (cancelled.status, cancelled.json["state"]) == (200, "cancelled")
    listed = await app.call("GET", "/any/v1/messages?view=scheduled&top=200", key=CLINICS_KEY)
    assert row["id"] not in [line["id"] for line in listed.json["value"]]
    shown = (await app.call("GET", path, key=CLINICS_KEY)).json
    assert [event["state"] for event in shown["events"]] == ["cancelled"]


async def test_what_has_been_sent_cannot_be_cancelled(app: RunningApp) -> None:
    await app.whatsapp.patients.write("+447700900433", "Hello")
    taken = await sent(app, {**WHATSAPP, "to": "+447700900433"})
    answer = await app.call("DELETE", f"/any/v1/messages/{taken['id']}", key=CLINICS_KEY)
    assert (answer.status, answer.json["error"]["code"]) == (409, "conflict")


async def test_another_clinics_schedule_is_forbidden(app: RunningApp) -> None:
    answer = await app.call(*POST, key=OTHERS_KEY, json={"clinicId": CLINIC, "items": rows()})
    assert answer.status == 403
