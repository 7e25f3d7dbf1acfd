"""Reminder runs: for real now, or as a look at any day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from functions.interface.appointments import DecisionAnswer, decision_answer
from functions.interface.fields import AT, DEFAULT_ROWS, ClinicId, Cursor, Flow, Top, one_day
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.times import Explain, time_text
from functions.interface.words import Visibility, Words
from shared.domain.appointment import BadRow
from shared.domain.clinic import Clinic
from shared.services.callers import Permission
from shared.storage.contract import Page, Run, RunState

if TYPE_CHECKING:
    from shared.services.jobs import PlanJob
    from shared.services.planning.plan import DryRun

_SKIPPED = "skipped."


@dataclass(frozen=True, slots=True)
class StartBody:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    dry_run: Annotated[
        bool, Words("Dry run", "Yes: only show what would be sent; nothing is planned or sent.", Visibility.IMPORTANT)
    ] = False
    day: Annotated[
        date | None, *one_day("Day", "For a dry run: the local day to look at; left empty, today as of now.")
    ] = None


@dataclass(frozen=True, slots=True)
class ListQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    top: Top = DEFAULT_ROWS
    cursor: Cursor = ""


class Counts(TypedDict):
    """How many appointments or steps came to what."""

    read: Annotated[int, Words("Read", "Appointments that the source gave.")]
    planned: Annotated[int, Words("Planned", "Reminders that were planned.")]
    skipped: Annotated[int, Words("Skipped", "Reminders that will not go, with a reason each.")]
    unchanged: Annotated[int, Words("Unchanged", "Appointments on which an earlier run had decided already.")]
    withdrawn: Annotated[int, Words("Withdrawn", "Reminders that were planned and no longer hold.")]
    repeated: Annotated[int, Words("Repeated", "Appointments that the list gave twice.")]
    unseenKept: Annotated[int, Words("Unseen", "Reminders kept although the list lacked their appointment.")]
    badRows: Annotated[int, Words("Unreadable", "Rows of the source that could not be read.")]


class SkippedAnswer(TypedDict):
    """How many reminders were skipped for one reason."""

    reason: Annotated[str, Words("Reason", "The reason as a code.")]
    reasonText: Annotated[str, Words("Reason in words", "What it means and what to do.")]
    count: Annotated[int, Words("Count", "How many reminders.")]


class BadRowAnswer(TypedDict):
    """A row of the source that could not be read."""

    place: Annotated[str, Words("Place", "Where the row stands in the source.")]
    reason: Annotated[str, Words("Reason", "Why it could not be read.")]
    field: Annotated[str | None, Words("Field", "Which field is wrong.")]


class RunAnswer(TypedDict):
    """A reminder run, or a dry run."""

    id: Annotated[str | None, Words("Run", "Id of the run; a dry run has none.")]
    clinicId: Annotated[str, Words("Clinic", "The clinic it plans for.")]
    day: Annotated[str, Words("Day", "The clinic's local day it is for.")]
    dryRun: Annotated[bool, Words("Dry run", "True where it only looked.")]
    trigger: Annotated[str, Words("Started by", "daily, or manual where a person started it.")]
    state: Annotated[str, Words("State", "queued, running, complete or incomplete.")]
    complete: Annotated[bool, Words("Complete", "True where the whole list was read.")]
    asOf: Annotated[str | None, Words("As of", f"The moment it decides for. {AT}")]
    startedAt: Annotated[str | None, Words("Started at", f"When it began. {AT}")]
    finishedAt: Annotated[str | None, Words("Finished at", f"When it ended. {AT}")]
    problem: Annotated[str | None, Words("Problem", "Why it is incomplete.")]
    counts: Annotated[Counts, Words("Counts", "How many came to what.")]
    skippedBy: Annotated[list[SkippedAnswer], Words("Skipped by reason", "What was skipped, by reason.")]
    badRows: Annotated[list[BadRowAnswer], Words("Unreadable rows", "Rows of the source that could not be read.")]
    value: Annotated[list[DecisionAnswer], Words("Decisions", "Of a dry run: what it would do, 200 rows at most.")]


class RunPage(Flow):
    """A page of runs."""

    value: Annotated[list[RunAnswer], Words("Runs", "The runs of this page, newest first.")]


_RUN_ID = Words("Run", "Id of a reminder run.")
START = Operation(
    id="StartReminderRun",
    method=Method.POST,
    path="reminder-runs",
    summary="Start a reminder run",
    description="Reads the clinic's appointments now and plans today's reminders, or shows what any day would bring.",
    permission=Permission.SEND,
    query=Nothing,
    body=StartBody,
    answer=RunAnswer,
    status=202,
    errors=(404, 413, 415),
    any_channel=True,
)
READ = Operation(
    id="GetReminderRun",
    method=Method.GET,
    path="reminder-runs/{id}",
    summary="Get a reminder run",
    description="Gets how far a reminder run is, and what it came to.",
    permission=Permission.READ,
    query=Nothing,
    body=Nothing,
    answer=RunAnswer,
    errors=(404,),
    any_channel=True,
    path_words={"id": _RUN_ID},
)
LIST = Operation(
    id="ListReminderRuns",
    method=Method.GET,
    path="reminder-runs",
    summary="List reminder runs",
    description="Lists the clinic's reminder runs, newest first.",
    permission=Permission.READ,
    query=ListQuery,
    body=Nothing,
    answer=RunPage,
    errors=(404,),
    any_channel=True,
    visibility=Visibility.ADVANCED,
)
OPERATIONS = (START, READ, LIST)


def queued_answer(job: PlanJob) -> RunAnswer:
    """A run that has not begun yet."""
    shape = _of_counts({}, lambda _: "")
    return {**shape, "id": job.run_id, "clinicId": job.clinic_id, "day": job.day.isoformat(), "state": "queued"}


def run_answer(run: Run, clinic: Clinic, explain: Explain) -> RunAnswer:
    return {
        **_of_counts(run.counts, lambda code: explain(("skip_reason",), code, clinic)),
        "id": run.id,
        "clinicId": run.clinic_id,
        "day": run.day.isoformat(),
        "trigger": run.trigger,
        "state": run.state,
        "complete": run.state is RunState.COMPLETE,
        "asOf": time_text(run.started_at, clinic),
        "startedAt": time_text(run.started_at, clinic),
        "finishedAt": time_text(run.finished_at, clinic),
        "problem": run.problem or None,
        "badRows": _bad_rows(run.bad_rows),
    }


def dry_run_answer(run: DryRun, clinic: Clinic, explain: Explain) -> RunAnswer:
    return {
        **_of_counts(run.counts, lambda code: explain(("skip_reason",), code, clinic)),
        "clinicId": run.clinic_id,
        "day": clinic.local_day(run.as_of).isoformat(),
        "dryRun": True,
        "state": RunState.COMPLETE if run.complete else RunState.INCOMPLETE,
        "complete": run.complete,
        "asOf": time_text(run.as_of, clinic),
        "problem": run.problem or None,
        "badRows": _bad_rows(run.bad_rows),
        "value": [decision_answer(decision, clinic, explain) for decision in run.decisions],
    }


def run_page(page: Page[Run], clinic: Clinic, explain: Explain) -> RunPage:
    return {"value": [run_answer(run, clinic, explain) for run in page.items], "nextCursor": page.next_cursor or None}


def _of_counts(counts: Mapping[str, int], words: Callable[[str], str]) -> RunAnswer:
    """A run of which only the counts are known yet."""
    skipped: list[SkippedAnswer] = [
        {"reason": code, "reasonText": words(code), "count": count}
        for name, count in counts.items()
        if name.startswith(_SKIPPED)
        for code in (name.removeprefix(_SKIPPED),)
    ]
    return {
        "id": None,
        "clinicId": "",
        "day": "",
        "dryRun": False,
        "trigger": "manual",
        "state": "",
        "complete": False,
        "asOf": None,
        "startedAt": None,
        "finishedAt": None,
        "problem": None,
        "counts": {
            "read": counts.get("read", 0),
            "planned": counts.get("planned", 0),
            "skipped": sum(one["count"] for one in skipped),
            "unchanged": counts.get("unchanged", 0),
            "withdrawn": counts.get("withdrawn", 0),
            "repeated": counts.get("repeated", 0),
            "unseenKept": counts.get("unseen_kept", 0),
            "badRows": counts.get("bad_rows", 0),
        },
        "skippedBy": sorted(skipped, key=lambda one: -one["count"]),
        "badRows": [],
        "value": [],
    }


def _bad_rows(rows: Sequence[BadRow]) -> list[BadRowAnswer]:
    return [{"place": row.place, "reason": row.reason, "field": row.field or None} for row in rows]
