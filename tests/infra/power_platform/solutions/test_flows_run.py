"""What each flow does, run step by step with fictional answers. No patient's name ever reaches a mail or a list."""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.power_platform.solutions.source import Source
from infra.power_platform.solutions.view import View
from infra.power_platform.solutions.workflow import Flow
from tests.infra.power_platform.solutions.planting import CANCELLATION, FAILED, RECORD, RUN, SUMMARY
from tests.power_platform.lists import SharePointList
from tests.power_platform.machine import Refused
from tests.power_platform.running import Run, TimedOut

NAME, NUMBER, WORDS = "Ada Fictional", "+447700900123", "I cannot come, sorry"
PARAMETERS = {
    "Clinic (ptm_ClinicId)": "riverside",
    "Clinic time zone (ptm_ClinicTimeZone)": "GMT Standard Time",
    "Summary hour (ptm_SummaryHour)": "7",
}
MAIL, OPERATOR = "SendEmailV2", "<Operator mail (ptm_OperatorMail)>"


FIGURES = (
    "appointments", "reached", "unreachable", "confirmed", "cancellationAsked", "rescheduleAsked", "noAnswer",
    "slotsFreed", "handedOver", "delivered", "read", "failed", "unknown", "optedOut",
)  # fmt: skip
INSIGHTS: Mapping[str, Any] = {
    "complete": True,
    "totals": {name: 100 + number for number, name in enumerate(FIGURES)},
    "failedBy": [
        {"name": "131026", "text": "The number cannot be reached.", "count": 3},
        {"name": "470", "text": "", "count": 1},
    ],
}  # fmt: skip


class Outside:
    """The connectors' answers by operation: a value, or a function of (parameters, how often it was asked before)."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, list[tuple[str, Mapping[str, Any]]]()

    async def __call__(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        before = len(self.of(operation))
        self.asked.append((operation, parameters))
        answer = self.answers.get(operation, {})
        found = answer(parameters, before) if callable(answer) else answer
        return await found if inspect.isawaitable(found) else found

    def of(self, operation: str) -> list[Mapping[str, Any]]:
        return [given for name, given in self.asked if name == operation]

    @property
    def mails(self) -> list[tuple[str, str, str]]:
        """To whom, subject, body."""
        return [
            (mail["emailMessage/To"], mail["emailMessage/Subject"], mail["emailMessage/Body"]) for mail in self.of(MAIL)
        ]


type RunFlow = Callable[..., Awaitable[Run]]


@pytest.fixture(scope="module")
def flows(source: Source) -> Mapping[str, Flow]:
    return {flow.file.removeprefix("Workflows/").partition("-")[0]: flow for flow in View(source).flows}


@pytest.fixture
def run(flows: Mapping[str, Flow]) -> Iterator[RunFlow]:
    """Runs a flow to its end; afterwards, nothing that Microsoft's connectors were given names the patient."""
    outsides: list[Outside] = []
    runs: list[Run] = []

    async def done(flow: str, told: Any, outside: Outside, **more: Any) -> Run:
        outsides.append(outside)
        runs.append(Run(flows[flow], told, outside, PARAMETERS, **more))
        return await runs[-1]()

    yield done
    ours = {"ListWork", "ListUnsent", "ResolveWork", "StartReminderRun", "GetReminderRun", "GetAppointmentInsights"}
    elsewhere = [given for one in outsides for name, given in one.asked if name not in ours]
    shown = json.dumps([elsewhere, [one.variables for one in runs]])
    assert not [secret for secret in (NAME, NUMBER, WORDS) if secret in shown]


def page(*items: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"value": list(items), "nextCursor": None}


def work(id_: str, message: str, **more: Any) -> Mapping[str, Any]:
    return {
        "id": id_, "messageId": message, "kindText": "It did not arrive.", "reasonText": None, "patientName": NAME,
        "contact": NUMBER, "said": WORDS, "startsAt": "2026-11-24T10:30:00+00:00", "channel": "whatsapp",
        "openedAt": "2026-11-20T09:03:00+00:00", **more,
    }  # fmt: skip


# a row for each message that was sent

SENT = {
    "id": "event-1", "event": "message-sent", "occurredAt": "2026-11-20T09:00:00+00:00", "clinicId": "riverside",
    "channel": "whatsapp", "eventState": "accepted",
    "message": {"id": "m-1", "patientId": "p-1", "kind": "reminder", "mock": False, "appointmentId": NAME},
}  # fmt: skip


