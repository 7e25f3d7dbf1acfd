"""What storage says became of the sample: read as staff read it, page by page."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from infra.local.run.verdict import Standing, Verdict, judge
from infra.local.run.work import Work
from infra.local.sample.booking import DAYS_AHEAD, Booking, SampleClinic
from infra.local.sample.case import End
from infra.local.sample.loading import CLINICS, Sample
from shared.domain.appointment import Unreadable
from shared.domain.decision import NO_WAY
from shared.domain.message import State
from shared.services.planning.schedule import daily_run_id
from shared.services.staff.report import MOST, AppointmentStep, Span
from shared.storage.contract import Run
from shared.wiring import Services

_AT_ONCE = 16  # reads in flight, so that looking does not crowd out sending


@dataclass(frozen=True, slots=True)
class Told:
    """One step of one booking and its verdict."""

    clinic_id: str
    booking: Booking
    step: AppointmentStep
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """A clinic's numbers. Messages: planned = to_come + under_way + sent + failed + withdrawn."""

    clinic_id: str
    last_receipt: End
    read: int
    bad_rows: Mapping[str, int]  # by what is wrong with them
    skipped: Mapping[str, int]  # appointments without any message, by reason
    planned: int
    to_come: int
    under_way: int
    sent: int  # taken by the provider and not failed; delivered and read are parts of it
    delivered: int
    read_by_patient: int
    failed: int
    arrived_otherwise: int  # of those that failed: the patient has them by another channel
    withdrawn: int
    worklist: Mapping[str, int]  # open items, by kind


