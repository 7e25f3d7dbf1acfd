"""`ops clinic export`: a clinic's file out of the tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.ops.command import Command, CommandRefusedError, Desk
from shared.services.clinics import DEFAULT_ACCOUNT


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clinic", metavar="CLINIC", help="its id")
    parser.add_argument("--to", type=Path, metavar="FILE", help="a new file; without it, to stdout")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    document = await desk.storage.clinics.read(given.clinic)
    if document is None:
        there = ", ".join(sorted(await desk.storage.clinics.all())) or "none yet"
        raise CommandRefusedError(f"There is no clinic {given.clinic}. There are: {there}.")
    if given.to is None:
        sys.stdout.write(document)
    else:
        _write(given.to, document)
        print(f"The file of {given.clinic} is in {given.to}. `ops clinic load` takes it in again.")
    for line in await _beside(desk, given.clinic):
        print(line, file=sys.stderr)
    return 0


def _write(path: Path, document: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(document)
    except FileExistsError:
        raise CommandRefusedError(f"{path} is there already. Name a new file.") from None
    except OSError as error:
        raise CommandRefusedError(f"{path} cannot be written: {error.strerror}.") from None


async def _beside(desk: Desk, clinic_id: str) -> Sequence[str]:
    """What else the clinic needs in another storage."""
    own = [
        f"{one.account} of {one.channel}"
        for one in await desk.services.accounts.all()
        if clinic_id in one.clinics and one.account != DEFAULT_ACCOUNT
    ]
    accounts = [f"It sends from accounts of its own, whose secrets are not in it: {', '.join(own)}."] if own else []
    return [*accounts, "What its patients want is not in it: `ops consents export` copies that."]


COMMAND = Command(
    name="clinic export",
    help="write a clinic's file as it was loaded",
    about="Writes a clinic's file byte for byte as it was loaded last, also one that is not valid any more: to change "
    "it, or to take the clinic to another storage account with `clinic load`. It holds no secrets and no patients; "
    "what else the clinic needs there (`account set`, `consents export`) is said on stderr.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
