"""`ops clinic export`: a clinic's file out of the tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.ops.command import Command, CommandRefusedError, Desk


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clinic", metavar="CLINIC", help="its id")
    parser.add_argument("--to", type=Path, metavar="FILE", help="a new file; without it, to stdout")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    document = await desk.storage.clinics.read(given.clinic)
    if document is None:
        there = ", ".join(sorted(await desk.storage.clinics.all())) or "none yet"
        raise CommandRefusedError(f"There is no clinic {given.clinic}. There are: {there}.")
    if given.to is None:
        print(document)
        return 0
    try:
        with given.to.open("x", encoding="utf-8") as file:
            file.write(document)
    except FileExistsError:
        raise CommandRefusedError(f"{given.to} is there already. Name a new file.") from None
    except OSError as error:
        raise CommandRefusedError(f"{given.to} cannot be written: {error.strerror}.") from None
    print(f"The file of {given.clinic} is in {given.to}. `ops clinic load` takes it in again.")
    return 0


COMMAND = Command(
    name="clinic export",
    help="write a clinic's file as it was loaded",
    about="Writes a clinic's file word for word as it was loaded last, also one that is not valid any more: to change "
    "it, or to take the clinic to another storage account with `clinic load`. It holds no secrets and no patients.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
