"""How far a command has come, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

EVERY = 1_000  # where nobody sees a bar


class Advance(Protocol):
    """One more is done. `note`: how far that is, for whoever must go on from there."""

    def __call__(self, note: str = "") -> None: ...


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Advance]:
    """`total` None: nobody knows yet."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(what, total)
        return
    bar = Progress(
        TextColumn(what), BarColumn(30), MofNCompleteColumn(), TextColumn("{task.fields[note]}"), TimeElapsedColumn(),
        console=console, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(what, total=total, note="")

        def advance(note: str = "") -> None:
            bar.update(task, advance=1, note=note)

        yield advance


def _lines(what: str, total: int | None) -> Advance:
    done = 0

    def advance(note: str = "") -> None:
        nonlocal done
        done += 1
        if done % EVERY == 0:
            of = f" of {total}" if total is not None else ""
            print(f"{what}: {done}{of} {note}".rstrip(), file=sys.stderr, flush=True)

    return advance


async def counted[T](items: AsyncIterator[T], what: str = "reading") -> AsyncIterator[T]:
    """The same items, counted while they come."""
    with progress(what, None) as advance:
        async for item in items:
            advance()
            yield item
