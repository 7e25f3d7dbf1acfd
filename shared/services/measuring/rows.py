"""What is planned, how runs end, and what waits, told as it is written and read."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.message import Event, EventName, Message
from shared.services.measuring.old import EVERY, is_old
from shared.services.over import OverMessages, OverPlans
from shared.storage.contract import ContactRow, Due, DueAction, DueRow, Messages, PlanEntry, Plans, Run, Runs
from shared.telemetry.contract import PLANNED, Backlog, MessageStep, RunEnded, Telemetry

ANSWERS = frozenset({EventName.ANSWERED, EventName.OPTED_OUT})  # written without a recorder: see receiving/answer.py


class MeasuredMessages(OverMessages):
    """Tells of messages that are planned and answers that come."""

    def __init__(self, messages: Messages, telemetry: Telemetry) -> None:
        super().__init__(messages)
        self._telemetry = telemetry

    async def put(self, message: Message) -> None:
        await super().put(message)
        self._telemetry.tell(_planned(message))

    async def append(self, event: Event) -> bool:
        new = await super().append(event)
        if new and event.name in ANSWERS:
            self._telemetry.tell(MessageStep(event.message_id, event.name, code=event.detail))
        return new


class MeasuredPlans(OverPlans):
    """Tells of every message that is planned."""

    def __init__(self, plans: Plans, telemetry: Telemetry) -> None:
        super().__init__(plans)
        self._telemetry = telemetry

    async def write(
        self,
        clinic_id: str,
        entries: Sequence[PlanEntry],
        contacts: Sequence[ContactRow] = (),
        not_before: datetime | None = None,
    ) -> None:
        await super().write(clinic_id, entries, contacts, not_before)
        for entry in entries:
            if entry.message is not None:
                self._telemetry.tell(_planned(entry.message, entry.decision.run_id))


class MeasuredRuns:
    """Implements `contract.Runs` over another."""

    def __init__(self, runs: Runs, telemetry: Telemetry) -> None:
        self._runs = runs
        self._telemetry = telemetry
        self.begin = runs.begin
        self.read = runs.read
        self.last_complete = runs.last_complete
        self.want = runs.want
        self.wanted = runs.wanted
        self.recent = runs.recent

    async def save(self, run: Run) -> Run:
        saved = await self._runs.save(run)
        if run.finished_at is not None:
            took = run.finished_at - run.started_at
            self._telemetry.tell(RunEnded(run.id, run.clinic_id, run.state, run.problem, took, run.counts))
        return saved


class MeasuredDue:
    """Implements `contract.Due` over another. What a sweep finds waiting is the backlog."""

    def __init__(self, due: Due, telemetry: Telemetry) -> None:
        self._due = due
        self._telemetry = telemetry
        self._told_at: datetime | None = None
        self._waited = False
        self.put = due.put
        self.everything = due.everything
        self.move = due.move
        self.delete = due.delete

    async def take(self, now: datetime, limit: int) -> Sequence[DueRow]:
        rows = await self._due.take(now, limit)
        self._tell([row for row in rows if row.action is DueAction.SEND], now)
        return rows

    def _tell(self, waiting: Sequence[DueRow], now: datetime) -> None:
        if not waiting and not self._waited:  # told once more when nothing waits any longer
            return
        if waiting and self._told_at is not None and timedelta(0) <= now - self._told_at < EVERY:
            return
        self._told_at, self._waited = now, bool(waiting)
        counts = Counter(row.priority.name.lower() for row in waiting)
        waits = [(row.priority, now - (row.since or row.at)) for row in waiting]
        old = Counter(priority.name.lower() for priority, wait in waits if is_old(priority, wait))
        self._telemetry.tell(Backlog(counts, max((wait for _, wait in waits), default=timedelta(0)), old))


def _planned(message: Message, run: str = "") -> MessageStep:
    return MessageStep(message.id, PLANNED, message.channel, message.account, message.kind, run=run)