async def test_a_message_that_was_sent_becomes_a_row(run: RunFlow) -> None:
    outside = Outside(GetItems=page())
    assert (await run(RECORD, SENT, outside)).ended == "Succeeded"
    [asked] = outside.of("GetItems")
    assert asked["$filter"] == "EventId eq 'event-1'"
    [row] = outside.of("PostItem")
    assert {key: value for key, value in row.items() if key.startswith("item/")} == {
        "item/Title": "m-1", "item/EventId": "event-1", "item/ClinicId": "riverside", "item/PatientId": "p-1",
        "item/Channel": "whatsapp", "item/Kind": "reminder", "item/State": "accepted",
        "item/SentAt": "2026-11-20T09:00:00+00:00", "item/Mock": False,
    }  # fmt: skip


async def test_an_event_that_is_told_again_makes_no_second_row(run: RunFlow) -> None:
    outside = Outside(GetItems=page({"ID": 7}))
    assert (await run(RECORD, SENT, outside)).ended == "Succeeded"
    assert outside.of("PostItem") == []


async def test_a_list_that_cannot_be_written_is_told_to_the_operator(run: RunFlow) -> None:
    def refuse(*_: Any) -> Any:
        raise Refused(403, json.dumps({"error": {"code": "accessDenied"}}))

    outside = Outside(GetItems=page(), PostItem=refuse)
    assert (await run(RECORD, SENT, outside)).ended == "Failed"
    [(to, subject, body)] = outside.mails
    assert to == OPERATOR
    assert "Record sent messages" in subject
    assert "If_it_is_new" in body
    assert "https://make.powerautomate.com/environments/env/flows/flow/runs/run" in body


# the daily summary


@pytest.mark.parametrize(
    ("zone", "utc", "begins"),
    [
        ("GMT Standard Time", datetime(2026, 11, 20, 7, 0, tzinfo=UTC), True),
        ("GMT Standard Time", datetime(2026, 7, 20, 6, 0, tzinfo=UTC), True),  # summer time
        ("GMT Standard Time", datetime(2026, 7, 20, 7, 0, tzinfo=UTC), False),
        ("China Standard Time", datetime(2026, 11, 19, 23, 0, tzinfo=UTC), True),
        ("India Standard Time", datetime(2026, 11, 20, 2, 0, tzinfo=UTC), True),  # 07:30
        ("India Standard Time", datetime(2026, 11, 20, 1, 0, tzinfo=UTC), False),  # 06:30
    ],
)
def test_the_summary_goes_at_the_clinics_own_hour(
    zone: str, utc: datetime, begins: bool, flows: Mapping[str, Flow]
) -> None:
    parameters = {**PARAMETERS, "Clinic time zone (ptm_ClinicTimeZone)": zone}
    assert Run(flows[SUMMARY], None, Outside(), parameters, now=utc).wanted() is begins


def test_of_24_hours_of_a_day_one_brings_the_summary(flows: Mapping[str, Flow]) -> None:
    hours = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in range(24)]
    assert sum(Run(flows[SUMMARY], None, Outside(), PARAMETERS, now=hour).wanted() for hour in hours) == 1


async def test_the_summary_has_numbers_and_no_names(run: RunFlow) -> None:
    both = "The patient cannot come. Cancel it."
    outside = Outside(
        GetAppointmentInsights=INSIGHTS,
        ListWork=page(work("a", "1"), work("b", "2", kindText=both), work("c", "3"), work("d", "4", kindText=both)),
        ListUnsent={
            "day": "2026-11-23",
            **page({"whyText": "No number is known.", "patientName": NAME}),
            "nextCursor": "x",
        },
    )
    done = await run(SUMMARY, None, outside, now=datetime(2026, 11, 20, 7, 0, tzinfo=UTC))
    assert done.ended == "Succeeded"
    [asked] = outside.of("GetAppointmentInsights")
    assert (asked["clinicId"], asked["from"], asked["to"]) == ("riverside", "2026-11-19", "2026-11-19")
    [(_, subject, body)] = outside.mails
    assert subject == "Messages of clinic riverside: 2026-11-19"
    assert f"<td>{both}</td><td>2</td>" in body
    assert "<td>It did not arrive.</td><td>2</td>" in body
    assert "Worklist: 4 open" in body
    assert "Appointments of 2026-11-23 without a reminder: 1 or more" in body
    assert all(f"<td>{100 + number}</td>" in body for number in range(len(FIGURES)))
    assert "<td>The number cannot be reached.</td><td>3</td>" in body
    assert "<td>470</td><td>1</td>" in body
    assert "still being counted" not in body


