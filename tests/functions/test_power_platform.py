"""Every operation of both connectors, used as Power Automate and Power Apps use them, against the running app."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.power_platform.generator.files import CONNECTORS
from shared.clock import SystemClock
from tests.functions.conftest import CLINIC, CLINICS_KEY, PUBLIC_URL, RunningApp
from tests.power_platform.machine import Connection, NotInTheConnector, Refused, losing_answers, over_http
from tests.subscribers.listener import URL, internet

RAW: Mapping[str, Mapping[str, Any]] = {
    "whatsapp": {"to": "+447700900441", "text": {"body": "Hello from the clinic"}},
    "wechat": {
        "touser": "oMachine_follower_0441",
        "template_id": "templateidtypedhere",
        "data": {"keyword1": {"value": "A-1"}, "keyword2": {"value": "2026-12-01"}, "keyword3": {"value": "Level 2"}},
    },
}
KNOWN = "+447700900442"
RETRIED_SENDS = 50
PATIENCE = 100  # rounds of release: a lane's pace lets so many go at once


USED: dict[str, set[str]] = {channel: set() for channel in RAW}


def connected(app: RunningApp, channel: str) -> Connection:
    swagger = json.loads((CONNECTORS / channel / "apiDefinition.swagger.json").read_text(encoding="utf-8"))
    return Connection(swagger, app.host.url, CLINICS_KEY, over_http(app.session), USED[channel], PUBLIC_URL)


@pytest.fixture(params=sorted(RAW))
def connection(request: pytest.FixtureRequest, app: RunningApp) -> Connection:
    return connected(app, request.param)


def in_hours(hours: float) -> str:
    return (SystemClock().now() + timedelta(hours=hours)).isoformat(timespec="seconds")


async def test_making_a_connection_tests_it(connection: Connection) -> None:
    assert all(account["ok"] for account in (await connection.test())["value"])


async def test_a_message_is_sent_listed_and_looked_at(app: RunningApp, connection: Connection) -> None:
    channel = connection.swagger["basePath"].rpartition("/")[2]
    taken = await connection.run("SendMessage", **RAW[channel])
    await all_sent(app, connection)
    listed = await connection.run("ListMessages", view="sent", top=200)
    assert taken["id"] in {row["id"] for row in listed["value"]}
    whole = await connection.formula("GetMessage", taken["id"])
    assert whole["body"]
    assert [event["state"] for event in whole["events"]][:2] == ["claimed", "accepted"]
    with pytest.raises(Refused, match=r"cannot be cancelled|nothing left to cancel|may already have reached"):
        await connection.run("CancelScheduledMessage", id=taken["id"])


async def test_a_run_is_looked_at_started_and_followed(app: RunningApp, connection: Connection) -> None:
    dry = await connection.run("StartReminderRun", dryRun=True)
    assert (dry["dryRun"], dry["counts"]["planned"], len(dry["value"])) == (True, 3, 3)
    begun = await connection.run("StartReminderRun")
    assert begun["state"] == "queued"
    await app.idle()
    run = await connection.formula("GetReminderRun", begun["id"])
    assert (run["state"], run["complete"]) == ("complete", True)
    runs = await connection.run("ListReminderRuns", top=1)
    assert (runs["value"][0]["id"], len(runs["value"])) == (begun["id"], 1)
    appointments = await connection.run("ListAppointments")
    assert {row["decision"] for row in appointments["value"]} == {"planned"}
    insights = await connection.run("GetAppointmentInsights")
    assert insights["totals"]["name"] == "total"
    unsent = await connection.run("ListUnsent", day=(SystemClock().now() + timedelta(days=3)).date().isoformat())
    assert unsent["day"]


async def test_reminders_are_scheduled_and_cancelled(connection: Connection) -> None:
    item = {"appointmentId": "A-8001", "sendAt": in_hours(7)}
    taken = await connection.run("ScheduleReminders", items=[item, {"appointmentId": "A-9999", "hoursBefore": 24}])
    row, refused = taken["value"]
    if row["status"] == "refused":  # the other channel's connector: this patient has no WeChat
        assert row["code"] == "no_address"
    else:
        waiting = await connection.run("ListMessages", view="scheduled", top=200)
        assert row["id"] in {one["id"] for one in waiting["value"]}
        assert (await connection.formula("CancelScheduledMessage", row["id"]))["state"] == "cancelled"
    assert (refused["status"], refused["code"]) == ("refused", "not_in_list")


async def test_the_worklist_is_listed_and_resolved(app: RunningApp, connection: Connection) -> None:
    asked = f"Is there a car park nearby? ({connection.swagger['info']['title']})"
    await known_to_the_clinic(app)
    await app.whatsapp.patients.write(KNOWN, asked)
    await app.settled()
    page = await connection.run("ListWork", channel="any", state="open", top=200)
    [item] = [one for one in page["value"] if one["said"] == asked]
    done = await connection.run("ResolveWork", id=item["id"], resolution=item["resolutions"][-1], note="Answered")
    assert (done["state"], done["note"]) == ("resolved", "Answered")
    resolved = await connection.run("ListWork", channel="any", state="resolved")
    assert item["id"] in {one["id"] for one in resolved["value"]}


async def known_to_the_clinic(app: RunningApp) -> None:
    """The number has had a message of this clinic, and of no other: so what it writes is this clinic's."""
    await app.whatsapp.patients.write(KNOWN, "Hello?")  # opens the window in which free text arrives
    connection = connected(app, "whatsapp")
    await connection.run("SendMessage", to=KNOWN, text={"body": "We are here"})
    await all_sent(app, connection)


