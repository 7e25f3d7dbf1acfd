"""Rotation of the encryption key: everything under the new one, readable throughout, killed anywhere, beside others."""

from __future__ import annotations

import asyncio
import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from infra.ops.audit.audit import Audit
from infra.ops.audit.scope import Scope
from shared.domain.message import State
from shared.errors import StorageUnavailable
from shared.services.rotating.rotate import RotateEncryption
from shared.settings import encryption_keys
from shared.storage.contract import Run, RunState, StoredCallback
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.opened import OpenStorage, storage_over
from shared.storage.places import TABLES
from shared.storage.rows import PAGE_ROWS, Blobs, Change, Row, RowPage, Rows, Span, Verb
from shared.wiring.services import build_services
from tests.infra.ops.audit.reader import MemoryQueues, MemoryReader
from tests.storage.samples import CLINIC, INDEX_KEY, NOW, contact, entry, planned
from tests.storage.test_nothing_readable import live_a_day
from tests.storage.wrappers import KeepingBlobs, PassingRows, TinyPages
from tests.world import MovedClock, SimulatedProviders, appointment, world

OLD, NEW = b"1" * 32, b"2" * 32
BEFORE, BOTH, AFTER = {"k1": OLD}, {"k2": NEW, "k1": OLD}, {"k2": NEW}


def opened(rows: Rows, blobs: Blobs, keys: dict[str, bytes]) -> OpenStorage:
    return storage_over(rows, blobs, keys, INDEX_KEY)


def rotation(storage: OpenStorage) -> RotateEncryption:
    return RotateEncryption(sealed=storage.sealed, rotations=storage.rotations, clock=MovedClock())


def nobody(_place: str, _values: int) -> None:
    return None


def every_key(rows: MemoryRows, blobs: MemoryBlobs) -> Counter[str]:
    """The ids of the keys of all sealed values, found without the product's list of what is sealed."""
    found: Counter[str] = Counter()
    values = [
        value
        for table in rows._tables.values()
        for partition in table.partitions.values()
        for row in partition.rows.values()
        for value in row.columns.values()
    ]
    for value in (*values, *blobs._contents.values()):
        if isinstance(value, bytes) and value[:1] == b"\x02":
            found[value[1:3].decode("latin-1")] += 1
    return found


def audited(rows: MemoryRows, blobs: MemoryBlobs, keys: dict[str, bytes]) -> Counter[str]:
    """What does not open, by code that shares nothing with the product."""
    found = Audit(MemoryReader(stored=rows, kept=blobs), MemoryQueues(), {}, Scope(NOW), keys).run()
    return Counter({kind: found.counts[kind] for kind in ("does_not_open", "not_sealed") if found.counts[kind]})


@pytest.fixture
async def lived() -> tuple[MemoryRows, MemoryBlobs]:
    """A value in every place that has one, under the old key."""
    rows, blobs = MemoryRows(), MemoryBlobs()
    await live_a_day(opened(rows, blobs, BEFORE))
    await opened(rows, blobs, BEFORE).runs.save(await finished(opened(rows, blobs, BEFORE)))
    return rows, blobs


async def finished(storage: OpenStorage) -> Run:
    run = await storage.runs.read(CLINIC, "r1")
    assert run is not None
    return replace(run, state=RunState.COMPLETE, finished_at=NOW)


async def test_everything_is_under_the_new_key_and_says_the_same(lived: tuple[MemoryRows, MemoryBlobs]) -> None:
    rows, blobs = lived
    before = every_key(rows, blobs)
    storage = opened(rows, blobs, BOTH)
    rotated = await rotation(storage)(nobody)
    assert before.keys() == {"k1"}
    assert every_key(rows, blobs) == {"k2": before["k1"]} == dict(rotated.standing.keys)
    assert (rotated.rotation.resealed, rotated.resumed) == (before["k1"], False)
    assert audited(rows, blobs, AFTER) == {}
    assert await opened(rows, blobs, AFTER).messages.read(planned("appointment-77", "9990000018").id) == planned(
        "appointment-77", "9990000018"
    )


