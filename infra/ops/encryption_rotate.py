"""`ops encryption rotate`: everything that is stored under the first of ENCRYPTION_KEYS."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.ops.command import Command, Desk
from infra.ops.listing import local_time, show
from shared.services.rotating.rotate import Standing, Told

REMAINS = 1
ROUNDS = 2  # the rotation, and the count after it


def _arguments(_: argparse.ArgumentParser) -> None:
    """None."""


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    rotate, places = desk.services.rotate, len(desk.storage.sealed.places)
    if given.dry_run:
        with _progress(places) as told:
            standing = await rotate.count(told)
    else:
        with _progress(places * ROUNDS) as told:
            rotated = await rotate(told)
        went = "went on with the one that began" if rotated.resumed else "began"
        print(f"{rotated.rotation.resealed} values are sealed anew ({went} {local_time(rotated.rotation.began_at)}).")
        standing = rotated.standing
    return _told(standing, rotate.current)


def _told(standing: Standing, current: str) -> int:
    """The count, and what is to be done about it."""
    remains = sum(standing.keys.values()) - standing.keys[current]
    if standing.keys:
        keys = sorted(standing.keys, key=lambda key: (key != current, key))
        shown = ((key or "(damaged)", str(standing.keys[key]), "current" if key == current else "") for key in keys)
        show(("key", "values", ""), shown)
    if standing.in_use:
        print(f"{standing.in_use} belong to a planning run that is going on: rotate again when it has ended.")
    if standing.unreadable:
        print(
            f"{standing.unreadable} do not open: their key is not among ENCRYPTION_KEYS, or they are damaged. They "
            "stay as they are: put the key back and rotate again, or see `ops check storage`."
        )
    if remains:
        print(f"{remains} are not under {current} yet: keep the other keys in ENCRYPTION_KEYS.")
        return REMAINS
    print(f"Everything is under {current}: the other keys may be taken out of ENCRYPTION_KEYS.")
    return 0


@contextmanager
def _progress(total: int) -> Iterator[Told]:
    bar = Progress(
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[place]}, {task.fields[values]} values"),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total, place="", values=0)
        at, passed, values = "", -1, 0

        def told(place: str, found: int) -> None:
            nonlocal at, passed, values
            if place != at:
                at, passed = place, passed + 1
            values += found
            bar.update(task, completed=max(passed, 0), place=place, values=values)

        yield told


COMMAND = Command(
    name="encryption rotate",
    help="seal everything that is stored under the first of ENCRYPTION_KEYS",
    about="For a new encryption key: put it first in ENCRYPTION_KEYS, leave the old one behind it, restart the app, "
    "then run this with the same ENCRYPTION_KEYS. It seals every value that is under another key anew, in tables and "
    "blobs, while the app goes on working; nothing that the app changes meanwhile is overwritten, and everything stays "
    "readable. Stopped or killed, it goes on where it was when it is run again. At the end it counts which values are "
    "under which key. When all are under the first one, the old key may go. This is not about API keys (`ops keys`), "
    "and not about INDEX_KEY, which never changes. With --dry-run it only counts.\n\n"
    "Exit code: 0 everything is under the first key, 1 some values are not (yet), or the storage did not answer.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
