"""A clinic's list of who said yes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.domain.appointment import BadRow, Unreadable
from shared.errors import ConfigurationError, SourceRefused, SourceUnavailable
from shared.sources.extract import OptIn, read_opt_ins

COLUMNS = {"patient_id": "patient", "channel": "channel", "at": "at", "method": "method"}
MAPPING = {"zone": "Asia/Hong_Kong", "columns": COLUMNS}
SAID_AT = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)


def opt_ins(folder: Path, content: str, **changes: object) -> list[OptIn | BadRow]:
    path = folder / "opt-ins.csv"
    path.write_text(content, "utf-8")
    return list(read_opt_ins(path, MAPPING | changes))


def test_every_yes_is_read_with_time_and_method(tmp_path: Path):
    content = "patient,channel,at,method\nP1,pigeon,2026-01-12T09:30:00+00:00,form\nP2,pigeon,2026-01-12T17:30,qr\n"
    assert opt_ins(tmp_path, content) == [
        OptIn("P1", "pigeon", SAID_AT, "form"),
        OptIn("P2", "pigeon", SAID_AT, "qr"),
    ]


def test_channel_and_method_may_hold_for_the_whole_file(tmp_path: Path):
    columns = {"patient_id": "病人", "at": "日期"}
    content = "\ufeff病人,日期\nP1,12/01/2026 17:30\n"
    changes = {"columns": columns, "channel": "pigeon", "method": "clinic file", "at_format": "%d/%m/%Y %H:%M"}
    assert opt_ins(tmp_path, content, **changes) == [OptIn("P1", "pigeon", SAID_AT, "clinic file")]


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        (",pigeon,2026-01-12T09:30:00Z,form", Unreadable.MISSING_FIELD, "patient"),
        ("P1,,2026-01-12T09:30:00Z,form", Unreadable.MISSING_FIELD, "channel"),
        ("P1,pigeon,soon,form", Unreadable.BAD_DATE, "at"),
        ("P1,pigeon,,form", Unreadable.BAD_DATE, "at"),
        ("P1,pigeon,2026-03-29T01:30,form", Unreadable.NONEXISTENT_TIME, "at"),
        ("P1,pigeon", Unreadable.WRONG_COLUMNS, ""),
    ],
)
def test_a_row_that_cannot_be_read_is_reported(tmp_path: Path, line: str, reason: Unreadable, column: str):
    content = f"patient,channel,at,method\n{line}\nP2,pigeon,2026-01-12T09:30:00Z,form\n"
    bad, good = opt_ins(tmp_path, content, zone="Europe/London")
    assert bad == BadRow("2", reason, column)
    assert good.patient_id == "P2"


def test_a_file_that_is_missing_empty_or_otherwise_is_refused(tmp_path: Path):
    with pytest.raises(SourceUnavailable):
        list(read_opt_ins(tmp_path / "none.csv", MAPPING))
    with pytest.raises(SourceRefused, match="empty"):
        opt_ins(tmp_path, "")
    with pytest.raises(SourceRefused, match="no column patient"):
        opt_ins(tmp_path, "P1,pigeon,2026-01-12T09:30:00Z,form\n")
    with pytest.raises(ConfigurationError, match=r"opt_ins\.columns"):
        opt_ins(tmp_path, "", columns={})