async def all_sent(app: RunningApp, connection: Connection) -> None:
    """What was taken for now has left, at the pace of its lane."""
    for _ in range(PATIENCE):
        await app.host.fire("release_due")
        await app.settled()
        waiting = (await connection.run("ListMessages", view="scheduled", top=200))["value"]
        if not [one for one in waiting if one["kind"] == "raw"]:
            return
    raise AssertionError("something did not leave")


async def test_one_appointment_is_reminded_of_once(connection: Connection) -> None:
    asked = {"appointmentId": "A-8002", "channel": "auto", "sendAt": in_hours(9 if is_whatsapp(connection) else 10)}
    taken = await connection.run("SendAppointmentReminder", **asked)
    again = await connection.run("SendAppointmentReminder", **asked)
    assert (taken["state"], taken["appointmentId"], again["id"], again["repeat"]) == (
        "scheduled", "A-8002", taken["id"], True,
    )  # fmt: skip
    await connection.run("CancelScheduledMessage", id=taken["id"])
    with pytest.raises(Refused) as caught:
        await connection.run("SendAppointmentReminder", appointmentId="A-9999")
    assert (caught.value.status, caught.value.error["code"]) == (404, "not_found")


async def test_a_prescription_is_previewed_sent_sent_again_and_called_back(
    app: RunningApp, connection: Connection
) -> None:
    await connection.run("StartReminderRun")
    await app.idle()
    [one] = (await connection.run("LookUpPatient", name="Quillfeather"))["value"]
    form = {"patientId": one["id"], "reference": "24f5da a83008 7efe6z", "channel": "auto"}
    seen = await connection.run("PreviewMessage", **form)
    assert (seen["reference"], seen["asksLastDigits"]) == ("24F5DA-A83008-7EFE6Z", True)
    sending = {**form, "previewToken": seen["token"], "lastDigits": "401"}
    sent, again = [await connection.run("SendPrescriptionReference", **sending) for _ in range(2)]
    assert (sent["repeat"], again["repeat"], again["id"]) == (False, True, sent["id"])
    listed = await connection.run("ListPrescriptionReferences", channel="any")
    assert listed["value"][0]["id"] == sent["id"]
    await connection.run("ResendPrescriptionReference", id=sent["id"], channel="auto", lastDigits="401")
    back = await connection.run("RevokePrescriptionReference", id=sent["id"], note="Wrong patient")
    whole = await connection.formula("GetPrescriptionReference", sent["id"])
    assert (back["state"], whole["state"]) == ("revoked", "revoked")
    assert [event["event"] for event in whole["events"]] == ["sent", "resent", "revoked"]


