"""Many changes become full batches, several in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import StorageUnavailable
from shared.storage.batches import batches, for_each, write_batches
from shared.storage.limits import BATCH_BYTES, wire_bytes
from shared.storage.opened import OpenStorage
from shared.storage.rows import Change, Row, Verb
from tests.storage.wrappers import CountingRows


def unit(n: int, rows: int = 1, size: int = 10) -> Sequence[Change]:
    return [Change(Verb.UPSERT, Row("p", f"{n}_{i}", {"x": b"x" * size})) for i in range(rows)]


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([1, 5_000, 60_000])), max_size=400))
def test_no_batch_is_too_large_and_nothing_is_lost_or_torn_apart(shapes: list[tuple[int, int]]) -> None:
    units = [unit(n, rows, size) for n, (rows, size) in enumerate(shapes)]
    made = list(batches(iter(units)))
    assert [change for batch in made for change in batch] == [change for one in units for change in one]
    for batch in made:
        assert 0 < len(batch) <= 100
        assert sum(map(wire_bytes, batch)) <= BATCH_BYTES
    where = {change.row.key: n for n, batch in enumerate(made) for change in batch}
    assert all(len({where[change.row.key] for change in one}) == 1 for one in units)


def test_batches_are_full() -> None:
    assert [len(batch) for batch in batches(unit(n, 2) for n in range(125))] == [100, 100, 50]


async def test_partitions_take_turns(in_memory: OpenStorage) -> None:
    counted = CountingRows(in_memory.rows)
    partitions = [[unit_of(p, n) for n in range(150)] for p in ("a", "b", "c")]
    await write_batches(counted, "messages", partitions)
    assert [size for _, size in counted.batches] == [100, 100, 100, 50, 50, 50]


def unit_of(partition: str, n: int) -> Sequence[Change]:
    return [Change(Verb.UPSERT, Row(partition, f"{n}"))]


async def test_some_are_in_flight_and_never_more() -> None:
    running = most = 0

    async def act(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await for_each(range(50), act, in_flight=6)
    assert most == 6


@pytest.mark.parametrize("count", [0, 1, 2, 7, 40])
async def test_every_item_has_its_turn_once(count: int) -> None:
    seen: list[int] = []

    async def act(n: int) -> None:
        await asyncio.sleep(0)
        seen.append(n)

    await for_each(range(count), act)
    assert sorted(seen) == list(range(count))


async def test_the_first_error_ends_it_and_is_raised_as_it_is() -> None:
    begun: list[int] = []

    async def act(n: int) -> None:
        begun.append(n)
        await asyncio.sleep(0)
        if n == 3:
            raise StorageUnavailable("The store did not answer.")

    with pytest.raises(StorageUnavailable):
        await for_each(range(1_000), act)
    assert len(begun) < 20
