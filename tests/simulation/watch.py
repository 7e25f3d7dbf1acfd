"""Looks after every step: what has arrived, which messages were touched, what a complete run left, what was logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from shared.domain.identity import MessageId
from shared.domain.message import Message, State, Status, fold
from shared.services.planning.standing import NEAR
from shared.storage.contract import Run, RunState
from shared.storage.opened import OpenStorage
from tests.reliability.outside import Step
from tests.simulation.explaining import Explaining
from tests.simulation.invariants import (
    DELIVERY_CHECKS,
    EXPLAINED_CHECKS,
    Delivery,
    Standing,
    never_forgotten,
    told_in_time,
)
from tests.simulation.jumping_time import JumpingClock
from tests.simulation.parts import Parts
from tests.simulation.providers import Arrival
from tests.simulation.source import Outage
from tests.simulation.truth import Town
from tests.simulation.watched_rows import WatchedRows

UNDER_WAY = timedelta(minutes=1)  # so long before it arrives at the latest was a message looked at for the last time
HEARD_AFTER = timedelta(hours=1)  # an objection counts from then on: its callback may have met a store that was down


class Watch:
    """Collects what is wrong, each as a sentence with the step after which it was seen."""

    def __init__(
        self,
        towns: dict[str, Town],
        rows: WatchedRows,
        storage: OpenStorage,
        clock: JumpingClock,
        source_outages: Mapping[str, Sequence[Outage]],
        parts: Parts,
    ) -> None:
        self.wrong: list[str] = []
        self.steps = 0
        self.arrivals: list[Arrival] = []
        self.counts: Counter[str] = Counter()
        self._towns = towns
        self._rows = rows
        self._storage = storage
        self._clock = clock
        self._fresh: list[Arrival] = []
        self._source_outages = source_outages
        self._parts = parts
        self._in_doubt: dict[MessageId, datetime] = {}  # unknown ones, with the start of their appointment
        self._times: Counter[str] = Counter()
        self._runs: dict[str, dict[str, Run]] = {clinic_id: {} for clinic_id in towns}
        self._explaining = Explaining(towns, storage)

    def arrived(self, arrival: Arrival) -> str:
        """The clinic whose message it is; empty for what nobody here made."""
        self._fresh.append(arrival)
        message_id = self._rows.by_digest.get(arrival.digest)
        return message_id.clinic_id if message_id else ""

    async def after(self, step: Step) -> None:
        self.steps += 1
        fresh, self._fresh = self._fresh, []
        for arrival in fresh:
            await self._look_at_arrival(arrival, step)
        await self._look_at_touched(step)
        if self._parts.worklist:
            await self._look_at_doubts(step)
        if step.kind == "plan":
            await self._look_at_runs(step)

    def complain(self, sentence: str, step: Step) -> None:
        self.wrong.append(f"{self._clock.now():%Y-%m-%d %H:%M:%S} after {step.kind}: {sentence}")

    async def _look_at_arrival(self, arrival: Arrival, step: Step) -> None:
        self.arrivals.append(arrival)
        if not arrival.keyed:
            self.counts["texts without a key"] += 1
            return
        self._times[arrival.digest] += 1
        message_id = self._rows.by_digest.get(arrival.digest)
        message = await self._storage.messages.read(message_id) if message_id else None
        if message is None:
            self.complain("a provider has a message that is not in the tables", step)
            return
        sent = self._delivery(arrival, message)
        for check in DELIVERY_CHECKS:
            if wrong := check(sent):
                self.complain(f"{message.id}: {wrong}", step)

    def _delivery(self, arrival: Arrival, message: Message) -> Delivery:
        town = self._towns[message.id.clinic_id]
        appointment_id = message.appointment_id
        since_check, since_sure, since_words = self._last_checks(message, arrival.at)
        heard_until = (arrival.at if self._parts.checked_at_send else since_check) - HEARD_AFTER
        return Delivery(
            arrival,
            message,
            times=self._times[arrival.digest],
            quiet=town.clinic.quiet_at(arrival.at),
            objected=town.objected(arrival.channel, arrival.to, heard_until),
            since_check=town.versions(appointment_id, since_check, arrival.at),
            since_sure_check=town.versions(appointment_id, since_sure, arrival.at),
            since_words=town.versions(appointment_id, since_words, arrival.at),
            addresses=town.addresses(town.patient_of(appointment_id), since_words, arrival.at),
            places={place: words.get(message.language, "") for place, words in town.clinic.places.items()},
        )

    def _last_checks(self, message: Message, at: datetime) -> tuple[datetime, datetime, datetime]:
        """The starts of the last complete runs: of any, of one that could tell what was missing, and of one that could
        still change the words of a message whose time had not come."""
        planned_at = message.created_at
        done = [
            run
            for run in self._runs[message.id.clinic_id].values()
            if run.finished_at and run.finished_at <= at - UNDER_WAY and run.started_at >= planned_at
        ]
        last = max((run.started_at for run in done), default=planned_at)
        sure = max((run.started_at for run in done if _is_sure(run)), default=planned_at)
        if self._parts.checked_at_send and self._source_answered(message.id.clinic_id, at):
            asked = max(planned_at, at - UNDER_WAY)  # once more, just before it left
            return asked, asked, asked
        early = (run.started_at for run in done if run.started_at + NEAR < message.scheduled_for)
        return last, sure, max(early, default=planned_at)

    def _source_answered(self, clinic_id: str, at: datetime) -> bool:
        """It is not asked again for a minute after it failed."""
        outages = self._source_outages[clinic_id]
        return not any(outage.begins <= at and at - 3 * UNDER_WAY < outage.ends for outage in outages)

    async def _look_at_touched(self, step: Step) -> None:
        touched, self._rows.touched = self._rows.touched, set()
        for message_id in touched:
            whole = await self._storage.messages.whole(message_id)
            if whole is None:
                continue  # its due row is written first
            status = fold(whole.events, whole.message.scheduled_for)
            if status.state is State.UNKNOWN and whole.message.starts_at:
                self._in_doubt[message_id] = whole.message.starts_at
            else:
                self._in_doubt.pop(message_id, None)
            standing = self._standing(whole.message, status)
            if wrong := never_forgotten(standing):
                self.complain(f"{message_id}: {wrong}", step)

    def _standing(self, message: Message, status: Status) -> Standing:
        due, listed = self._rows.has_due_row(message.id), str(message.id) in self._rows.listed
        return Standing(message, status, self._clock.now(), due, listed)

    async def _look_at_doubts(self, step: Step) -> None:
        """Of each message that is still unknown when its appointment begins."""
        began = [message_id for message_id, start in self._in_doubt.items() if start <= self._clock.now()]
        for message_id in began:
            del self._in_doubt[message_id]
            whole = await self._storage.messages.whole(message_id)
            assert whole is not None
            status = fold(whole.events, whole.message.scheduled_for)
            if wrong := told_in_time(self._standing(whole.message, status)):
                self.complain(f"{message_id}: {wrong}", step)

    async def _look_at_runs(self, step: Step) -> None:
        for clinic_id, town in self._towns.items():
            page = await self._storage.runs.recent(clinic_id, 2, "")
            for run in page.items:
                if run.state is RunState.COMPLETE and run.id not in self._runs[clinic_id]:
                    self._runs[clinic_id][run.id] = run
                    self.counts["complete runs"] += 1
                    await self._look_at_run(run, town, step)

    async def _look_at_run(self, run: Run, town: Town, step: Step) -> None:
        for explained in await self._explaining.of(run, town):
            self.counts["appointments explained"] += 1
            for check in EXPLAINED_CHECKS:
                if wrong := check(explained):
                    self.complain(f"{explained.appointment_id}: {wrong}", step)


def _is_sure(run: Run) -> bool:
    """Whether what it did not meet was withdrawn."""
    return not run.counts.get("bad_rows") and not run.counts.get("unseen_kept")
