"""Whole files: encodings, shapes, duplicates, and files that are not what they should be."""

import asyncio
import gc
import json
import os
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from shared.domain.appointment import BadRow, Unreadable
from shared.errors import ConfigurationError, SourceIncomplete, SourceRefused, SourceUnavailable
from shared.sources.extract import ExtractSource
from shared.sources.extract.survey import survey
from tests.sources.clocks import StillClock
from tests.sources.extract.conftest import COLUMNS, HEADER, MAPPING, PLAIN, YEAR, Desk, row, written
from tests.sources.streams import until_failure

CHINESE = written([HEADER, row(Surname="陳大文"), row(Appt="A2", Surname="李小明")])


async def test_a_byte_order_mark_is_no_part_of_the_first_column(desk: Desk):
    assert len(await desk.items(b"\xef\xbb\xbf" + written([HEADER, PLAIN]).encode())) == 1
    quoted = '\ufeff"Appt",' + written([HEADER, PLAIN]).partition(",")[2]
    assert len(await desk.items(quoted)) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16"])
async def test_files_are_read_in_their_stated_encoding(desk: Desk, encoding: str):
    items = await desk.items(CHINESE.encode(encoding), mapping__encoding=encoding)
    assert [item.patient.name.family for item in items] == ["陳大文", "李小明"]


@pytest.mark.parametrize(
    ("actual", "stated"),
    [
        ("gb18030", "utf-8"),
        ("utf-8", "gb18030"),
        ("utf-8", "cp1252"),
        ("utf-8-sig", "big5"),
        ("utf-16", "utf-8"),
        ("utf-8", "utf-16"),
    ],
)
async def test_a_wrong_encoding_refuses_the_whole_file(desk: Desk, actual: str, stated: str):
    came, failure = await until_failure(desk.source(CHINESE.encode(actual), mapping__encoding=stated).read(YEAR))
    assert came == []
    assert isinstance(failure, SourceRefused)


async def test_a_wrong_byte_on_the_last_line_is_found_before_the_first_row_is_delivered(desk: Desk):
    content = written([HEADER, *(row(Appt=f"A{n}") for n in range(5000))]).encode() + b"A9,M9,\xff"
    came, failure = await until_failure(desk.source(content).read(YEAR))
    assert came == []
    assert "not written in utf-8" in failure.message


async def test_utf8_under_a_name_that_can_read_anything_is_recognised(desk: Desk):
    with pytest.raises(SourceRefused, match=r"written in utf-8, the mapping says iso8859-1"):
        await desk.items(CHINESE, mapping__encoding="latin-1")
    accented = written([HEADER, row(Surname="Müller-Ærø")])
    [item] = await desk.items(accented.encode("latin-1"), mapping__encoding="latin-1")
    assert item.patient.name.family == "Müller-Ærø"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
async def test_other_delimiters_are_stated(desk: Desk, delimiter: str):
    assert len(await desk.items(written([HEADER, PLAIN], delimiter), mapping__delimiter=delimiter)) == 1


async def test_lines_above_the_header_are_skipped_and_counted(desk: Desk):
    content = "Clinic list\nprinted today\n" + written([HEADER, row(Status="?")])
    assert await desk.items(content, mapping__skip_lines=2) == [BadRow("4", Unreadable.BAD_STATUS, "Status")]


async def test_a_row_that_spans_lines_is_named_by_its_first(desk: Desk):
    rows = [row(Surname="Sparrow\nhawk"), row(Appt="A2", Status="?")]
    assert (await desk.items(rows))[1] == BadRow("4", Unreadable.BAD_STATUS, "Status")


async def test_empty_lines_are_nothing(desk: Desk):
    content = "\n" + written([HEADER]) + "\n,,,,,,,\n" + written([PLAIN]) + "\n\n"
    assert len(await desk.items(content)) == 1


