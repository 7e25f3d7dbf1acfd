"""One appointment out of a large file: the file is read once for each of its versions."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pytest

from shared.domain.appointment import Appointment
from shared.errors import SourceIncomplete, SourceRefused, SourceUnavailable
from shared.sources.extract import ExtractMapping, ExtractSource
from shared.sources.extract.drop import LocalDrop
from shared.sources.extract.index import FileIndex, Indexes, _packed, _unpacked
from shared.sources.extract.reading import mapped_columns
from shared.sources.extract.rows import RowReader
from tests.sources.clocks import StillClock
from tests.sources.extract.conftest import HEADER, LONDON, MAPPING, PLAIN, YEAR, row, written

READ_AT = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)


class CountingDrop(LocalDrop):
    """A file whose openings are counted."""

    openings = 0

    def open(self) -> BinaryIO:
        self.openings += 1
        return super().open()


class Folder:
    """A file, written at a time of its own, and a source with fresh indexes."""

    def __init__(self, path: Path) -> None:
        self.path = path / "list.csv"
        self.drop = CountingDrop(self.path)
        self.clock = StillClock(READ_AT)
        self.indexes = Indexes()

    def write(self, rows: Sequence[Sequence[str]], at: datetime = READ_AT - timedelta(hours=1)) -> None:
        self.path.write_text(written([HEADER, *rows]), "utf-8")
        os.utime(self.path, (at.timestamp(), at.timestamp()))

    def source(self, **options: object) -> ExtractSource:
        options = {"path": str(self.path), "mapping": MAPPING, **options}
        return ExtractSource(options, self.clock, drop=self.drop, indexes=self.indexes)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def rows(count: int) -> list[tuple[str, ...]]:
    return [row(Appt=f"A{number}", MRN=f"M{number}") for number in range(count)]


async def test_a_file_is_read_once_however_many_ask_and_whoever(folder: Folder) -> None:
    folder.write(rows(300))
    source, another = folder.source(), folder.source()
    found = await asyncio.gather(*(source.read_one(f"A{n}") for n in range(0, 300, 7)))
    assert [one.patient.id for one in found if one and one.patient] == [f"M{n}" for n in range(0, 300, 7)]
    assert await another.read_one("A299") is not None
    assert await another.read_one("A300") is None
    assert folder.drop.openings == 1


async def test_every_row_is_found_as_reading_the_list_delivers_it(folder: Folder) -> None:
    folder.write([row(Appt=f"A{n}", Surname=f"名字 {n}", Mobile=f"07700 {n:06d}") for n in range(200)])
    source = folder.source()
    window = await _all(source)
    assert len(window) == 200
    assert [await source.read_one(one.id) for one in window] == window


async def _all(source: ExtractSource) -> list[Appointment]:
    return [item async for item in source.read(YEAR) if isinstance(item, Appointment)]


async def test_another_version_of_the_file_is_read_anew(folder: Folder) -> None:
    folder.write([PLAIN])
    source = folder.source()
    assert await source.read_one("A1") is not None
    folder.write([row(Appt="A2")], READ_AT - timedelta(minutes=30))
    assert await source.read_one("A1") is None
    assert await source.read_one("A2") is not None
    assert folder.drop.openings == 2


async def test_a_file_that_was_written_just_now_is_not_trusted_to_have_ended(folder: Folder) -> None:
    """The second writing has the same length and the same tick of the file system's clock."""
    folder.write([PLAIN], READ_AT)
    source = folder.source()
    assert await source.read_one("A1") is not None
    folder.write([row(Appt="A2")], READ_AT)
    folder.clock.forward(seconds=3)
    assert await source.read_one("A1") is None
    folder.clock.forward(hours=1)
    await source.read_one("A2")
    assert folder.drop.openings == 2, "and then it is"


async def test_a_mapping_that_changes_reads_the_file_anew(folder: Folder) -> None:
    folder.write([PLAIN])
    assert await folder.source().read_one("A1") is not None
    mapping = {**MAPPING, "status_map": {"B": "cancelled"}}
    found = await folder.source(mapping=mapping).read_one("A1")
    assert found is not None
    assert found.status.value == "cancelled"


