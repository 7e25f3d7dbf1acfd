"""`ops clinic load`: a clinic's file into the tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.ops.command import Command, Desk
from infra.ops.files import text_of
from infra.ops.listing import show
from shared.errors import InvalidInput


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the clinic's JSON file (docs/clinic-file.md)")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    document = text_of(given.file, as_it_is=True)
    before = await desk.storage.clinics.all()
    if given.dry_run:
        clinic = desk.services.clinics.check(document, given.file.name)
        _tell(clinic.id, before.get(clinic.id), document)
        print("Nothing was changed.")
        return 0
    clinic = await desk.services.clinics.load(document, given.file.name)
    print(f"Clinic {clinic.id} is {'replaced' if clinic.id in before else 'new'}. It acts within a minute.")
    return 0


def _tell(clinic_id: str, before: str | None, after: str) -> None:
    from shared.clinic_file.differences import differences  # pydantic: only where files are compared

    if before is None:
        print(f"The file is whole. Clinic {clinic_id} would be new.")
        return
    try:
        found = differences(before, after)
    except InvalidInput:
        print(f"The file is whole. It would take the place of {clinic_id}'s, which is not valid any more.")
        return
    if not found:
        print(f"The file is whole, and says what is loaded of {clinic_id} already.")
        return
    print(f"The file is whole. Of clinic {clinic_id} would change:")
    show(("field", "now", "then", "what it is about"), ((one.field, one.before, one.after, one.about) for one in found))


COMMAND = Command(
    name="clinic load",
    help="take in a clinic's file, new or changed",
    about="Checks a clinic's file as a whole and takes it in, in place of the one before. If anything in it is wrong, "
    "each problem is named with its field and nothing changes. With --dry-run the fields are listed that would change, "
    "as they act now and as they would.",
    arguments=_arguments,
    run=_run,
    changes=True,
    makes_tables=True,
)