async def test_a_patient_is_found_answered_and_their_wish_recorded(app: RunningApp, connection: Connection) -> None:
    await connection.run("StartReminderRun")
    await app.idle()
    [one] = (await connection.run("LookUpPatient", name="QUILLFEATHER quentin"))["value"]
    assert (await connection.run("LookUpPatient", phone="+44 7700 900401"))["value"] == [one]
    assert one["channels"][0]["contact"] == "+4477••••••••"
    whatsapp = {"patientId": one["id"], "channel": "whatsapp"}
    with pytest.raises(Refused) as caught:
        await connection.run("SendTextReply", text="Please bring your tablets.", **whatsapp)
    assert (caught.value.status, caught.value.error["code"]) == (409, "window_closed")
    out = await connection.run("OptOutPatient", method="phone", **whatsapp)
    assert (out["changed"], out["wishes"][0]["optedIn"]) == (True, False)
    back = await connection.run("OptInPatient", method="in_person", note="Asked at the desk", **whatsapp)
    assert (back["changed"], back["wishes"][0]["note"]) == (True, "Asked at the desk")


async def test_a_maker_chooses_from_the_clinics_and_the_fields_of_a_template(connection: Connection) -> None:
    assert [value for value, _ in await connection.drop_down("LookUpPatient", "clinicId")] == [CLINIC]
    listed = await connection.run("ListTemplates")
    assert "appointment_reminder" in {one["name"] for one in listed["value"]}
    described = await connection.formula("GetTemplateSchema", "appointment_reminder")
    assert described["schema"]["properties"]["patient_name"]["title"] == "Patient's name"


def is_whatsapp(connection: Connection) -> bool:
    return str(connection.swagger["basePath"]).endswith("whatsapp")


async def test_a_flow_is_turned_on_and_off(app: RunningApp, connection: Connection, tmp_path: Path) -> None:
    """What it hears in between is told in test_subscriptions.py. Whether the key comes at the end is not certain."""
    triggers = [one.id for one in connection.operations() if "x-ms-trigger" in one.described]
    assert len(triggers) == 5
    async with internet(tmp_path) as net:
        await app.reach_subscribers_by(net.poster)
        for number, trigger in enumerate(triggers):
            place = await connection.subscribe(trigger, URL)
            assert await connection.unsubscribe(place, with_key=number % 2 == 0) == 204


async def test_a_maker_chooses_from_what_there_is(connection: Connection) -> None:
    assert await connection.drop_down("ListMessages", "view") == [("sent", "Sent"), ("scheduled", "To be sent")]


async def test_what_the_file_lacks_is_refused_before_anything_is_sent(connection: Connection) -> None:
    with pytest.raises(NotInTheConnector):
        await connection.run("ListMessages", views="sent")
    with pytest.raises(NotInTheConnector):
        await connection.formula("GetMessage")
    with pytest.raises(NotInTheConnector):
        await connection.run("SendEverything")


async def test_a_retried_send_never_sends_twice(app: RunningApp) -> None:
    """Answers get lost after the message was taken, up to eight times for one press of a button."""
    followers = [f"oRetried_follower_{number:03d}" for number in range(RETRIED_SENDS)]
    for number, follower in enumerate(followers):
        connection = connected(app, "wechat")
        connection.send = losing_answers(connection.send, number % 9)
        taken = await connection.run("SendMessage", **{**RAW["wechat"], "touser": follower})
        assert taken["repeat"] == (number % 9 > 0)
    await all_sent(app, connection)
    assert [len(app.wechat.ledger.received(follower)) for follower in followers] == [1] * RETRIED_SENDS


def test_every_operation_of_both_connectors_was_used(request: pytest.FixtureRequest, app: RunningApp) -> None:
    here = [item for item in request.session.items if item.path == request.path]
    if len(here) < len([name for name in globals() if name.startswith("test_")]):
        pytest.skip("only some of this file's tests run")
    offered = {channel: {one.id for one in connected(app, channel).operations()} for channel in USED}
    assert offered == USED