class Story:
    """The sample's clinics over their window. `look` reads everything; `look_again` only what may still change."""

    def __init__(self, services: Services, sample: Sample) -> None:
        self.services = services
        self.sample = sample
        self._told: list[Told] = []
        self._work = Work(services.storage.worklist)
        self._runs: dict[str, Run | None] = {}

    @property
    def told(self) -> Sequence[Told]:
        """Every step of the sample."""
        return tuple(self._told)

    async def runs(self) -> Mapping[str, Run | None]:
        """Today's run of each clinic; None: not begun."""
        for clinic in CLINICS:
            day = self.sample.as_of.astimezone(clinic.zone).date()
            found = await self.services.storage.runs.read(clinic.id, daily_run_id(clinic.id, day))
            self._runs[clinic.id] = found
        return self._runs

    async def look(self, now: datetime) -> None:
        await self._work.look()
        told = [self._step(clinic.id, step, now) for clinic in CLINICS for step in await self._steps(clinic.id)]
        self._told = [one for one in told if one is not None]

    async def look_again(self, now: datetime) -> None:
        await self._work.look()
        slots = asyncio.Semaphore(_AT_ONCE)

        async def again(one: Told) -> Told:
            async with slots:
                step = await self.services.reports.step(one.step.decision)
            return replace(one, step=step, verdict=self._judged(step, one.booking, now))

        changed = await asyncio.gather(*(again(one) for one in self._told if _may_change(one, now)))
        self._told = [*(one for one in self._told if not _may_change(one, now)), *changed]

    def standing(self, *wanted: Standing) -> Sequence[Told]:
        return [one for one in self._told if one.verdict.standing in wanted]

    def due(self) -> Sequence[Told]:
        """The messages that were to leave by now."""
        return [one for one in self._told if one.step.status and one.verdict.standing is not Standing.TO_COME]

    def left_half_way(self) -> bool:
        """Whether a message that is due waits in line, for the end of a claim, or for what follows its failure."""
        states = {one.step.status.state for one in self.standing(Standing.UNDER_WAY) if one.step.status}
        return bool(states & {State.SCHEDULED, State.QUEUED, State.SENDING, State.FAILED})

    @property
    def failures(self) -> Sequence[Told]:
        """The messages that failed as the sample means them to."""
        as_expected = self.standing(Standing.AS_EXPECTED)
        return [one for one in as_expected if one.step.status and one.step.status.state is State.FAILED]

    def one_message(self) -> str:
        """The id of a message with a whole story; empty where there is none."""
        found = (one for one in self._told if one.step.status and one.step.status.state is State.READ)
        return str(one.step.decision.message_id) if (one := next(found, None)) else ""

    def wrong_rows(self) -> Sequence[str]:
        """Rows that a source reported and the sample does not hold, or the other way round."""
        wrong: list[str] = []
        for clinic_id, run in self._runs.items():
            reported = {(row.place, str(row.reason)) for row in run.bad_rows} if run else set()
            cases = self.sample.reported.get(clinic_id, {})
            meant = {
                (place, case.ending.reason if case.ending.end is End.BAD_ROW else str(Unreadable.DUPLICATE))
                for place, case in cases.items()
            }
            wrong += [f"{clinic_id} line {place}: reported as {reason}" for place, reason in sorted(reported - meant)]
            wrong += [f"{clinic_id} line {place}: {reason} not reported" for place, reason in sorted(meant - reported)]
        return wrong

    def without_decision(self) -> Sequence[str]:
        """Bookings that nothing was decided for, or that were to get a message and have none planned."""
        decided: dict[str, bool] = {}
        for one in self._told:
            decided[one.booking.id] = decided.get(one.booking.id, False) or one.step.decision.reason is None
        missing: list[str] = []
        for clinic in CLINICS:
            today = self.sample.as_of.astimezone(clinic.zone).date()
            for booking in self.sample.booked[clinic.id].values():
                if booking.case.ending.end is End.BAD_ROW:
                    continue
                if booking.id not in decided:
                    missing.append(f"{booking.id}: nothing was decided")
                elif booking.case.ending.leaves and booking.day > today and not decided[booking.id]:
                    missing.append(f"{booking.id}: no message is planned. {booking.case.why}")
        return missing

    def without_item(self) -> Sequence[str]:
        """Bookings whose patients cannot be written to, and that are not on the worklist."""
        reasons: dict[tuple[str, str], list[str | None]] = {}
        for one in self._told:
            reasons.setdefault((one.clinic_id, one.booking.id), []).append(one.step.decision.reason)
        return [
            f"{booking_id}: the patient cannot be written to, and it is not on the worklist"
            for (clinic_id, booking_id), found in reasons.items()
            if None not in found and NO_WAY.intersection(found) and not self._work.has_no_way(clinic_id, booking_id)
        ]

    def lines(self) -> Sequence[Line]:
        return [self._line(clinic) for clinic in CLINICS]

    async def _steps(self, clinic_id: str) -> Sequence[AppointmentStep]:
        reports, cursor = self.services.reports, ""
        steps: list[AppointmentStep] = []
        clinic = await self.services.clinics.get(clinic_id)
        today = clinic.local_day(self.sample.as_of)
        span = Span(today, today + timedelta(days=DAYS_AHEAD))
        while True:
            page = await reports.appointments(clinic, span, MOST, cursor)
            steps += page.items
            cursor = page.next_cursor
            if not cursor:
                return steps

    def _step(self, clinic_id: str, step: AppointmentStep, now: datetime) -> Told | None:
        """None for an appointment that is none of the sample's: one that a person put into the FHIR server."""
        booking = self.sample.booked[clinic_id].get(step.decision.appointment_id)
        return Told(clinic_id, booking, step, self._judged(step, booking, now)) if booking else None

    def _judged(self, step: AppointmentStep, booking: Booking, now: datetime) -> Verdict:
        return judge(step, booking, now, listed=self._work.has_not_sent(step.decision.message_id))

    def _line(self, clinic: SampleClinic) -> Line:
        own = [one for one in self._told if one.clinic_id == clinic.id]
        run = self._runs.get(clinic.id)
        planned = [one for one in own if one.step.decision.reason is None]
        states = Counter(one.step.status.state for one in planned if one.step.status)
        standings = Counter(one.verdict.standing for one in planned)
        sent = _sum(states, (State.ACCEPTED, State.SENT, State.DELIVERED, State.READ))
        ended = sent + states[State.FAILED] + states[State.DROPPED] + states[State.CANCELLED]
        return Line(
            clinic_id=clinic.id,
            last_receipt=clinic.ordinary.end,
            read=int(run.counts.get("read", 0)) if run else 0,
            bad_rows=Counter(str(row.reason) for row in run.bad_rows) if run else {},
            skipped=Counter(_skipped(own)),
            planned=len(planned),
            to_come=standings[Standing.TO_COME],
            under_way=len(planned) - ended - standings[Standing.TO_COME],
            sent=sent,
            delivered=_sum(states, (State.DELIVERED, State.READ)),
            read_by_patient=states[State.READ],
            failed=states[State.FAILED],
            arrived_otherwise=sum(bool(one.step.stead) and one.verdict.standing is Standing.AS_EXPECTED for one in own),
            withdrawn=states[State.DROPPED] + states[State.CANCELLED],
            worklist=self._work.open_by_kind(clinic.id),
        )


def _may_change(one: Told, now: datetime) -> bool:
    """Whether a look may find something else: what is under way, and what was to come and is due by now."""
    if one.verdict.standing is Standing.TO_COME:
        return one.step.decision.scheduled_for is not None and one.step.decision.scheduled_for <= now
    return one.verdict.standing is Standing.UNDER_WAY


def _sum(states: Counter[State], wanted: Iterable[State]) -> int:
    return sum(states[state] for state in wanted)


def _skipped(told: Sequence[Told]) -> Iterator[str]:
    """The reason of every appointment of which no step is planned: that of its last step."""
    reasons: dict[str, str | None] = {}
    for one in told:
        key, reason = one.booking.id, one.step.decision.reason
        reasons[key] = None if reason is None or reasons.get(key, "") is None else str(reason)
    return (reason for reason in reasons.values() if reason is not None)
