"""A run that was cut off at any of its writes is taken up again and ends in the same rows."""

from collections.abc import Mapping, Sequence

import pytest

from shared.domain.appointment import Appointment, AppointmentStatus, Telecom, TelecomSystem
from shared.errors import StorageUnavailable
from shared.services.planning.plan import LEASE
from shared.storage.contract import RunState
from tests.services.rows import StoreThatStops, what_rows_say
from tests.world import World, appointment, patient, world

CANCELLED = AppointmentStatus.CANCELLED
SHARED = (Telecom(TelecomSystem.PHONE, "07700 900555", "mobile"),)

FIRST_LIST = [
    appointment(1),
    appointment(2, hour=10),
    appointment(3),
    appointment(4, days=5),
    appointment(5),
    appointment(6, of=patient(6, telecoms=SHARED)),
]
SECOND_LIST = [
    appointment(1),
    appointment(2, hour=12),  # moved within its day
    appointment(3, status=CANCELLED),
    appointment(4, days=6),  # moved to another day
    appointment(6, of=patient(6, telecoms=SHARED)),
    appointment(7, of=patient(7, telecoms=SHARED)),  # shares a number
]
LISTS = {"first": [FIRST_LIST], "second": [FIRST_LIST, SECOND_LIST], "restoring": [FIRST_LIST, SECOND_LIST, FIRST_LIST]}
MOST_WRITES = 60

RowsSay = Mapping[tuple[str, str, str], Mapping[str, object]]


async def planned_with_a_cut(lists: Sequence[Sequence[Appointment]], cut: int | None) -> tuple[RowsSay, bool]:
    """The rows after the last list, its run cut off after `cut` writes and taken up again; and whether it was cut."""
    stores: list[StoreThatStops] = []

    def stop(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world(around_rows=stop) as w:
        await w.clinic(steps=[{"days": 2, "hour": "10:00"}])
        for appointments in lists[:-1]:
            w.source.items = list(appointments)
            await w.plan_again()
        w.source.items = list(lists[-1])
        was_cut = await _cut_off(w, stores[0], cut)
        rows = await what_rows_say(w.storage.rows, "messages", "patients", "history", "due", "worklist")
        rows = {place: said for place, said in rows.items() if not _is_line_of_the_worklist(place)}
        run_of_today = await w.storage.runs.read("riverside", "riverside_20261120_daily")
        assert run_of_today is not None
        assert run_of_today.state is RunState.COMPLETE
        w.clock.advance(days=7)
        return rows, was_cut


def _is_line_of_the_worklist(place: tuple[str, str, str]) -> bool:
    """Placed by the instant at which a run got as far as that; the item itself is compared."""
    table, _, key = place
    return table == "worklist" and not key.startswith("i_")


async def _cut_off(w: World, store: StoreThatStops, cut: int | None) -> bool:
    store.writes, store.answers = 0, cut
    try:
        await w.plan()
    except StorageUnavailable:
        store.answers = None
        assert await w.plan() is None, "its lease is still alive"
        w.clock.advance(seconds=LEASE.total_seconds() + 1)
        assert await w.plan() is not None
        return True
    store.answers = None
    return False


@pytest.mark.parametrize("lists", LISTS.values(), ids=LISTS)
async def test_cut_off_at_any_write_a_run_ends_in_the_same_rows(lists: Sequence[Sequence[Appointment]]) -> None:
    whole, _ = await planned_with_a_cut(lists, None)
    for cut in range(1, MOST_WRITES):
        rows, was_cut = await planned_with_a_cut(lists, cut)
        assert _without_instants(rows) == _without_instants(whole), f"cut after {cut} writes"
        if not was_cut:
            return
    pytest.fail("a run of seven appointments needs fewer writes")


def _without_instants(rows: RowsSay) -> RowsSay:
    """A run that is taken up again decides and drops some minutes later."""
    instants = {"created_at", "at"}
    return {
        place: {name: value for name, value in columns.items() if name not in instants}
        for place, columns in rows.items()
    }
