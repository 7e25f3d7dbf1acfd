"""The sample clinics: the same for the same day, whole in every window, and decided as each case says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from infra.local.run.settings import OWN_ACCOUNTS, local_settings
from infra.local.run.story import Story
from infra.local.run.verdict import Standing
from infra.local.sample import harbour, lotus, riverside
from infra.local.sample.booking import MOVES_WITHIN_DAYS, Booking, SampleClinic
from infra.local.sample.case import CYCLE_DAYS, End
from infra.local.sample.loading import CLINICS, SampleLoader, clinic_document
from infra.local.sample.riverside_fhir import resources
from shared.domain.eligibility import age_on
from shared.domain.number_ranges import FICTIONAL_MOBILES
from shared.domain.phone_number import PhoneAddress, read_number
from shared.services.aftercare.after_failure import MARKED_FOR
from shared.services.fresh import StillRight
from shared.services.jobs import PlanJob
from shared.services.planning.schedule import daily_run_id
from shared.settings import encryption_keys, index_key, read_settings
from shared.sources.fhir_r4.simulator import FhirSimulator
from shared.storage.memory import open_storage
from shared.wiring import build_services
from shared.wiring.providers import Network
from shared.wiring.services import parse_clinic
from shared.wiring.sources import source_opener

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOURS = [
    pytest.param(NOON, id="noon in London"),
    pytest.param(datetime(2026, 11, 20, 0, 4, 30, tzinfo=UTC), id="just after midnight in London"),
    pytest.param(datetime(2026, 11, 20, 23, 41, tzinfo=UTC), id="late in the evening in London"),
    pytest.param(datetime(2026, 11, 20, 15, 58, 59, tzinfo=UTC), id="a minute before midnight in Hong Kong"),
    pytest.param(datetime(2026, 11, 20, 18, 31, tzinfo=UTC), id="just after midnight in India"),
    pytest.param(datetime(2027, 3, 25, 10, 0, tzinfo=UTC), id="the week of the day with 23 hours in London"),
    pytest.param(datetime(2027, 10, 26, 10, 0, tzinfo=UTC), id="the week of the day with 25 hours in London"),
    pytest.param(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), id="in an hour that London's clocks show twice"),
    pytest.param(datetime(2026, 12, 28, 9, 0, tzinfo=UTC), id="over the end of the year"),
]


@dataclass
class MovableClock:
    at: datetime

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def _ids(bookings: tuple[Booking, ...]) -> set[str]:
    return {booking.id for booking in bookings}


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.id)
def test_a_day_has_the_same_appointments_whenever_it_is_looked_at(clinic: SampleClinic) -> None:
    today, tomorrow = clinic.booked(NOON), clinic.booked(NOON + timedelta(days=1))
    both = _ids(today) & _ids(tomorrow)
    first, second = ({b.id: b for b in found if b.id in both} for found in (today, tomorrow))
    changed = {key for key in both if first[key] != second[key]}
    assert len({b.day for b in first.values()}) == 7
    assert all(first[key].case.moved_to for key in changed)
    assert clinic.booked(NOON) == today


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.id)
def test_every_case_occurs_after_today_in_every_window(clinic: SampleClinic) -> None:
    for ahead in range(CYCLE_DAYS):
        now = NOON + timedelta(days=ahead)
        today = now.astimezone(clinic.zone).date()
        met = {booking.case.name for booking in clinic.booked(now) if booking.day > today}
        assert met == {case.name for case in clinic.cases} | {"ordinary"}


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.id)
def test_names_ids_and_explanations_are_told_apart(clinic: SampleClinic) -> None:
    booked = clinic.booked(NOON)
    assert len(_ids(booked)) == len(booked)
    assert len({case.name for case in clinic.cases}) == len(clinic.cases)
    assert all(case.why.endswith(".") and case.on for case in clinic.cases)
    ordinary = Counter(booking.person for booking in booked if booking.case.name == "ordinary")
    assert set(ordinary.values()) == {1}


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.id)
def test_who_cannot_be_written_to_any_more_is_not_met_again_while_that_is_remembered(clinic: SampleClinic) -> None:
    """An address that took nothing is passed over for 30 days: within them each failure has a patient of its own."""
    failing: dict[str, int] = {}
    others: set[int] = set()
    for ahead in range(max(MARKED_FOR.values()).days + 1):
        for booking in clinic.booked(NOON + timedelta(days=ahead)):
            if booking.case.ending.end is End.FAILED:
                failing[booking.id] = booking.person
            else:
                others.add(booking.person)
    assert len(failing) >= 10
    assert len(set(failing.values())) == len(failing)
    assert not others & set(failing.values())


def test_a_moved_appointment_changes_its_time_when_its_day_comes_near() -> None:
    seen: dict[str, set[tuple[int, object]]] = defaultdict(set)
    for ahead in range(20):
        now = NOON + timedelta(days=ahead)
        for booking in riverside.RIVERSIDE.booked(now):
            if booking.case.moved_to:
                seen[booking.id].add(((booking.day - now.date()).days, booking.at))
    times = {(near < MOVES_WITHIN_DAYS, at) for found in seen.values() for near, at in found}
    moved = next(case for case in riverside.CASES if case.moved_to)
    assert times == {(False, moved.at), (True, moved.moved_to)}


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.id)
@pytest.mark.parametrize("minute", range(0, 1440, 37))
def test_a_clinic_file_is_valid_at_any_hour(clinic: SampleClinic, minute: int) -> None:
    now = NOON.astimezone(clinic.zone).replace(hour=minute // 60, minute=minute % 60, second=31)
    read = parse_clinic(clinic_document(clinic, now, {}), f"{clinic.id}.json")
    local = read.local(now).time()
    assert all(step.hour <= local for step in read.steps)
    assert not read.quiet_hours.holds(local)
    assert read.zone == clinic.zone


def test_nobody_can_be_reached_by_a_number_of_the_sample() -> None:
    british = [
        telecom["value"]
        for resource in resources(riverside.RIVERSIDE.booked(NOON))
        for telecom in resource.get("telecom", [])
        if telecom["system"] == "phone"
    ]
    indian = [str(lotus.row(booking)["Mobile"]) for booking in lotus.LOTUS.booked(NOON)]
    chinese = [str(harbour.row(booking)["電話"]) for booking in harbour.HARBOUR.booked(NOON)]
    read = [read_number(n, "GB") for n in british] + [read_number(n, "IN") for n in indian if n]
    read += [read_number(n, "HK") for n in chinese if n]
    mobiles = {number.e164 for number in read if isinstance(number, PhoneAddress)}
    assert len(mobiles) > 80
    assert {number[:4] for number in mobiles} == {"+447", "+915", "+852"}
    assert all(any(pattern.fullmatch(mobile) for pattern in FICTIONAL_MOBILES) for mobile in mobiles)
    drama = ("07700 900", "+44 7700 900", "+44 (0)7700 900", "7700900", "0770090", "020 7946 0")
    assert all(number.startswith(drama) for number in british)


@asynccontextmanager
async def read_and_decided(clock: MovableClock, folder: Path) -> AsyncIterator[Callable[[], Awaitable[Story]]]:
    """Gives what loads the sample as of the clock, runs each clinic's planning on its real source, and looks at it all.

    Storage is in memory, and the same for every call.
    """
    values = local_settings(folder, app_dir=folder).with_addresses("in memory", {})
    settings, network, fhir = read_settings(values), Network(), FhirSimulator(clock)
    storage = open_storage(encryption_keys=encryption_keys(settings), index_key=index_key(settings))
    services = build_services(settings, storage, clock, network, source_opener(network, clock))
    for name, account in OWN_ACCOUNTS.items():
        await storage.clinics.put_account(lotus.CHANNEL, name, account, clock.now())
    async with network.http(), fhir.serve() as url:
        loader = SampleLoader(services.clinics, storage.patients, services.plan.pseudonyms, fhir, url, folder)

        async def run() -> Story:
            now = clock.now()
            story = Story(services, await loader.load(now))
            for clinic in CLINICS:
                day = now.astimezone(clinic.zone).date()
                await services.plan(PlanJob(clinic.id, day, daily_run_id(clinic.id, day)))
            await story.runs()
            await story.look(now)
            return story

        yield run


@asynccontextmanager
async def planned(now: datetime, folder: Path) -> AsyncIterator[Story]:
    """The whole sample read through its real sources and decided as of `now`."""
    async with read_and_decided(MovableClock(now), folder) as run:
        yield await run()


@pytest.mark.parametrize("now", HOURS)
async def test_every_case_is_decided_as_it_says(now: datetime, tmp_path: Path) -> None:
    async with planned(now, tmp_path) as story:
        assert story.wrong_rows() == []
        assert story.without_decision() == []
        assert [one.verdict for one in story.standing(Standing.UNEXPECTED)] == []
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for one in story.told:
            if one.booking.day > now.astimezone(_zone(one.clinic_id)).date():
                reason = one.step.decision.reason
                found[one.clinic_id, one.booking.case.name].add(f"skipped:{reason}" if reason else "planned")
        for clinic in CLINICS:
            for case in clinic.cases:
                if case.ending.end is not End.BAD_ROW:
                    expected = "planned" if case.ending.leaves else str(case.ending)
                    assert expected in found.pop((clinic.id, case.name))


@pytest.mark.parametrize("now", HOURS)
async def test_what_was_just_planned_is_still_right_when_it_is_looked_at_alone(now: datetime, tmp_path: Path) -> None:
    """An appointment that is asked for alone reads as it does in the whole list, from a FHIR server and from files."""
    async with planned(now, tmp_path) as story:
        services, seen = story.services, Counter[str]()
        for told in story.told:
            if (message_id := told.step.decision.message_id) is None:
                continue
            message = await services.storage.messages.read(message_id)
            assert message is not None
            clinic = await services.clinics.get(told.clinic_id)
            assert await services.fresh.look(clinic, message) == StillRight(), told.booking.case.name
            seen[clinic.id] += 1
        assert set(seen) == {clinic.id for clinic in CLINICS}
        assert min(seen.values()) > 20


async def test_most_messages_leave_at_once_and_the_others_have_their_day(tmp_path: Path) -> None:
    async with planned(NOON, tmp_path) as story:
        for line in story.lines():
            assert line.planned == line.to_come + line.under_way
            assert line.under_way > line.to_come > 0
            assert line.read == sum(booking.case.ending.end is not End.BAD_ROW for booking in _booked(line.clinic_id))


async def test_an_appointment_without_a_decision_is_noticed(tmp_path: Path) -> None:
    async with planned(NOON, tmp_path) as story:
        sample = story.sample
        clinic = riverside.RIVERSIDE
        lost = replace(clinic.booked(NOON)[0], id="RIV-20261120-lost")
        booked = {**sample.booked, clinic.id: {**sample.booked[clinic.id], lost.id: lost}}
        other = Story(story.services, replace(sample, booked=booked))
        await other.look(NOON)
        assert other.without_decision() == ["RIV-20261120-lost: nothing was decided"]


def _booked(clinic_id: str) -> tuple[Booking, ...]:
    return next(clinic for clinic in CLINICS if clinic.id == clinic_id).booked(NOON)


def _zone(clinic_id: str) -> ZoneInfo:
    return next(clinic for clinic in CLINICS if clinic.id == clinic_id).zone


def test_the_extract_of_hong_kong_begins_with_a_byte_order_mark(tmp_path: Path) -> None:
    harbour.EXTRACT.write(tmp_path, harbour.HARBOUR.booked(NOON))
    raw = (tmp_path / harbour.EXTRACT.name).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf" + "預約編號".encode())


def test_a_child_is_a_child_on_every_day_of_a_year() -> None:
    for ahead in range(0, 366, 7):
        for booking in riverside.RIVERSIDE.booked(NOON + timedelta(days=ahead)):
            if booking.case.name == "under-16":
                patient = next(r for r in resources([booking]) if r["resourceType"] == "Patient")
                assert age_on(booking.day, date.fromisoformat(patient["birthDate"])) < 16


async def test_the_runs_of_a_week_on_the_same_storage_explain_every_appointment(tmp_path: Path) -> None:
    clock = MovableClock(NOON)
    async with read_and_decided(clock, tmp_path) as run:
        for ahead in range(CYCLE_DAYS + 1):
            clock.at = NOON + timedelta(days=ahead, minutes=7 * ahead)
            story = await run()
            assert story.without_decision() == []
            assert story.wrong_rows() == []
            assert [one.verdict for one in story.standing(Standing.UNEXPECTED)] == []


async def test_a_second_run_of_the_day_changes_nothing(tmp_path: Path) -> None:
    async with read_and_decided(MovableClock(NOON), tmp_path) as run:
        first, second = await run(), await run()
        assert second.lines() == first.lines()
        assert [one.step for one in second.told] == [one.step for one in first.told]
