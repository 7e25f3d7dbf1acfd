"""When a clinic is planned: at its own hour, by its own calendar, until the list was read as a whole."""

from datetime import UTC, date, datetime

import pytest

from tests.world import appointment, world

# zone, planning hour, instant (UTC), the local day that is to be planned or None
TIMES = [
    ("Europe/London", "06:00", "2026-11-20T05:59", None),
    ("Europe/London", "06:00", "2026-11-20T06:00", "2026-11-20"),
    ("Europe/London", "06:00", "2026-07-20T05:00", "2026-07-20"),  # summer: 06:00 is 05:00 UTC
    ("Asia/Hong_Kong", "06:00", "2026-11-19T21:59", None),
    ("Asia/Hong_Kong", "06:00", "2026-11-19T22:00", "2026-11-20"),  # their day begins before ours
    ("Pacific/Auckland", "06:00", "2026-11-19T17:00", "2026-11-20"),
    ("America/Los_Angeles", "06:00", "2026-11-20T13:59", None),
    ("America/Los_Angeles", "06:00", "2026-11-20T14:00", "2026-11-20"),
    ("America/Los_Angeles", "06:00", "2026-11-20T23:30", "2026-11-20"),
    ("Asia/Kolkata", "06:15", "2026-11-20T00:44", None),
    ("Asia/Kolkata", "06:15", "2026-11-20T00:45", "2026-11-20"),
    ("Europe/London", "01:30", "2026-03-29T00:59", None),  # 01:30 is skipped: 00:59 UTC is 00:59
    ("Europe/London", "01:30", "2026-03-29T01:00", "2026-03-29"),  # 02:00 summer time
    ("Europe/London", "01:30", "2026-10-25T00:29", None),
    ("Europe/London", "01:30", "2026-10-25T00:30", "2026-10-25"),  # the first 01:30 of two
]


@pytest.mark.parametrize(("zone", "plan_at", "instant", "day"), TIMES)
async def test_a_clinic_is_planned_from_its_local_hour_on(
    zone: str, plan_at: str, instant: str, day: str | None
) -> None:
    async with world() as w:
        w.clock.at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        await w.clinic(zone=zone, plan_at=plan_at)
        jobs = await w.services.schedule()
        assert [j.day for j in jobs] == ([date.fromisoformat(day)] if day else [])


async def test_a_complete_day_is_not_asked_for_again_and_the_next_one_is() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        assert len(await w.services.schedule()) == 1
        assert len(await w.services.schedule()) == 1, "not begun yet: asked for again, and begun once"
        await w.plan()
        assert await w.services.schedule() == []
        w.clock.advance(days=1)
        assert [j.day for j in await w.services.schedule()] == [date(2026, 11, 21)]


async def test_a_clinic_whose_stored_file_is_broken_does_not_stop_the_others() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.storage.clinics.put("broken", '{"id": "broken"}', w.clock.now())
        w.clock.advance(seconds=61)
        assert [j.clinic_id for j in await w.services.schedule()] == ["riverside"]
