"""`ops clinic load`: a clinic's file into the tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.ops.command import Command, Desk
from infra.ops.files import text_of


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the clinic's JSON file (docs/clinic-file.md)")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    document = text_of(given.file)
    before = set(await desk.storage.clinics.all())
    clinic = await desk.services.clinics.load(document, given.file.name)
    print(f"Clinic {clinic.id} is {'replaced' if clinic.id in before else 'new'}. It acts within a minute.")
    return 0


COMMAND = Command(
    name="clinic load",
    help="take in a clinic's file, new or changed",
    about="Checks a clinic's file as a whole and takes it in, in place of the one before. If anything in it is wrong, "
    "each problem is named with its field and nothing changes.",
    arguments=_arguments,
    run=_run,
    makes_tables=True,
)
