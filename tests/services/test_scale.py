"""What a day costs grows as its appointments do, and no partition of a clinic's grows with the other clinics."""

from tests.benchmarks.bench_scale import MOST_CURVED, SHARED, curved
from tests.benchmarks.counted_day import CountedDay, counted_day

OF_A_CLINIC = 40


async def two_days() -> list[CountedDay]:
    return [await counted_day(count, OF_A_CLINIC) for count in (2 * OF_A_CLINIC, 10 * OF_A_CLINIC)]


async def test_five_times_as_many_appointments_cost_five_times_as_much() -> None:
    small, large = await two_days()
    assert curved([small, large]) <= MOST_CURVED
    assert large.queue_messages["callback"] == 5 * small.queue_messages["callback"] == 5 * 3 * small.appointments
    assert large.queue_messages["check"] == small.queue_messages["check"] == 0


async def test_other_clinics_do_not_fill_a_clinics_partitions() -> None:
    """Only what is due and the pace of a number are shared: see docs/operations/scale.md."""
    small, large = await two_days()
    grown = {
        table
        for before, after in ((small.plan, large.plan), (small.send, large.send))
        for table in after.tables
        if after.busiest(table) > 2 * before.busiest(table)  # five times as many clinics
    }
    assert grown == set(SHARED)
