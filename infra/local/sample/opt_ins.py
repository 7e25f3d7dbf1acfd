"""Files of who said yes and who said no, and how they get into the clinic's register."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from shared.domain.appointment import BadRow
from shared.domain.identity import Pseudonyms
from shared.errors import SourceRefused
from shared.sources.extract import read_opt_ins
from shared.storage.contract import OptIn, Patients

ASKED_AT = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
OPT_IN_COLUMNS = ("patient", "channel", "at", "method")
_OPT_IN_MAPPING = {
    "zone": "UTC",
    "columns": {"patient_id": "patient", "channel": "channel", "at": "at", "method": "method"},
}
OBJECTION_COLUMNS = ("channel", "address", "at")


def write_opt_ins(path: Path, channel: str, patient_ids: Iterable[str]) -> None:
    """One yes per patient, given at the desk."""
    _write(path, OPT_IN_COLUMNS, ((patient, channel, ASKED_AT.isoformat(), "form") for patient in patient_ids))


def write_objections(path: Path, channel: str, addresses: Iterable[str]) -> None:
    """One no per address."""
    _write(path, OBJECTION_COLUMNS, ((channel, address, ASKED_AT.isoformat()) for address in addresses))


async def load_opt_ins(path: Path, clinic_id: str, patients: Patients, pseudonyms: Pseudonyms) -> int:
    """Takes a file of `write_opt_ins` into the register; answers how many. Raises SourceRefused for any other file."""
    rows: list[OptIn] = []
    for row in read_opt_ins(path, _OPT_IN_MAPPING):
        if isinstance(row, BadRow):
            raise SourceRefused(f"{path.name}, line {row.place}: {row.reason}")
        rows.append(OptIn(pseudonyms.patient(clinic_id, row.patient_id), row.channel, row.at, row.method))
    await patients.opt_in(clinic_id, rows)
    return len(rows)


async def load_objections(path: Path, clinic_id: str, patients: Patients, pseudonyms: Pseudonyms) -> None:
    """Takes a file of `write_objections` into the register. Raises ValueError, KeyError for any other file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = pseudonyms.address(clinic_id, row["channel"], row["address"])
            await patients.opt_out(clinic_id, row["channel"], key, datetime.fromisoformat(row["at"]), "clinic file")


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