async def test_rows_that_are_too_short_or_too_long_are_reported(desk: Desk):
    rows: list[Sequence[str]] = [PLAIN[:5], (*row(Appt="A2"), "", ""), (*row(Appt="A3"), "shifted")]
    items = await desk.items(rows)
    assert [item for item in items if isinstance(item, BadRow)] == [
        BadRow("2", Unreadable.WRONG_COLUMNS),
        BadRow("4", Unreadable.WRONG_COLUMNS),
    ]
    assert [item.id for item in items if not isinstance(item, BadRow)] == ["A2"]


async def test_a_writer_that_drops_empty_cells_at_the_end_is_stated(desk: Desk):
    [item] = await desk.items([PLAIN[:7]], mapping__short_rows="pad")
    assert item.id == "A1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        (written([PLAIN]), "no column Appt, Mobile, Home, MRN"),
        (written([HEADER]).replace("Mobile", "Tel"), "no column Mobile"),
        (written([(*HEADER, "Mobile"), (*PLAIN, "x")]), "two columns Mobile"),
        (written([HEADER]) + 'A1,M1,"30/03/2026,09:30,B,Sparrowhawk\n' * 3, "not CSV"),
        (written([HEADER]) + '"A1"x,M1\n', "line 2"),
    ],
)
async def test_a_file_that_is_not_as_described_is_refused_in_words_without_its_content(
    desk: Desk, content: str, said: str
):
    with pytest.raises(SourceRefused, match=said) as refusal:
        await desk.items(content)
    assert "Sparrowhawk" not in repr(refusal.value)
    assert refusal.value.__cause__ is None


async def test_a_file_that_is_not_there_may_come_later(tmp_path: Path):
    source = ExtractSource({"path": "none.csv", "mapping": MAPPING}, root=tmp_path)
    with pytest.raises(SourceUnavailable, match=r"none\.csv"):
        [item async for item in source.read(YEAR)]


async def test_yesterdays_file_is_not_todays(desk: Desk):
    source = desk.source([PLAIN], max_age_hours=20)
    for hours, fresh in [(19, True), (21, False)]:
        written_at = (StillClock().now() - timedelta(hours=hours)).timestamp()
        os.utime(desk.folder / "list.csv", (written_at, written_at))
        if fresh:
            assert len([item async for item in source.read(YEAR)]) == 1
        else:
            with pytest.raises(SourceUnavailable, match="older than 20 hours"):
                [item async for item in source.read(YEAR)]


async def test_rows_that_agree_count_once_and_the_repeat_is_reported(desk: Desk):
    items = await desk.items([PLAIN, row(Appt="A2"), PLAIN])
    assert [getattr(item, "id", item) for item in items] == ["A1", "A2", BadRow("4", Unreadable.DUPLICATE, "Appt")]


async def test_rows_that_contradict_each_other_are_all_reported_and_none_is_believed(desk: Desk):
    items = await desk.items([PLAIN, row(Appt="A2"), row(Time="10:00"), PLAIN])
    assert items[0] == BadRow("2", Unreadable.DUPLICATE, "Appt")
    assert [item for item in items if isinstance(item, BadRow)] == [
        BadRow(line, Unreadable.DUPLICATE, "Appt") for line in ("2", "4", "5")
    ]


async def test_rows_that_differ_only_in_columns_we_do_not_read_agree(desk: Desk):
    header = (*HEADER, "Internal")
    items = await desk.items(written([header, (*PLAIN, "1"), (*PLAIN, "2")]))
    assert [type(item).__name__ for item in items] == ["Appointment", "BadRow"]


async def test_a_file_that_changes_while_it_is_read_is_no_whole_list(desk: Desk):
    source = desk.source([row(Appt=f"A{n}") for n in range(2000)])

    def append_once(came: list[object]) -> None:
        if len(came) == 1:
            with (desk.folder / "list.csv").open("a") as file:
                file.write(written([row(Appt="late")]))

    _, failure = await until_failure(source.read(YEAR), append_once)
    assert isinstance(failure, SourceIncomplete)
    assert "changed" in failure.message


