"""Several things at once, but not all at once: reads and writes that do not wait for each other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

AT_ONCE = 16


async def abreast[T, R](act: Callable[[T], Awaitable[R]], items: Iterable[T], at_once: int = AT_ONCE) -> Sequence[R]:
    """`act` of every item, in their order. The first error ends the others, those under way included, and is raised."""
    slots = asyncio.Semaphore(at_once)

    async def one(item: T) -> R:
        async with slots:
            return await act(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    return [task.result() for task in tasks]


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = failures
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
