"""`ops consents export`: what a clinic's patients want, as a copy to be kept elsewhere."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.consents_words import in_words
from infra.ops.counting import counted
from infra.ops.files import private_file


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file; only you may read it")
    parser.add_argument("--clinic", required=True, metavar="ID", help="whose patients' wishes")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    await _require(desk, given.clinic)
    counts: Counter[str] = Counter()
    lines = desk.services.operating.copy_wishes(given.clinic, counts)
    with private_file(given.file) as file:
        async for line in counted(lines, "copying"):
            file.write(line + "\n")
    print(f"In {given.file}: {in_words(counts)} of {given.clinic}.")
    print(
        "It names nobody, and is patient data all the same: with INDEX_KEY one can test whether a number said STOP. "
        "Keep it where the storage is not, and neither key beside it. `ops consents load` takes it back."
    )
    return 0


async def _require(desk: Desk, clinic_id: str) -> None:
    """Its file need not be valid any more: patients' wishes are kept all the same."""
    stored = await desk.storage.clinics.all()
    if clinic_id not in stored:
        raise CommandRefusedError(
            f"There is no clinic {clinic_id}. There are: {', '.join(sorted(stored)) or 'none yet'}."
        )


COMMAND = Command(
    name="consents export",
    help="copy what a clinic's patients want: who said STOP, who said yes, who is held, and who recorded it",
    about="Writes a copy of a clinic's opt-outs, holds, opt-ins and what staff recorded, one JSON line each: patients "
    "and addresses as keyed hashes, notes sealed as they are. It is the only thing that a lost storage would lose for "
    "good, so make one on a schedule. The file is new, and only you may read it (mode 0600); it appears under its name "
    "when it is whole. What ends by itself is not in it: providers' marks of addresses, and open windows for replies.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