async def test_a_quiet_day_has_a_summary_too(run: RunFlow) -> None:
    outside = Outside(
        GetAppointmentInsights={**INSIGHTS, "complete": False, "failedBy": []},
        ListWork=page(),
        ListUnsent={"day": "2026-11-23", **page()},
    )
    assert (await run(SUMMARY, None, outside)).ended == "Succeeded"
    assert "Worklist: 0 open" in outside.mails[0][2]
    assert "still being counted" in outside.mails[0][2]
    assert "still being counted" in outside.mails[0][2]


# a patient wants to cancel

REPLY = {
    "meaning": "cancel",
    "suggestion": None,
    "certain": True,
    "messageId": "m-1",
    "text": WORDS,
    "channel": "whatsapp",
}
CANCELLED, KEPT, LEFT = (
    "Cancelled in the appointment system", "The patient keeps the appointment", "Leave it on the worklist",
)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "begins"),
    [
        ({}, True),
        ({"meaning": "unclear", "suggestion": "cancel", "certain": False}, True),
        ({"meaning": "confirm"}, False),
        ({"meaning": "stop"}, False),
        ({"messageId": None}, False),
    ],
)
def test_only_what_seems_to_be_a_cancellation_begins(told: Any, begins: bool, flows: Mapping[str, Flow]) -> None:
    assert Run(flows[CANCELLATION], {**REPLY, **told}, Outside(), PARAMETERS).wanted() is begins


class Desk(Outside):
    """The approvers answer so, and the list of asked questions is as long as `asked`."""

    def __init__(self, asked: SharePointList | None = None, **answers: Any) -> None:
        questions = asked if asked is not None else SharePointList()
        lists = {"PostItem": lambda given, _: questions.post(given), "GetItems": lambda given, _: questions.get(given)}
        super().__init__(**{"CreateAnApproval": {"name": "ap"}, **lists, **answers})


def answered(outcome: str) -> Mapping[str, Any]:
    responder = {"displayName": "Sam Desk", "email": "desk@clinic.example"}
    return {"outcome": outcome, "responses": [{"comments": f"Told {NAME}", "responder": responder}]}


def on_the_list_after(turns: int, item: Mapping[str, Any]) -> Callable[..., Any]:
    """The worklist as it fills: the item comes only after so many looks."""
    return lambda _, before: page(work("other", "m-9"), *([item] if before >= turns else []))


@pytest.mark.parametrize("outcome", [CANCELLED, KEPT])
async def test_what_the_approvers_settled_resolves_the_item(outcome: str, run: RunFlow) -> None:
    outside = Desk(ListWork=on_the_list_after(2, work("i-1", "m-1")), WaitForAnApproval=answered(outcome))
    assert (await run(CANCELLATION, REPLY, outside)).ended == "Succeeded"
    [asked] = outside.of("CreateAnApproval")
    assert asked["ApprovalCreationInput/responseOptions"] == [CANCELLED, KEPT, LEFT]
    assert "Item of the worklist: i-1\nAppointment: 2026-11-24 10:30" in asked["ApprovalCreationInput/details"]
    [resolved] = outside.of("ResolveWork")
    assert resolved == {
        "id": "i-1", "body/clinicId": "riverside", "body/resolution": "done",
        "body/note": f"{outcome}. Sam Desk: Told {NAME}",
    }  # fmt: skip
    assert outside.mails == []


async def test_what_they_leave_stays_open(run: RunFlow) -> None:
    outside = Desk(ListWork=on_the_list_after(0, work("i-1", "m-1")), WaitForAnApproval=answered(LEFT))
    assert (await run(CANCELLATION, REPLY, outside)).ended == "Succeeded"
    assert outside.of("ResolveWork") == []


