"""Many changes at once: batches as full as they may be, several in flight."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain, islice

from shared.storage.limits import BATCH_BYTES, wire_bytes
from shared.storage.rows import BATCH_ROWS, Change, Rows

IN_FLIGHT = 6  # more gains nothing at one account and only fills the connection pool


def grouped[K: Hashable, T](items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Items by `key`, in their order."""
    groups: dict[K, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def batches(units: Iterable[Sequence[Change]]) -> Iterator[Sequence[Change]]:
    """Full batches of one partition's changes; what stands in one unit stays in one batch."""
    batch: list[Change] = []
    size = 0
    for unit in units:
        unit_size = sum(map(wire_bytes, unit))
        if batch and (len(batch) + len(unit) > BATCH_ROWS or size + unit_size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.extend(unit)
        size += unit_size
    if batch:
        yield batch


async def write_batches(rows: Rows, table: str, partitions: Iterable[Iterable[Sequence[Change]]]) -> None:
    """Writes every partition's units in batches; a change is only made when its batch is about to leave.

    The first error ends it, with batches written, in flight or not begun: callers write what may be written again.
    """

    async def write(batch: Sequence[Change]) -> None:
        if len(batch) == 1:
            await rows.write(table, batch[0])
        else:
            await rows.apply(table, batch)

    await for_each(_in_turn(map(batches, partitions)), write)


async def for_each[T](items: Iterable[T], act: Callable[[T], Awaitable[None]], in_flight: int = IN_FLIGHT) -> None:
    """Acts on every item, some at a time; the first error stops the rest and is raised itself."""
    waiting = iter(items)
    first = list(islice(waiting, in_flight))
    if len(first) <= 1:
        for item in first:
            await act(item)
        return
    ahead = chain(first, waiting)

    async def worker() -> None:
        for item in ahead:
            await act(item)

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in first:
                workers.create_task(worker())
    except BaseExceptionGroup as group:
        raise _first_of(group) from None


def _in_turn[T](sequences: Iterable[Iterator[T]]) -> Iterator[T]:
    """One of each in turn, so that neighbours in flight are of different partitions (2,000 rows/s each)."""
    waiting = deque(sequences)
    while waiting:
        sequence = waiting.popleft()
        for item in sequence:
            yield item
            waiting.append(sequence)
            break


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
