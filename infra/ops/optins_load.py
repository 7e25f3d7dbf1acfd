"""`ops optins load`: a clinic's list of who said yes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.files import text_of
from shared.domain.appointment import BadRow
from shared.domain.clinic import Clinic
from shared.services.wishes.said_no import said_no, still_yes
from shared.storage.contract import OptIn

if TYPE_CHECKING:
    from shared.sources.extract import OptIn as FileOptIn

COLUMNS = ("patient", "channel", "at", "method")
METHOD = "clinic file"  # where the file does not say how
MOST_SHOWN = 20


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV or Excel, one yes in each row")
    parser.add_argument("--clinic", required=True, metavar="ID", help="whose patients these are")
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE", help="JSON that names the file's own columns and how times are written"
    )


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    clinics = await desk.services.clinics.all()
    if given.clinic not in clinics:
        there = ", ".join(sorted(clinics)) or "none yet"
        raise CommandRefusedError(f"There is no clinic {given.clinic}. There are: {there}.")
    clinic, pseudonyms = clinics[given.clinic], desk.services.keys.pseudonyms
    rows, problems = [], []
    for number, row in enumerate(_read(given.file, _mapping(given.mapping, clinic)), 1):
        if isinstance(row, BadRow):
            problems.append(f"line {row.place}: {row.reason}{f' in {row.field}' if row.field else ''}")
        elif clinic.channel(row.channel) is None:
            problems.append(f"row {number}: {clinic.id} does not use that channel")
        else:
            key = pseudonyms.patient(clinic.id, row.patient_id)
            rows.append(OptIn(key, row.channel, row.at, row.method or METHOD))
    if problems:
        raise CommandRefusedError(_listed(problems, clinic))
    yeses = still_yes(rows, await said_no(desk.storage.wishes, clinic.id))
    if given.dry_run:
        await _told(desk, clinic, yeses)
    else:
        await desk.storage.patients.opt_in(clinic.id, yeses)
        print(f"{len(yeses)} opt-ins of {clinic.id} are taken in. They count from the next planning on.")
    if left := len(rows) - len(yeses):
        print(f"{left} are left out: these patients have said no since, as staff recorded.")
    return 0


async def _told(desk: Desk, clinic: Clinic, rows: Sequence[OptIn]) -> None:
    register = await desk.storage.patients.register(clinic.id)
    unique = {(row.patient_key, row.channel) for row in rows}
    there = sum(channel in register.patient(patient_key).opted_in for patient_key, channel in unique)
    print(f"{len(rows)} opt-ins of {clinic.id} would be taken in: {len(unique) - there} new ones, and {there} in place")
    print("of one that is there. Nothing was changed.")


def _read(path: Path, mapping: Mapping[str, object]) -> Iterator[FileOptIn | BadRow]:
    from shared.sources.extract import read_opt_ins  # pydantic: not for the commands that need no file

    return read_opt_ins(path, mapping)


def _mapping(path: Path | None, clinic: Clinic) -> Mapping[str, object]:
    if path is None:
        columns = dict(zip(("patient_id", "channel", "at", "method"), COLUMNS, strict=True))
        return {"zone": clinic.zone.key, "columns": columns}
    try:
        found = json.loads(text_of(path))
    except ValueError as error:
        raise CommandRefusedError(f"{path} is not JSON ({error}).") from None
    if not isinstance(found, dict):
        raise CommandRefusedError(f"{path} must hold a JSON object.")
    return {"zone": clinic.zone.key, **found}


def _listed(problems: list[str], clinic: Clinic) -> str:
    more = [f"and {len(problems) - MOST_SHOWN} more"] if len(problems) > MOST_SHOWN else []
    lines = "\n  ".join([*problems[:MOST_SHOWN], *more])
    uses = ", ".join(way.channel for way in clinic.channels)
    return f"Nothing was taken in: correct these rows first ({clinic.id} uses {uses}).\n  {lines}"


COMMAND = Command(
    name="optins load",
    help="take in a clinic's list of patients who said yes to a channel",
    about="Takes in who said yes to messages on which channel, when and how. Without --mapping the file has the "
    f"columns {', '.join(COLUMNS)}; `patient` is the id that the appointments carry, `at` a time such as "
    "2026-01-12T09:30 (the clinic's, if it has no offset). If any row cannot be read, the rows are named and nothing "
    "changes. A yes that is there already is replaced; an objection always stays, and so does a no that staff have "
    "recorded since that yes.\n\n"
    'example of a mapping: {"columns": {"patient_id": "MRN", "at": "Date"}, "channel": "whatsapp", '
    '"at_format": "%d/%m/%Y"}',
    arguments=_arguments,
    run=_run,
    changes=True,
)