async def test_an_event_that_is_told_twice_is_asked_about_once(run: RunFlow) -> None:
    """The second run comes while the first one waits for its answer, and again after the item was left open."""
    asked = SharePointList()
    on_list, answer = on_the_list_after(0, work("i-1", "m-1")), answered(LEFT)
    outsides = {name: Desk(asked, ListWork=on_list, WaitForAnApproval=answer) for name in ("one", "two", "three")}
    for name, outside in outsides.items():
        assert (await run(CANCELLATION, REPLY, outside, name=name)).ended == "Succeeded"
    assert [len(outside.of("CreateAnApproval")) for outside in outsides.values()] == [1, 0, 0]
    assert [(row["Title"], row["RunId"]) for row in asked.rows] == [("i-1", "one"), ("i-1", "two"), ("i-1", "three")]
    another = Desk(asked, ListWork=on_the_list_after(0, work("i-2", "m-2")), WaitForAnApproval=answer)
    await run(CANCELLATION, {**REPLY, "messageId": "m-2"}, another, name="four")
    assert len(another.of("CreateAnApproval")) == 1, "another item is another question"


async def test_of_two_runs_at_the_same_time_one_asks(run: RunFlow) -> None:
    """Each has written its row before either looks who was first."""
    asked, both_have_written = SharePointList(), asyncio.Barrier(2)

    async def write(given: Mapping[str, Any], _: int) -> Any:
        row = asked.post(given)
        await both_have_written.wait()
        return row

    outsides = [
        Desk(asked, ListWork=on_the_list_after(0, work("i-1", "m-1")), WaitForAnApproval=answered(KEPT), PostItem=write)
        for _ in range(2)
    ]
    both = [run(CANCELLATION, REPLY, outside, name=f"run-{n}") for n, outside in enumerate(outsides)]
    assert [one.ended for one in await asyncio.gather(*both)] == ["Succeeded"] * 2
    assert sorted(len(outside.of("CreateAnApproval")) for outside in outsides) == [0, 1]
    assert sorted(len(outside.of("ResolveWork")) for outside in outsides) == [0, 1]


async def test_a_row_that_was_written_twice_by_a_repeat_is_still_the_first_ones_question(run: RunFlow) -> None:
    asked = SharePointList()

    def twice(given: Mapping[str, Any], _: int) -> Any:
        asked.post(given)
        return asked.post(given)

    outside = Desk(
        asked, ListWork=on_the_list_after(0, work("i-1", "m-1")), WaitForAnApproval=answered(KEPT), PostItem=twice
    )
    assert (await run(CANCELLATION, REPLY, outside)).ended == "Succeeded"
    assert (len(asked.rows), len(outside.of("CreateAnApproval"))) == (2, 1)


async def test_without_its_list_nobody_is_asked_and_the_operator_hears_of_it(run: RunFlow) -> None:
    def gone(*_: Any) -> Any:
        raise Refused(404, json.dumps({"error": {"code": "notFound", "message": "no such list"}}))

    outside = Desk(ListWork=on_the_list_after(0, work("i-1", "m-1")), PostItem=gone)
    assert (await run(CANCELLATION, REPLY, outside)).ended == "Failed"
    assert outside.of("CreateAnApproval") == []
    assert outside.mails[0][0] == OPERATOR


async def test_an_item_that_is_gone_is_not_asked_about(run: RunFlow) -> None:
    outside = Outside(ListWork=page())
    assert (await run(CANCELLATION, REPLY, outside)).ended == "Succeeded"
    assert len(outside.of("ListWork")) == 10
    assert outside.of("CreateAnApproval") == []


async def test_an_approval_that_nobody_answers_is_told_to_the_operator(run: RunFlow) -> None:
    def never(*_: Any) -> Any:
        raise TimedOut

    outside = Desk(ListWork=on_the_list_after(0, work("i-1", "m-1")), WaitForAnApproval=never)
    assert (await run(CANCELLATION, REPLY, outside)).ended == "Failed"
    assert outside.mails[0][0] == OPERATOR
    assert outside.of("ResolveWork") == []


async def test_an_item_that_somebody_resolved_otherwise_meanwhile_is_told(run: RunFlow) -> None:
    def conflict(*_: Any) -> Any:
        raise Refused(409, json.dumps({"error": {"code": "conflict", "message": f"resolved by {NAME}"}}))

    outside = Desk(
        ListWork=on_the_list_after(0, work("i-1", "m-1")), WaitForAnApproval=answered(KEPT), ResolveWork=conflict
    )
    assert (await run(CANCELLATION, REPLY, outside)).ended == "Failed"
    assert "If_it_is_there" in outside.mails[0][2]


# messages that failed


def failing(message: str) -> Mapping[str, Any]:
    return {"id": f"event-{message}", "message": {"id": message}}