async def test_the_old_key_alone_opens_nothing_then_and_a_second_rotation_writes_nothing(
    lived: tuple[MemoryRows, MemoryBlobs],
) -> None:
    rows, blobs = lived
    storage = opened(rows, blobs, BOTH)
    first = await rotation(storage)(nobody)
    assert audited(rows, blobs, BEFORE)["does_not_open"] == first.rotation.resealed
    assert (await rotation(storage)(nobody)).rotation.resealed == 0


async def test_a_dry_run_counts_and_changes_nothing(lived: tuple[MemoryRows, MemoryBlobs]) -> None:
    rows, blobs = lived
    before = copy.deepcopy((rows, blobs))
    standing = await rotation(opened(rows, blobs, BOTH)).count(nobody)
    assert dict(standing.keys) == every_key(rows, blobs)
    assert (standing.unreadable, standing.in_use) == (0, 0)
    assert every_row(rows) == every_row(before[0])
    assert blobs._contents == before[1]._contents


def every_row(rows: MemoryRows) -> list[Row]:
    return [row for table in TABLES for part in rows._tables[table].partitions.values() for row in part.rows.values()]


class Killed(BaseException):
    """The process is gone."""


class Dying:
    """Calls of rows and blobs; the one of number `last` is the last: done before the process dies, or not done."""

    def __init__(self, last: int, done: bool) -> None:
        self.left = last
        self.done = done

    async def call(self, act: Any, *arguments: Any, **options: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            if self.done:
                await act(*arguments, **options)
            raise Killed
        if self.left < 0:
            raise Killed
        return await act(*arguments, **options)


class Through:
    """Rows or blobs, every call by way of `dying`."""

    def __init__(self, inner: Any, dying: Dying) -> None:
        self._inner, self._dying = inner, dying

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._inner, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            return await self._dying.call(act, *arguments, **options)

        return call


@pytest.mark.parametrize("done", [False, True])
async def test_killed_at_any_call_everything_opens_and_the_next_one_ends_it(
    lived: tuple[MemoryRows, MemoryBlobs], done: bool
) -> None:
    call, resumed = 0, 0
    while True:
        call += 1
        rows, blobs = copy.deepcopy(lived)
        dying = Dying(call, done)
        tiny: Any = TinyPages(Through(rows, dying))  # type: ignore[arg-type]
        try:
            await rotation(opened(tiny, Through(blobs, dying), BOTH))(nobody)  # type: ignore[arg-type]
        except Killed:
            assert audited(rows, blobs, BOTH) == {}
        else:
            break
        rotated = await rotation(opened(TinyPages(rows), blobs, BOTH))(nobody)
        resumed += rotated.resumed
        assert every_key(rows, blobs).keys() == {"k2"} == rotated.standing.keys.keys()
        assert audited(rows, blobs, AFTER) == {}
    assert call > 60
    assert resumed > 20


class Meddling(PassingRows):
    """Before each write of the rotation somebody else changes one row of it, or deletes it."""

    def __init__(self, inner: MemoryRows, delete: bool) -> None:
        super().__init__(inner)
        self.delete = delete
        self.met: list[tuple[str, str, str]] = []

    async def _meddle(self, table: str, changes: Sequence[Change]) -> None:
        row = changes[0].row
        if (table, row.partition, row.key) in self.met or changes[0].verb is not Verb.MERGE:
            return
        self.met.append((table, row.partition, row.key))
        if self.delete:
            await self.inner.write(table, Change(Verb.DELETE, row))
        else:
            await self.inner.write(table, Change(Verb.MERGE, Row(row.partition, row.key, {"touched": True})))

    async def write(self, table: str, change: Change) -> str:
        await self._meddle(table, [change])
        return await super().write(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        await self._meddle(table, changes)
        return await super().apply(table, changes)


@pytest.mark.parametrize("delete", [False, True])
async def test_what_others_change_or_delete_meanwhile_stays_so(
    lived: tuple[MemoryRows, MemoryBlobs], delete: bool
) -> None:
    rows, blobs = lived
    meddling = Meddling(rows, delete)
    rotated = await rotation(opened(meddling, blobs, BOTH))(nobody)
    assert len(meddling.met) > 10
    for table, partition, key in meddling.met:
        row = await rows.get(table, partition, key)
        assert (row is None) if delete else (row is not None and row.columns["touched"] is True)
    assert every_key(rows, blobs).keys() == {"k2"} == rotated.standing.keys.keys()
    assert audited(rows, blobs, AFTER) == {}


async def test_a_newer_value_is_never_put_back(lived: tuple[MemoryRows, MemoryBlobs]) -> None:
    """A contact that a planning run writes between our read and our write keeps what the run wrote."""
    rows, blobs = lived
    app = opened(rows, blobs, BOTH)
    newer = contact("9990000018", name="Robin Newer")

    class Planning(PassingRows):
        async def query(
            self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
        ) -> RowPage:
            page = await super().query(table, span, select=select, top=top, resume=resume)
            if table == "patients" and select:
                await app.plans.write(CLINIC, [], [newer])
            return page

    await rotation(opened(Planning(rows), blobs, BOTH))(nobody)
    assert await opened(rows, blobs, AFTER).patients.contact(CLINIC, newer.patient_key) == newer


async def test_a_blob_that_is_deleted_meanwhile_stays_deleted(lived: tuple[MemoryRows, MemoryBlobs]) -> None:
    rows, blobs = lived

    class Deleting(KeepingBlobs):
        async def names(self, *arguments: Any, **options: Any) -> Any:
            return await blobs.names(*arguments, **options)

        async def read(self, container: str, name: str) -> Any:
            found = await blobs.read(container, name)
            await blobs.delete(container, name)
            return found

        async def replace(self, *arguments: Any) -> None:
            await blobs.replace(*arguments)

    rotated = await rotation(opened(rows, Deleting(blobs), BOTH))(nobody)
    assert not blobs._contents
    assert rotated.standing.in_use == 0


async def test_what_does_not_open_is_left_and_told(lived: tuple[MemoryRows, MemoryBlobs]) -> None:
    rows, blobs = lived
    lost = opened(rows, blobs, {"k0": b"0" * 32})
    other = planned("appointment-99", "P-9")
    await lost.plans.write(CLINIC, [entry("appointment-99", "P-9")])
    reference = await lost.callbacks.store(StoredCallback("whatsapp", "default", NOW, {}, b"{}"))
    rotated = await rotation(opened(rows, blobs, BOTH))(nobody)
    assert rotated.standing.unreadable == 3  # a decision, its message, a callback
    assert rotated.standing.keys["k0"] == 3
    assert await lost.messages.read(other.id) == other
    assert await lost.callbacks.read(reference) is not None


async def test_a_run_that_is_going_on_is_left_until_it_has_ended(lived: tuple[MemoryRows, MemoryBlobs]) -> None:
    """It holds the version of its row, and would take another one for somebody who took the run over."""
    rows, blobs = lived
    storage = opened(rows, blobs, BOTH)
    going_on = await storage.runs.save(replace(await finished(storage), state=RunState.RUNNING, owner="w"))
    await opened(rows, blobs, BEFORE).runs.save(going_on)
    going_on = await storage.runs.read(CLINIC, "r1")  # type: ignore[assignment]
    rotated = await rotation(storage)(nobody)
    assert (rotated.standing.in_use, rotated.standing.keys["k1"]) == (2, 2)
    ended = await storage.runs.save(replace(going_on, state=RunState.COMPLETE))
    assert ended.bad_rows == going_on.bad_rows
    assert (await rotation(storage)(nobody)).standing.keys.keys() == {"k2"}


async def test_a_store_that_is_busy_is_waited_for_and_one_that_is_away_is_said(
    lived: tuple[MemoryRows, MemoryBlobs],
) -> None:
    rows, blobs = lived

    class Busy(PassingRows):
        failures = 0

        async def query(self, *arguments: Any, **options: Any) -> RowPage:
            self.failures += 1
            if self.failures % 3:
                raise StorageUnavailable("not now")
            return await super().query(*arguments, **options)

    assert (await rotation(opened(Busy(rows), blobs, BOTH))(nobody)).standing.keys.keys() == {"k2"}

    class Away(PassingRows):
        async def query(self, *arguments: Any, **options: Any) -> RowPage:
            raise StorageUnavailable("not now")

    clock = MovedClock()
    away = opened(Away(rows), blobs, BOTH)
    with pytest.raises(StorageUnavailable):
        await RotateEncryption(sealed=away.sealed, rotations=away.rotations, clock=clock)(nobody)
    assert (clock.at - MovedClock().at).total_seconds() == 1 + 2 + 4 + 8 + 16


class Turns(PassingRows):
    """Every call waits for a few turns of the loop before it is done and after, drawn by chance."""

    def __init__(self, inner: Rows, random: Random) -> None:
        super().__init__(inner)
        self._random = random

    async def _turn(self) -> None:
        for _ in range(self._random.randrange(4)):
            await asyncio.sleep(0)

    async def get(self, *arguments: Any) -> Row | None:
        await self._turn()
        found = await super().get(*arguments)
        await self._turn()
        return found

    async def query(self, *arguments: Any, **options: Any) -> RowPage:
        await self._turn()
        found = await super().query(*arguments, **options)
        await self._turn()
        return found

    async def write(self, *arguments: Any) -> str:
        await self._turn()
        return await super().write(*arguments)

    async def apply(self, *arguments: Any) -> Sequence[str]:
        await self._turn()
        return await super().apply(*arguments)


@pytest.mark.parametrize("seed", range(4))
async def test_while_messages_are_being_sent_each_goes_once_and_nothing_is_lost(seed: int) -> None:
    """What sends has both keys already; what takes receipts was not restarted yet and has the old one alone."""
    random, people = Random(seed), 25
    async with world(*[appointment(n) for n in range(1, people + 1)]) as w:
        await w.clinic()
        await w.plan()
        old = encryption_keys(w.settings)
        rows, blobs = w.storage.rows, w.storage.blobs
        both = {"k2": NEW, **old}
        index_key = b"i" * 32
        app = storage_over(Turns(rows, random), blobs, both, index_key)
        simulated = SimulatedProviders(w.settings, w.clock)
        simulated.whatsapp, simulated.wechat = w.whatsapp, w.wechat
        simulated._transports = {"whatsapp": w.whatsapp.transport, "wechat": w.wechat.transport()}
        live = replace(
            w, services=build_services(w.settings, app, w.clock, simulated, lambda _: _source(w)), storage=app
        )
        beside = storage_over(TinyPages(Turns(rows, random)), blobs, both, index_key)

        async def rotated() -> None:
            await rotation(beside)(nobody)

        w.clock.at = w.clock.at.replace(hour=10, minute=1)
        _, jobs = await asyncio.gather(rotated(), live.send_for(40))
        views = await live.sent()
        assert len(jobs) == len(views) == people
        assert {view.status.state for view in views} <= {State.ACCEPTED, State.SENT, State.DELIVERED, State.READ}
        told = Counter(message.to for message in w.whatsapp.ledger.entries)
        assert len(told) == people
        assert set(told.values()) == {1}
        await rotation(beside)(nobody)  # what the half with the old key wrote behind the first one
        assert isinstance(rows, MemoryRows)
        assert isinstance(blobs, MemoryBlobs)
        assert every_key(rows, blobs).keys() == {"k2"}
        assert audited(rows, blobs, {"k2": NEW}) == {}


async def _source(w: Any) -> Any:
    return w.source
