"""The flows of the solution, run step by step against the running app: what they ask, it answers; what it tells, begins
them. Only Microsoft's own connectors are made up."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.power_platform.solutions.source import read_source
from infra.power_platform.solutions.view import View
from infra.power_platform.solutions.workflow import Flow
from shared.clock import SystemClock
from tests.functions.conftest import CLINIC, PEOPLE, RunningApp
from tests.functions.test_power_platform import connected
from tests.infra.power_platform.solutions.planting import CANCELLATION, FAILED, RECORD, RUN, SUMMARY
from tests.power_platform.lists import SharePointList
from tests.power_platform.machine import Connection
from tests.power_platform.running import Run
from tests.subscribers.listener import URL, Internet, internet

PARAMETERS = {
    "Clinic (ptm_ClinicId)": CLINIC,
    "Clinic time zone (ptm_ClinicTimeZone)": "GMT Standard Time",
    "Summary hour (ptm_SummaryHour)": "7",
}
CANNOT_RECEIVE = "+447700900781"
SENT_LIST = "<Sent list (ptm_SentList)>"
KEPT = "The patient keeps the appointment"
APPROVED = {"outcome": KEPT, "responses": [{"comments": "She rang", "responder": {"displayName": "Sam Desk"}}]}
MICROSOFTS: Mapping[str, Any] = {
    "SendEmailV2": {}, "CreateAnApproval": {"name": "approval"}, "WaitForAnApproval": APPROVED,
}  # fmt: skip


class Tenant:
    """Our connector as it is; Microsoft's answer as if all went well, and remember what they were given."""

    def __init__(self, app: RunningApp, **answers: Any) -> None:
        self._answers = {**MICROSOFTS, **answers}
        self._app, self._ours = app, connected(app, "whatsapp")
        self.given: list[tuple[str, Mapping[str, Any]]] = []
        self.lists: dict[str, SharePointList] = defaultdict(SharePointList)

    async def __call__(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        if operation in self._answers:
            self.given.append((operation, parameters))
            return self._answers[operation]
        if operation in ("PostItem", "GetItems"):
            self.given.append((operation, parameters))
            of_list = self.lists[parameters["table"]]
            return of_list.post(parameters) if operation == "PostItem" else of_list.get(parameters)
        if operation in ("ListWork", "GetReminderRun"):
            await self._time_passes()
        return await self._ours.run(operation, **{name.removeprefix("body/"): one for name, one in parameters.items()})

    async def _time_passes(self) -> None:
        """While a flow waits, the app's timers have their turns."""
        await self._app.host.fire("release_due")
        await self._app.idle()

    def of(self, operation: str) -> list[Mapping[str, Any]]:
        return [parameters for name, parameters in self.given if name == operation]

    @property
    def names_nobody(self) -> bool:
        shown = json.dumps(self.given)
        return not [one for person in PEOPLE for one in (person[0], *person[1].split()) if one in shown]


@pytest.fixture(scope="module")
def flows() -> Mapping[str, Flow]:
    return {flow.file.removeprefix("Workflows/").partition("-")[0]: flow for flow in View(read_source()).flows}


@pytest.fixture
def tenant(app: RunningApp) -> Tenant:
    return Tenant(app)


@pytest.fixture
async def net(app: RunningApp, tmp_path: Path) -> AsyncIterator[Internet]:
    async with internet(tmp_path) as made:
        await app.reach_subscribers_by(made.poster)
        yield made


async def turned_on(flow: Flow, connection: Connection) -> None:
    """Subscribed with the parameters that the flow's own trigger gives."""
    trigger = flow.triggers[0]
    assert trigger.parameters == {"body/clinicId": "@parameters('Clinic (ptm_ClinicId)')", "body/channel": "any"}
    await connection.subscribe(trigger.operation, f"{URL}&of={trigger.operation}", clinicId=CLINIC, channel="any")


async def begun(app: RunningApp, net: Internet, flow: Flow, tenant: Tenant, name: str = "run") -> Run:
    """The run that the first event begins which the trigger's conditions let pass."""
    for _ in range(60):
        for timer in ("release_due", "feed_subscribers"):  # both run on: a busy machine may have sent nothing yet
            await app.host.fire(timer)
        await app.idle()
        for asked in net.listener.asked:
            run = Run(flow, json.loads(asked.body), tenant, PARAMETERS, name)
            if f"of={flow.triggers[0].operation}" in asked.line and run.wanted():
                return await run()
        await app.a_moment()
    raise AssertionError("no event began the flow")


async def reminded(app: RunningApp) -> None:
    """The day's reminders are planned and sent."""
    await connected(app, "whatsapp").run("StartReminderRun", clinicId=CLINIC)
    await app.idle()
    await app.host.fire("release_due")
    await app.settled()


async def test_a_reminder_that_was_sent_becomes_a_row_and_its_cancellation_a_question(
    app: RunningApp, net: Internet, flows: Mapping[str, Flow], tenant: Tenant
) -> None:
    connection = connected(app, "whatsapp")
    for flow in (flows[RECORD], flows[CANCELLATION]):
        await turned_on(flow, connection)
    await reminded(app)
    recorded = await begun(app, net, flows[RECORD], tenant)
    assert recorded.ended == "Succeeded", recorded.outputs
    [row] = tenant.lists[SENT_LIST].rows
    assert (row["ClinicId"], row["Kind"], row["State"]) == (CLINIC, "reminder", "accepted")
    await app.whatsapp.patients.press("+447700900401", "2")
    await app.settled()
    asked = await begun(app, net, flows[CANCELLATION], tenant)
    assert asked.ended == "Succeeded", asked.outputs
    [question] = tenant.of("CreateAnApproval")
    assert "Understood with certainty: yes" in question["ApprovalCreationInput/details"]
    resolved = (await connection.run("ListWork", clinicId=CLINIC, channel="any", state="resolved"))["value"]
    [item] = [one for one in resolved if one["kind"] == "pending_cancellation"]
    assert (item["resolution"], item["note"]) == ("done", f"{KEPT}. Sam Desk: She rang")
    assert tenant.names_nobody


async def test_a_cancellation_that_is_told_twice_is_one_question(
    app: RunningApp, net: Internet, flows: Mapping[str, Flow]
) -> None:
    """The approvers leave the item open, so that the second run finds it as the first one did."""
    desk = Tenant(app, WaitForAnApproval={"outcome": "Leave it on the worklist", "responses": []})
    await turned_on(flows[CANCELLATION], connected(app, "whatsapp"))
    await reminded(app)
    await app.whatsapp.patients.press("+447700900402", "2")
    await app.settled()
    for name in ("first", "second"):
        run = await begun(app, net, flows[CANCELLATION], desk, name)
        assert (run.ended, run.status["If_it_is_there"]) == ("Succeeded", "Succeeded"), run.outputs
    assert len(desk.of("CreateAnApproval")) == 1
    [asked] = desk.lists.values()
    assert [row["RunId"] for row in asked.rows] == ["first", "second"]
    opened = (await connected(app, "whatsapp").run("ListWork", clinicId=CLINIC, channel="any"))["value"]
    assert asked.rows[0]["Title"] in [item["id"] for item in opened]


async def test_a_run_and_a_look_report_what_they_came_to(flows: Mapping[str, Flow], tenant: Tenant) -> None:
    for told in ({"boolean": False}, {"boolean": True, "date": SystemClock().now().date().isoformat()}):
        run = await Run(flows[RUN], told, tenant, PARAMETERS)()
        assert (run.ended, run.status["Report"]) == ("Succeeded", "Succeeded"), run.outputs
    real, look = tenant.of("SendEmailV2")
    assert real["emailMessage/Subject"] == f"A reminder run of clinic {CLINIC}: complete"
    assert "Appointments read: 3" in real["emailMessage/Body"]
    assert look["emailMessage/Subject"] == f"A look at reminders of clinic {CLINIC}: complete"
    assert tenant.names_nobody


async def test_a_message_that_failed_is_a_mail_to_the_desk(
    app: RunningApp, net: Internet, flows: Mapping[str, Flow], tenant: Tenant
) -> None:
    connection = connected(app, "whatsapp")
    await turned_on(flows[FAILED], connection)
    await connection.run("SendMessage", clinicId=CLINIC, to=CANNOT_RECEIVE, text={"body": "Hello?"})
    await app.host.fire("release_due")
    await app.settled()
    run = await begun(app, net, flows[FAILED], tenant)
    assert run.ended == "Succeeded", run.outputs
    [mail] = tenant.of("SendEmailV2")
    assert mail["emailMessage/Subject"] == f"1 messages need a person (clinic {CLINIC})"
    assert CANNOT_RECEIVE not in json.dumps(tenant.given)


async def test_the_summary_of_a_day_is_numbers(app: RunningApp, flows: Mapping[str, Flow], tenant: Tenant) -> None:
    await reminded(app)
    now = SystemClock().now()
    for hour in range(24):
        run = Run(flows[SUMMARY], None, tenant, PARAMETERS, now=now + timedelta(hours=hour))
        if run.wanted():
            break
    assert (await run()).ended == "Succeeded", run.outputs
    [mail] = tenant.of("SendEmailV2")
    assert "<td>Appointments</td>" in mail["emailMessage/Body"]
    assert "without a reminder" in mail["emailMessage/Body"]
    assert tenant.names_nobody