async def test_all_that_failed_in_a_quarter_of_an_hour_is_one_mail(run: RunFlow) -> None:
    reason = "The number is not on WhatsApp."
    items = [
        work("a", "1", openedAt="2026-11-20T09:03:00+00:00", reasonText=reason),
        work("b", "2", openedAt="2026-11-20T09:14:59+00:00", reasonText=reason),
        work("c", "3", openedAt="2026-11-20T09:07:00+00:00"),
        work("d", "4", openedAt="2026-11-20T09:15:00+00:00"),
    ]
    outsides = {item["messageId"]: Outside(ListWork=page(*items)) for item in items}
    ends = [(await run(FAILED, failing(message), outside)).ended for message, outside in outsides.items()]
    assert ends == ["Succeeded"] * 4
    assert [len(outside.mails) for outside in outsides.values()] == [1, 0, 0, 1]
    _, subject, body = outsides["1"].mails[0]
    assert subject == "3 messages need a person (clinic riverside)"
    assert f"<td>{reason}</td><td>2</td>" in body
    assert "<td>It did not arrive.</td><td>1</td>" in body
    assert "Items: a, b, c" in body


async def test_a_message_that_went_by_another_channel_is_no_mail(run: RunFlow) -> None:
    outside = Outside(ListWork=page())
    assert (await run(FAILED, failing("1"), outside)).ended == "Succeeded"
    assert outside.mails == []


async def test_an_item_that_comes_late_is_waited_for(run: RunFlow) -> None:
    outside = Outside(ListWork=on_the_list_after(3, work("a", "1", openedAt="2026-11-20T10:00:00+00:00")))
    assert (await run(FAILED, failing("1"), outside)).ended == "Succeeded"
    assert len(outside.mails) == 1


# a reminder run


def result(state: str, id_: str | None = "run-1") -> Mapping[str, Any]:
    counts = {"read": 12, "planned": 7, "skipped": 5, "unchanged": 0, "withdrawn": 1, "badRows": 0}
    skipped = [{"reason": "no_contact", "reasonText": "No number is known.", "count": 5}]
    return {"id": id_, "state": state, "day": "2026-11-20", "problem": None, "counts": counts, "skippedBy": skipped,
            "value": [{"patientName": NAME}]}  # fmt: skip


async def test_a_run_is_followed_to_its_end(run: RunFlow) -> None:
    def stand(_: Any, before: int) -> Any:
        if before == 0:
            raise Refused(404, json.dumps({"error": {"code": "not_found", "message": "not begun yet"}}))
        return result("running" if before == 1 else "complete")

    outside = Outside(StartReminderRun={**result("queued"), "counts": {}, "skippedBy": []}, GetReminderRun=stand)
    done = await run(RUN, {"boolean": False}, outside)
    assert done.ended == "Succeeded"
    assert outside.of("StartReminderRun") == [{"body/clinicId": "riverside", "body/dryRun": False, "body/day": ""}]
    assert [given["id"] for given in outside.of("GetReminderRun")] == ["run-1"] * 3
    [(to, subject, body)] = outside.mails
    assert (to, subject) == (OPERATOR, "A reminder run of clinic riverside: complete")
    assert "Reminders planned: 7" in body
    assert "<td>No number is known.</td><td>5</td>" in body
    assert "has not ended" not in body


async def test_a_look_has_its_result_at_once(run: RunFlow) -> None:
    outside = Outside(StartReminderRun=result("complete", None))
    assert (await run(RUN, {"boolean": True, "date": "2026-11-25"}, outside)).ended == "Succeeded"
    assert outside.of("StartReminderRun")[0]["body/day"] == "2026-11-25"
    assert outside.of("GetReminderRun") == []
    assert outside.mails[0][1].startswith("A look at reminders")


async def test_a_run_that_does_not_end_is_said_to_be_running(run: RunFlow) -> None:
    outside = Outside(StartReminderRun=result("queued"), GetReminderRun=result("running"))
    assert (await run(RUN, {"boolean": False}, outside)).ended == "Succeeded"
    assert len(outside.of("GetReminderRun")) == 90
    assert "has not ended within 30 minutes" in outside.mails[0][2]


async def test_a_run_that_is_refused_is_told_to_the_operator(run: RunFlow) -> None:
    def refuse(*_: Any) -> Any:
        raise Refused(400, json.dumps({"error": {"code": "invalid", "message": "Only today can be run for real."}}))

    outside = Outside(StartReminderRun=refuse)
    assert (await run(RUN, {"boolean": False, "date": "2026-11-25"}, outside)).ended == "Failed"
    assert "Start_run" in outside.mails[0][2]
