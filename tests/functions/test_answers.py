"""A patient presses or writes, and staff see it wherever they look."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.functions.conftest import CLINICS_KEY, RunningApp

ASKED = "+447700900401"
HELD = "+447700900402"
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


async def test_who_seems_to_want_no_more_is_left_alone_until_a_nurse_has_looked(app: RunningApp) -> None:
    await app.whatsapp.patients.write(HELD, "Please stop texting me on Sundays")
    await app.settled()
    [item] = [row for row in await rows(app, "/any/v1/worklist?kind=needs_a_person") if row["reason"] == "stop_review"]
    assert (item["said"], item["resolutions"]) == ("Please stop texting me on Sundays", ["verified", "done"])
    assert "choose: verified" in item["toDo"]
    refused = await app.call("POST", "/whatsapp/v1/messages", key=CLINICS_KEY, json=by_hand("Hello"))
    assert (refused.status, refused.json["error"]["code"]) == (409, "conflict")
    path, word = f"/any/v1/worklist/{item['id']}/resolve", {"resolution": "verified", "note": "Only not on Sundays"}
    done = await app.call("POST", path, key=CLINICS_KEY, json=word)
    assert (done.status, done.json["resolution"], done.json["resolutions"]) == (200, "verified", [])
    assert done.json["resolutionText"] == "Somebody made sure, and messages may go there again."
    assert (await app.call("POST", path, key=CLINICS_KEY, json=word)).json == done.json
    assert (await app.call("POST", path, key=CLINICS_KEY, json={"resolution": "done"})).status == 409
    taken = await app.call("POST", "/whatsapp/v1/messages", key=CLINICS_KEY, json=by_hand("Hello"))
    assert taken.status == 202, taken.text
    await app.settled()


def by_hand(words: str) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": HELD,
        "type": "text",
        "text": {"body": words},
    }
