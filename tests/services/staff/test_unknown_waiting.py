"""How many unknown outcomes wait for a person is told, and whether somebody must look now."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from shared.errors import StorageUnavailable
from shared.services.staff.unknown_waiting import MOST
from shared.services.work_items import SYSTEM, Resolution, work_id
from shared.storage.contract import WorkItem, WorkKind
from shared.storage.places import WORKLIST
from shared.storage.rows import PAGE_ROWS, RowPage, Rows, Span
from tests.services.aftercare.test_unknown_on_wechat import follower, sent_unknown, until_told
from tests.storage.wrappers import CountingRows, PassingRows
from tests.world import NOW, World, appointment, clinic_document, world

QUARTER = timedelta(minutes=15)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "shared.services.staff.unknown_waiting")
    return caplog


def told(log: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    name = "shared.services.staff.unknown_waiting"
    return [(record.levelname, record.getMessage()) for record in log.records if record.name == name]


def item(w: World, number: int, act_by: datetime, kind: WorkKind = WorkKind.UNKNOWN_OUTCOME) -> WorkItem:
    """Opened now."""
    item_id = work_id(w.pseudonyms, "riverside", kind, str(number))
    return WorkItem(item_id, "riverside", kind, w.clock.now(), act_by, "read_timeout", "whatsapp")


async def looked_after(w: World, **waited: float) -> None:
    w.clock.advance(**waited)
    await w.services.tell_unknown_waiting()


async def test_on_a_healthy_day_nothing_is_told(log: pytest.LogCaptureFixture) -> None:
    async with world(*(appointment(n) for n in range(1, 6))) as w:
        await w.clinic(steps=[{"days": 7, "hour": "10:00"}])
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_for(60)
        for _ in range(8):
            await looked_after(w, minutes=15)
    assert told(log) == []


async def test_from_the_call_without_an_answer_to_the_person_who_takes_it_off(log: pytest.LogCaptureFixture) -> None:
    async with world(follower("_silent", days=7)) as w:
        await sent_unknown(w, times=100)
        await looked_after(w)
        assert told(log) == [], "the provider may still say what became of it"
        await until_told(w)
        await looked_after(w, minutes=5)
        [(level, line)] = told(log)
        assert (level, line.rpartition(" ")[0]) == ("INFO", "unknown_waiting state=open clinic=riverside count=1")
        [open_item] = (await w.storage.worklist.open_items("riverside", frozenset(), 10, "")).items
        await w.storage.worklist.resolve("riverside", open_item.id, Resolution.LEAVE, SYSTEM, w.clock.now())
        log.clear()
        await looked_after(w, minutes=15)
    assert told(log) == []


@pytest.mark.parametrize(
    ("starts_in_h", "waited_h", "state"),
    [
        (30, 0.9, "open"),
        (20, 0.9, "open"),  # the clinic's own staff have an hour
        (20, 1.0, "pressing"),
        (30, 1.0, "open"),  # more than a day away: there is time
        (30, 6.0, "pressing"),
        (2, 3.0, "pressing"),  # it began an hour ago, and nobody has phoned
        (2, 27.0, "open"),  # nobody can phone in time any more
    ],
)
async def test_it_presses_after_an_hour_where_the_appointment_is_near(
    log: pytest.LogCaptureFixture, starts_in_h: float, waited_h: float, state: str
) -> None:
    async with world() as w:
        await w.clinic()
        await w.storage.worklist.open([item(w, 1, NOW + timedelta(hours=starts_in_h))])
        await looked_after(w, hours=waited_h)
    level = "WARNING" if state == "pressing" else "INFO"
    said = f"unknown_waiting state={state} clinic=riverside count=1 delay_s={waited_h * 3600:.0f}"
    assert told(log) == [(level, said)]


async def test_other_kinds_of_work_are_not_counted_and_each_clinic_is_told_alone(
    log: pytest.LogCaptureFixture,
) -> None:
    async with world() as w:
        await w.clinic()
        await w.services.clinics.load(clinic_document(id="lakeside"), "test")
        others = [item(w, n, NOW, kind) for n, kind in enumerate(WorkKind) if kind is not WorkKind.UNKNOWN_OUTCOME]
        await w.storage.worklist.open(others)
        await looked_after(w, hours=2)
        assert told(log) == []
        await w.storage.worklist.open([item(w, n, NOW + timedelta(days=3)) for n in range(3)])
        await looked_after(w, hours=2)
    assert told(log) == [("INFO", "unknown_waiting state=open clinic=riverside count=3 delay_s=7200")]


async def test_more_than_are_read_press_whatever_their_times(log: pytest.LogCaptureFixture) -> None:
    async with world() as w:
        await w.clinic()
        await w.storage.worklist.open([item(w, n, NOW + timedelta(days=9)) for n in range(MOST + 1)])
        await looked_after(w, minutes=5)
    assert told(log) == [("WARNING", f"unknown_waiting state=pressing clinic=riverside count={MOST} delay_s=300")]


class OneClinicsListFails(PassingRows):
    """The worklist of one clinic cannot be read."""

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        if table == WORKLIST and span.first == "harbour":
            raise StorageUnavailable("Storage does not answer.")
        return await super().query(table, span, select=select, top=top, resume=resume)


async def test_a_list_that_cannot_be_read_keeps_no_other_from_being_told(log: pytest.LogCaptureFixture) -> None:
    async with world(around_rows=OneClinicsListFails) as w:
        await w.clinic()
        await w.services.clinics.load(clinic_document(id="harbour"), "test")
        await w.storage.worklist.open([item(w, 1, NOW + timedelta(days=3))])
        await looked_after(w, minutes=5)
    assert sorted(told(log)) == [
        ("ERROR", "unknown_not_counted clinic=harbour code=storage_unavailable"),
        ("INFO", "unknown_waiting state=open clinic=riverside count=1 delay_s=300"),
    ]


async def test_a_look_costs_one_request_for_each_clinic_however_long_its_list() -> None:
    counted: list[CountingRows] = []

    def count(rows: Rows) -> CountingRows:
        counted.append(CountingRows(rows))
        return counted[0]

    async with world(around_rows=count) as w:
        await w.clinic()
        await w.services.clinics.load(clinic_document(id="lakeside"), "test")
        await w.storage.worklist.open([item(w, n, NOW, WorkKind.NOT_SENT) for n in range(300)])
        await looked_after(w, minutes=5)
        counted[0].requests.clear()
        await looked_after(w)
        assert dict(counted[0].requests) == {"worklist": 2}
