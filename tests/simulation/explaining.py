"""Whether a complete run explained every appointment that did not change while it ran."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from shared.domain.appointment import AppointmentStatus, Patient
from shared.storage.contract import Run
from shared.storage.opened import OpenStorage
from tests.simulation.invariants import Explained
from tests.simulation.truth import Booking, Timeline, Town

WINDOW_DAYS = 7  # the clinic files' default
PAGE = 200


class Explaining:
    """Compares the decisions in the tables with the town's own book."""

    def __init__(self, towns: Mapping[str, Town], storage: OpenStorage) -> None:
        self._storage = storage
        self._towns = towns

    async def of(self, run: Run, town: Town) -> Sequence[Explained]:
        assert run.finished_at is not None
        decisions = await self._decisions(run, town)
        numbers = _numbers(town)
        found = []
        for timeline in town.bookings.values():
            booking = _unchanged(timeline, run.started_at, run.finished_at)
            if booking is not None and _in_window(booking, town, run.started_at):
                start, key = booking.appointment.start, booking.appointment.id
                assert start is not None
                reachable = _reachable(booking, town, numbers, run.started_at, run.finished_at)
                found.append(
                    Explained(
                        key,
                        len(town.clinic.days),
                        decisions.get((key, start.astimezone(town.clinic.zone).date()), {}),
                        reachable,
                    )
                )
        return found

    async def _decisions(self, run: Run, town: Town) -> Mapping[tuple[str, date], Mapping[str, str]]:
        """By appointment and local day: of one moved within its day, what was sent for the old hour stands."""
        first = run.started_at.astimezone(town.clinic.zone).date()
        found: defaultdict[tuple[str, date], dict[str, str]] = defaultdict(dict)
        cursor = ""
        while True:
            last = first + timedelta(days=WINDOW_DAYS)
            page = await self._storage.plans.appointments(run.clinic_id, first, last, PAGE, cursor)
            for decision in page.items:
                found[decision.appointment_id, decision.day][decision.step] = decision.reason or ""
            if not (cursor := page.next_cursor):
                return found


def _unchanged(timeline: Timeline[Booking | None], first: datetime, last: datetime) -> Booking | None:
    """The booking, if it stood and stayed as it was during all of a run."""
    if timeline.began > first:
        return None
    versions = timeline.between(first, last)
    return versions[0] if len(versions) == 1 else None


def _in_window(booking: Booking, town: Town, at: datetime) -> bool:
    start, zone = booking.appointment.start, town.clinic.zone
    today: date = at.astimezone(zone).date()
    end = datetime.combine(today + timedelta(days=WINDOW_DAYS + 1), time(0), zone)
    return start is not None and datetime.combine(today, time(0), zone) <= start < end


def _numbers(town: Town) -> Counter[str]:
    """How many patients have each number or openid, or had it."""
    found: Counter[str] = Counter()
    for timeline in town.patients.values():
        found.update({_plain(t.value) for patient in timeline.between(timeline.began, timeline.changed_at)
                      for t in patient.telecoms})  # fmt: skip
    return found


def _plain(value: str) -> str:
    return value.replace(" ", "")


def _reachable(booking: Booking, town: Town, numbers: Counter[str], first: datetime, last: datetime) -> bool:
    """A living adult with one clean contact of their own, who said nothing against it, and is booked."""
    patients = town.patients[booking.patient_id].between(first, last)
    if len(patients) != 1 or booking.appointment.status is not AppointmentStatus.BOOKED:
        return False
    patient = patients[0]
    return (
        not _is_left_out(patient)
        and all(
            numbers[_plain(telecom.value)] == 1
            and not _objected(town, telecom.value, last)
            and town.doubted.isdisjoint({telecom.value, town.clinic.e164(telecom.value)})
            for telecom in patient.telecoms
        )
        and any(town.clinic.e164(telecom.value) for telecom in patient.telecoms)
    )


def _objected(town: Town, value: str, at: datetime) -> bool:
    addresses = {value, town.clinic.e164(value) or value}
    return any(town.objected(channel, address, at) for channel, _ in town.clinic.channels for address in addresses)


def _is_left_out(patient: Patient) -> bool:
    return patient.deceased or patient.birth_on is None or patient.birth_on.year > 2005
