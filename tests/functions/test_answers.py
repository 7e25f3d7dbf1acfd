"""A patient presses or writes, and staff see it wherever they look."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.functions.conftest import CLINICS_KEY, RunningApp

ASKED = "+447700900401"
FOLLOWER = "oOttoline_follower_8003"


async def rows(app: RunningApp, path: str) -> list[dict[str, Any]]:
    answer = await app.call("GET", path, key=CLINICS_KEY)
    assert answer.status == 200, answer.text
    return list(answer.json["value"])


async def test_an_answer_is_seen_wherever_staff_look(app: RunningApp) -> None:
    await app.call("POST", "/any/v1/reminder-runs", key=CLINICS_KEY, json={})
    await app.host.queues_idle(20)
    await app.host.fire("release_due")
    await app.settled()
    await app.whatsapp.patients.press(ASKED, "2")
    await app.wechat.people.write(FOLLOWER, "会来")
    await app.wechat.people.write(FOLLOWER, "but can I come at another time?")
    await app.settled()
    answers = {row["appointmentId"]: row["answer"] for row in await rows(app, "/any/v1/appointments")}
    assert answers == {"A-8001": "pending_cancellation", "A-8002": None, "A-8003": "confirmed_attendance"}
    sent = await rows(app, "/any/v1/messages?view=sent&top=200")
    [asked] = [row for row in sent if row["appointmentId"] == "A-8001"]
    assert asked["answer"] == "pending_cancellation"
    shown = (await app.call("GET", f"/any/v1/messages/{asked['id']}", key=CLINICS_KEY)).json
    assert [(e["state"], e["detail"]) for e in shown["events"]][-1] == ("answered", "pending_cancellation")
    work = {row["kind"]: row for row in await rows(app, "/any/v1/worklist") if row["appointmentId"]}
    assert work["pending_cancellation"]["appointmentId"] == "A-8001"
    unclear = work["needs_a_person"]
    assert (unclear["reason"], unclear["suggestion"]) == ("unclear", "reschedule")
    assert unclear["said"] == "but can I come at another time?"
    assert unclear["reasonText"]
    assert unclear["suggestionText"]
    assert unclear["toDo"]
    await thanked(app)


async def thanked(app: RunningApp) -> None:
    """The words back come within the pace of the pair: one message in six seconds."""
    for _ in range(30):
        await app.host.fire("release_due")
        await app.settled()
        sent = await rows(app, "/any/v1/messages?view=sent&top=200")
        if sum(row["kind"] == "reply" and row["state"] in ("read", "delivered", "accepted") for row in sent) == 2:
            return
        await asyncio.sleep(1)
    raise AssertionError("nobody was thanked")