async def test_a_file_that_grows_too_old_is_no_answer_even_from_the_index(folder: Folder) -> None:
    folder.write([PLAIN])
    source = folder.source(max_age_hours=2)
    assert await source.read_one("A1") is not None
    folder.clock.forward(hours=2)
    with pytest.raises(SourceUnavailable, match="older"):
        await source.read_one("A1")


async def test_a_file_that_changes_under_our_reading_is_no_answer(folder: Folder) -> None:
    folder.write([PLAIN])

    class Rewritten(CountingDrop):
        def open(self) -> BinaryIO:
            stream = super().open()
            if self.openings == 1:
                folder.write([PLAIN, row(Appt="A2")], READ_AT - timedelta(minutes=5))
            return stream

    folder.drop = Rewritten(folder.path)
    source = folder.source()
    with pytest.raises(SourceIncomplete, match="changed"):
        await source.read_one("A1")
    assert await source.read_one("A2") is not None


async def test_a_file_that_went_away_or_broke_answers_with_nothing_of_its_old_version(folder: Folder) -> None:
    folder.write([PLAIN])
    source = folder.source()
    assert await source.read_one("A1") is not None
    folder.path.write_bytes(b"\xff\xfe\x00broken")
    with pytest.raises(SourceRefused):
        await source.read_one("A1")
    folder.path.unlink()
    with pytest.raises(SourceUnavailable):
        await source.read_one("A1")


async def test_a_workbooks_dates_come_back_out_of_the_index(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for number in range(100):
        start = datetime(2026, 3, 30) + timedelta(days=number)  # noqa: DTZ001  a cell has no zone
        book.active.append((f"A{number}", "M1", start, time(9, 30), "B", "Sparrowhawk", 447700900123, None))
    book.save(tmp_path / "list.xlsx")
    source = ExtractSource({"path": "list.xlsx", "mapping": MAPPING}, StillClock(), tmp_path, indexes=Indexes())
    found = await source.read_one("A99")
    assert found is not None
    assert found.start == datetime(2026, 7, 7, 9, 30, tzinfo=LONDON)


def test_every_kind_of_cell_survives_packing() -> None:
    cells = ["text", "名字", "", datetime(2026, 3, 30, 9), date(2026, 3, 30), time(9, 30), timedelta(hours=9.5)]  # noqa: DTZ001
    assert _unpacked(_packed([cells])) == [cells]


def reader() -> RowReader:
    mapping = ExtractMapping.model_validate(MAPPING)
    return RowReader(mapping, {name: place for place, name in enumerate(filter(None, mapped_columns(mapping)))})


def many(count: int) -> Iterator[list[str]]:
    names = list(filter(None, mapped_columns(ExtractMapping.model_validate(MAPPING))))
    for number in range(count):
        cells = row(Appt=f"A{number}", MRN=f"M{number}", Mobile=f"07700 {number:06d}", Surname=f"Name {number % 997}")
        yield [dict(zip(HEADER, cells, strict=True))[name] for name in names]


def test_ten_thousand_rows_take_less_than_four_megabytes() -> None:
    tracemalloc.start()
    index = FileIndex(many(10_000), reader())
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(index) == 10_000
    found = index.find("A7777")
    assert found is not None
    assert found.patient is not None
    assert found.patient.id == "M7777"
    assert held < 4_000_000, "and so 100,000 less than 40 (dev.py bench sources measures them)"


def test_the_indexes_of_files_used_longest_ago_are_let_go() -> None:
    indexes, built = Indexes(most_files=3, most_rows=250), []

    def of(file: str, version: str = "1") -> FileIndex:
        def build() -> FileIndex:
            built.append(file)
            return FileIndex(many(100), reader())

        return indexes.of(file, version, build)

    of("a"), of("b"), of("a")
    assert built == ["a", "b"]
    of("c")  # 300 rows are too many: b was used longest ago
    of("a"), of("b")
    assert built == ["a", "b", "c", "b"]
    of("a", "2")
    assert built[-1] == "a"