async def test_a_file_that_is_replaced_while_it_is_read_stays_the_one_that_was_opened(desk: Desk):
    source = desk.source([row(Appt=f"A{n}") for n in range(2000)])
    seen = 0
    async for _ in source.read(YEAR):
        seen += 1
        if seen == 1:
            fresh = desk.folder / "fresh.part"
            fresh.write_text(written([HEADER]))
            fresh.replace(desk.folder / "list.csv")
    assert seen == 2000


async def test_one_appointment_is_looked_up_in_the_file_as_it_is_now(desk: Desk):
    source = desk.source([PLAIN, row(Appt="A2", Status="X")])
    assert (await source.read_one("A2")).status.value == "cancelled"
    assert await source.read_one("A3") is None
    desk.source([PLAIN])
    assert await source.read_one("A2") is None


@pytest.mark.parametrize(
    "rows",
    [[PLAIN, row(Time="10:00")], [row(Status="?")], [row(Appt="A2"), row(Appt="")], [row(Appt="A2"), PLAIN[:4]]],
)
async def test_one_appointment_that_cannot_be_told_is_no_absence(desk: Desk, rows: list[tuple[str, ...]]):
    with pytest.raises(SourceRefused, match="row"):
        await desk.source(rows).read_one("A1")


def workbook(path: Path, rows: Sequence[Sequence[object]], sheet: str = "List") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for cells in rows:
        book.active.append(list(cells))
    book.save(path)
    book.close()
    return path.read_bytes()


async def test_a_workbook_is_read_with_its_own_dates_and_numbers(desk: Desk):
    rows = [
        HEADER,
        ("A1", 1001, datetime(2026, 3, 30), time(9, 30), "B", "Sparrowhawk", 7700900123.0, None),  # noqa: DTZ001
        ("A2", 1002.0, datetime(2026, 3, 30, 14, 5), None, "B", None, "07700 900124"),  # noqa: DTZ001
        ("A3", 1003, "30/03/2026", "09:30", "B", "x", 447700900125, None),
        (None,) * 8,
        ("A4", 1004, "next week", None, "B", None, None, None),
    ]
    content = workbook(desk.folder / "made.xlsx", rows)
    first, second, third, bad = await desk.items(content, name="list.xlsx")
    assert first.start == third.start == datetime(2026, 3, 30, 8, 30, tzinfo=UTC)
    assert second.start == datetime(2026, 3, 30, 13, 5, tzinfo=UTC)
    assert [item.patient.telecoms[0].value for item in (first, second, third)] == [
        "7700900123",
        "07700 900124",
        "447700900125",
    ]
    assert (first.patient.id, second.patient.id) == ("1001", "1002")
    assert bad == BadRow("6", Unreadable.BAD_DATE, "Date")


async def test_a_sheet_is_chosen_by_name(desk: Desk):
    content = workbook(desk.folder / "made.xlsx", [HEADER, PLAIN])
    assert len(await desk.items(content, name="list.xlsx", mapping__sheet="List")) == 1
    with pytest.raises(SourceRefused, match="no such sheet"):
        await desk.items(content, name="list.xlsx", mapping__sheet="Other")


@pytest.mark.parametrize("content", [b"", b"not a workbook", written([HEADER, PLAIN]).encode()])
async def test_what_is_no_workbook_is_refused(desk: Desk, content: bytes):
    with pytest.raises(SourceRefused, match="not a workbook"):
        await desk.items(content, name="list.xlsx")


