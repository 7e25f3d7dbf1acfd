"""Reminders, replies, patients and what forms choose from, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.conftest import CLINIC, CLINICS_KEY, OTHER_CLINIC, OTHERS_KEY, RunningApp

NUMBER = "+447700900402"
PATIENCE = 20  # rounds of release: to one patient a message goes every six seconds
TEXT = "Please come to level 3."


async def post(app: RunningApp, path: str, body: Any, **more: Any) -> Any:
    return await app.call("POST", path, key=CLINICS_KEY, json=body, **more)


async def planned(app: RunningApp) -> None:
    await post(app, "/any/v1/reminder-runs", {})
    await app.idle()


async def the_patient(app: RunningApp) -> str:
    await planned(app)
    found = await post(app, "/any/v1/patients/lookup", {"phone": "07700 900402"})
    [one] = found.json["value"]
    return str(one["id"])


async def test_a_reminder_is_taken_and_its_repeat_says_so(app: RunningApp) -> None:
    body = {"appointmentId": "A-8002", "hoursBefore": 3}
    first, again = [await post(app, "/whatsapp/v1/reminders", body) for _ in range(2)]
    assert (first.status, first.json["state"], first.json["repeat"]) == (202, "scheduled", False)
    assert first.json["sentBy"] == f"nurses of {CLINIC}"
    assert (again.status, again.json["id"], again.json["repeat"]) == (202, first.json["id"], True)
    other = {"appointmentId": "A-8002", "hoursBefore": 4}
    keyed = {"headers": {"Idempotency-Key": "remind-1"}}
    assert (await post(app, "/whatsapp/v1/reminders", other, **keyed)).status == 202
    assert (await post(app, "/whatsapp/v1/reminders", body, **keyed)).status == 422


REFUSED: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "an unknown appointment": ("/whatsapp/v1/reminders", {"appointmentId": "A-1"}, 404, "not_found"),
    "nobody to remind here": ("/whatsapp/v1/reminders", {"appointmentId": "A-8003"}, 409, "no_address"),
    "without an appointment": ("/whatsapp/v1/reminders", {}, 400, "invalid_input"),
    "any channel": ("/any/v1/reminders", {"appointmentId": "A-8002"}, 404, "not_found"),
    "a field that there is not": ("/whatsapp/v1/reminders", {"appointmentId": "A-1", "x": 1}, 400, "invalid_input"),
    "a reply to nobody": ("/whatsapp/v1/replies", {"text": "Hello"}, 400, "invalid_input"),
    "a reply without text": ("/whatsapp/v1/replies", {"messageId": "x"}, 400, "invalid_input"),
    "a reply to no message": ("/whatsapp/v1/replies", {"text": "Hello", "messageId": "x"}, 404, "not_found"),
    "a search for nothing": ("/any/v1/patients/lookup", {}, 400, "invalid_input"),
    "a wish of nobody": (f"/whatsapp/v1/patients/{'a' * 26}/opt-in", {"method": "form"}, 404, "not_found"),
    "a wish without a method": (f"/whatsapp/v1/patients/{'a' * 26}/opt-in", {}, 400, "invalid_input"),
}


@pytest.mark.parametrize(("path", "body", "status", "code"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_done_is_said(
    app: RunningApp, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await post(app, path, body)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)
    assert answer.json["error"]["message"]


async def test_a_reply_goes_once_the_patient_has_written_and_auto_finds_the_channel(app: RunningApp) -> None:
    body = {"text": TEXT, "patientId": await the_patient(app)}
    closed = await post(app, "/whatsapp/v1/replies", body)
    assert (closed.status, closed.json["error"]["code"]) == (409, "window_closed")
    await app.whatsapp.patients.write(NUMBER, "Which level is it?")
    await app.settled()
    shown = (await post(app, "/any/v1/patients/lookup", {"patientNumber": "P-8002"})).json["value"][0]
    assert shown["channels"][0]["freeTextUntil"]
    taken, again = [await post(app, "/auto/v1/replies", body) for _ in range(2)]
    assert (taken.status, taken.json["kind"], taken.json["channel"]) == (202, "reply", "whatsapp")
    assert (again.json["id"], again.json["repeat"]) == (taken.json["id"], True)
    for _ in range(PATIENCE):
        await app.host.fire("release_due")
        await app.settled()
        if (await app.call("GET", f"/any/v1/messages/{taken.json['id']}", key=CLINICS_KEY)).json["providerId"]:
            break
    assert [entry.text for entry in app.whatsapp.ledger.of(NUMBER)].count(TEXT) == 1


async def test_a_patients_wish_is_recorded_once(app: RunningApp) -> None:
    path = f"/whatsapp/v1/patients/{await the_patient(app)}"
    out = [await post(app, f"{path}/opt-out", {"method": "phone"}) for _ in range(2)]
    assert [one.json["changed"] for one in out] == [True, False]
    assert out[0].json["channels"][0]["optedOut"] is True
    assert (await post(app, f"{path}/opt-in", {"method": "phone"})).status == 400, "without a note"
    back = await post(app, f"{path}/opt-in", {"method": "in_person", "note": "At the desk"})
    assert (back.status, back.json["changed"], back.json["channels"][0]["optedOut"]) == (200, True, False)
    assert [wish["by"] for wish in back.json["wishes"]] == [f"nurses of {CLINIC}"] * 2


async def test_what_forms_choose_from(app: RunningApp) -> None:
    clinics = {}
    for key in (CLINICS_KEY, OTHERS_KEY, "local"):
        listed = (await app.call("GET", "/whatsapp/v1/clinics", key=key)).json["value"]
        clinics[key] = [one["id"] for one in listed]
    assert clinics == {
        CLINICS_KEY: [CLINIC], OTHERS_KEY: [OTHER_CLINIC], "local": sorted([CLINIC, OTHER_CLINIC]),
    }  # fmt: skip
    for channel, others in (("whatsapp", 0), ("wechat", 2)):
        rows = (await app.call("GET", f"/{channel}/v1/templates", key=CLINICS_KEY)).json["value"]
        assert len([one for one in rows if one["name"].isupper()]) == others
        path = f"/{channel}/v1/templates/appointment_reminder/schema"
        schema = (await app.call("GET", path, key=CLINICS_KEY)).json["schema"]
        assert schema["required"][0] == "patient_name"
    assert (await app.call("GET", "/any/v1/templates/nothing/schema", key=CLINICS_KEY)).status == 404
