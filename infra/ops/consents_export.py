"""`ops consents export`: what a clinic's patients want, as a copy to be kept elsewhere."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.consents_words import in_words
from infra.ops.counting import counted
from infra.ops.files import private_file
from shared.clock import SystemClock


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file; with --all-clinics a folder that is there")
    parser.add_argument("--clinic", metavar="ID", help="whose patients' wishes")
    parser.add_argument("--all-clinics", action="store_true", help="each in a new file of its own: for a schedule")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    if bool(given.clinic) == given.all_clinics:
        raise CommandRefusedError("Say whose wishes: --clinic ID, or --all-clinics.")
    stored = sorted(await desk.storage.clinics.all())  # valid or not: patients' wishes are kept all the same
    if given.all_clinics:
        now = SystemClock().now()
        for clinic_id in stored:
            await _copy(desk, clinic_id, given.file / f"{clinic_id}.{now:%Y%m%dT%H%M%SZ}.jsonl")
    elif given.clinic in stored:
        await _copy(desk, given.clinic, given.file)
    else:
        raise CommandRefusedError(f"There is no clinic {given.clinic}. There are: {', '.join(stored) or 'none yet'}.")
    print(
        "It names nobody, and is patient data all the same: with INDEX_KEY one can test whether a number said STOP. "
        "Keep it where the storage is not, and neither key beside it. `ops consents load` takes it back."
    )
    return 0


async def _copy(desk: Desk, clinic_id: str, target: Path) -> None:
    counts: Counter[str] = Counter()
    lines = desk.services.operating.copy_wishes(clinic_id, counts)
    with private_file(target) as file:
        async for line in counted(lines, f"copying {clinic_id}"):
            file.write(line + "\n")
    print(f"In {target}: {in_words(counts)} of {clinic_id}.")


COMMAND = Command(
    name="consents export",
    help="copy what a clinic's patients want: who said STOP, who said yes, who is held, and who recorded it",
    about="Writes a copy of a clinic's opt-outs, holds, opt-ins and what staff recorded, one JSON line each: patients "
    "and addresses as keyed hashes, notes sealed as they are. It is the only thing that a lost storage would lose for "
    "good, so make one on a schedule, with --all-clinics so that none is forgotten. A file is new, and only you may "
    "read it (mode 0600); it appears under its name when it is whole. What ends by itself is not in it: providers' "
    "marks of addresses, and open windows for replies.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