async def test_a_damaged_workbook_is_refused(desk: Desk):
    content = workbook(desk.folder / "made.xlsx", [HEADER, *(row(Appt=f"A{n}") for n in range(200))])
    with pytest.raises(SourceRefused):
        await desk.items(content[: len(content) // 2], name="list.xlsx")


async def test_a_mapping_may_stand_in_a_file_of_its_own(desk: Desk):
    desk.source([PLAIN])
    (desk.folder / "mapping.json").write_text(json.dumps(MAPPING), "utf-8-sig")
    source = ExtractSource({"path": "list.csv", "mapping_path": "mapping.json"}, root=desk.folder)
    assert len([item async for item in source.read(YEAR)]) == 1


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_a_mapping_file_that_is_none_is_named(tmp_path: Path, content: str | None):
    if content is not None:
        (tmp_path / "mapping.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"mapping\.json"):
        ExtractSource({"path": "list.csv", "mapping_path": "mapping.json"}, root=tmp_path)


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"zone": "Asia/Hongkong City"}, "zone", "time zone"),
        ({"zone": None}, "zone", "valid"),
        ({"encoding": "gb18031"}, "encoding", "no such encoding"),
        ({"date_format": "%d/%m/%y"}, "date_format", "four-digit year"),
        ({"date_format": "%m/%Y"}, "date_format", "day"),
        ({"date_format": ""}, "", "03/04 is never guessed"),
        ({"time_format": "%I:%M"}, "time_format", "%p"),
        ({"status_map": {"B": "bookd"}}, "status_map.B", "booked"),
        ({"columns": COLUMNS | {"start": "Date"}}, "columns", "either"),
        ({"columns": COLUMNS | {"time": ""}}, "", "day_only"),
        ({"columns": COLUMNS | {"status": ""}}, "", "defaults.status"),
        ({"columns": COLUMNS | {"patient": "x"}}, "columns.patient", "Extra"),
        ({"columns": COLUMNS | {"phones": [{"column": "Mobile", "use": "cell"}]}}, "columns.phones.0.use", "mobile"),
        ({"delimiter": ", "}, "delimiter", "1 character"),
    ],
)
def test_a_wrong_mapping_is_named_by_its_field(tmp_path: Path, changes: dict[str, object], field: str, said: str):
    with pytest.raises(ConfigurationError) as refusal:
        ExtractSource({"path": "list.csv", "mapping": MAPPING | changes}, root=tmp_path)
    [problem] = refusal.value.details
    assert problem.field == ".".join(filter(None, ("source.options.mapping", field)))
    assert said in problem.message


@pytest.mark.parametrize("options", [{}, {"path": "x"}, {"path": "x", "mapping": MAPPING, "mapping_path": "y"}])
def test_options_need_a_path_and_one_mapping(options: dict[str, object]):
    with pytest.raises(ConfigurationError):
        ExtractSource(options)


async def test_the_event_loop_runs_on_while_a_file_is_read(desk: Desk):
    source = desk.source([row(Appt=f"A{n}") for n in range(20_000)])
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    counting = asyncio.create_task(count_turns())
    assert len([item async for item in source.read(YEAR)]) == 20_000
    counting.cancel()
    assert turns > 20


async def test_a_reader_that_is_cancelled_leaves_no_file_open(desk: Desk):
    source = desk.source([row(Appt=f"A{n}") for n in range(20_000)])

    async def read() -> None:
        async for _ in source.read(YEAR):
            pass

    for after_s in (0.0, 0.01, 0.2):
        reading = asyncio.create_task(read())
        await asyncio.sleep(after_s)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    gc.collect()  # an unclosed file would warn, and warnings are errors


async def test_memory_does_not_grow_with_the_file(desk: Desk):
    """Five times the rows: what stays is 16 bytes a row, and for a moment the sorted list of them."""

    async def peak(count: int) -> int:
        source = desk.source([row(Appt=f"A{n}", MRN=f"M{n}") for n in range(count)])
        tracemalloc.start()
        async for _ in source.read(YEAR):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = await peak(2_000), await peak(10_000)
    assert many - few < 8_000 * 80


def test_a_survey_knows_repeats_from_contradictions(desk: Desk):
    from shared.sources.extract.drop import LocalDrop
    from shared.sources.extract.mapping import ExtractMapping
    from shared.sources.extract.reading import Reading

    desk.source([PLAIN, PLAIN, row(Appt="A2"), row(Appt="A2", Time="10:00"), row(Appt="A3")])
    drop = LocalDrop(desk.folder / "list.csv")
    reading = Reading(drop.open(), drop.name, ExtractMapping.model_validate(MAPPING))
    known = reading.survey()
    reading.close()
    assert (known.rows, known.repeated, known.contradicted) == (5, {hash("A1")}, {hash("A2")})
    assert survey([], reading._header, reading._reader, False).rows == 0
