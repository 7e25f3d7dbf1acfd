"""Tables for a person: as wide as the terminal, with a pager where they are longer than it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH_OF_A_FILE = 200  # where the output is no terminal
_FRAME = 4


def show(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One line for each row. The first column stays whole: it is what the next command is given."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, emoji=False, width=WIDTH_OF_A_FILE)
    first, *others = columns
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for column in others:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    if console.is_terminal and table.row_count + _FRAME > console.height:
        with console.pager():
            console.print(table)
    else:
        console.print(table)


def local_time(instant: datetime | None) -> str:
    """On this machine's clock."""
    return f"{instant.astimezone():%Y-%m-%d %H:%M %Z}" if instant else ""
