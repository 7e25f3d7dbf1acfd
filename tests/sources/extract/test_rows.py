"""A row of an extract becomes an appointment, or is reported by its line."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.domain.appointment import (
    Appointment,
    AppointmentStatus,
    BadRow,
    HumanName,
    Patient,
    Telecom,
    TelecomSystem,
    Unreadable,
    Window,
)
from tests.sources.extract.conftest import COLUMNS, HEADER, LONDON, PLAIN, Desk, row, written


async def test_a_plain_row_is_read_whole(desk: Desk):
    assert await desk.one() == Appointment(
        id="A1",
        status=AppointmentStatus.BOOKED,
        start=datetime(2026, 3, 30, 8, 30, tzinfo=UTC),
        patient=Patient(
            "M1", HumanName("Sparrowhawk"), (Telecom(TelecomSystem.PHONE, "07700 900123", "mobile", rank=1),)
        ),
    )


@pytest.mark.parametrize(
    ("cells", "reason", "column"),
    [
        ({"Appt": ""}, Unreadable.MISSING_FIELD, "Appt"),
        ({"MRN": " "}, Unreadable.NO_PATIENT, "MRN"),
        ({"Date": ""}, Unreadable.MISSING_FIELD, "Date"),
        ({"Time": ""}, Unreadable.MISSING_FIELD, "Time"),
        ({"Date": "2026-03-30"}, Unreadable.BAD_DATE, "Date"),
        ({"Date": "03/30/2026"}, Unreadable.BAD_DATE, "Date"),
        ({"Date": "46111"}, Unreadable.BAD_DATE, "Date"),
        ({"Time": "9.30am"}, Unreadable.BAD_DATE, "Time"),
        ({"Time": "24:00"}, Unreadable.BAD_DATE, "Time"),
        ({"Status": "?"}, Unreadable.BAD_STATUS, "Status"),
        ({"Status": ""}, Unreadable.BAD_STATUS, "Status"),
        ({"Mobile": "7.7009E+09"}, Unreadable.DAMAGED_NUMBER, "Mobile"),
        ({"Mobile": "7,7009e+09"}, Unreadable.DAMAGED_NUMBER, "Mobile"),
        ({"Home": "1.63296E+09"}, Unreadable.DAMAGED_NUMBER, "Home"),
        ({"MRN": "9E+09"}, Unreadable.DAMAGED_NUMBER, "MRN"),
        ({"Appt": "1.00E+12"}, Unreadable.DAMAGED_NUMBER, "Appt"),
        ({"Date": "29/03/2026", "Time": "01:30"}, Unreadable.NONEXISTENT_TIME, "Time"),
        ({"Date": "25/10/2026", "Time": "01:30"}, Unreadable.AMBIGUOUS_TIME, "Time"),
    ],
)
async def test_what_cannot_be_read_is_reported_by_line_and_column(
    desk: Desk, cells: dict[str, str], reason: Unreadable, column: str
):
    good = row(Appt="A2")
    assert await desk.items([row(**cells), good]) == [
        BadRow("2", reason, column),
        *(await desk.items([good])),
    ]


@pytest.mark.parametrize(
    "number",
    ["7700900123", "07700900123;07700900124", "07700 900123 (wife)", "+44 (0)7700 900123", "07700 900123 x2", "E1"],
)
async def test_doubtful_numbers_are_passed_on_as_written_for_the_contact_rules(desk: Desk, number: str):
    item = await desk.one(Mobile=number)
    assert item.patient.telecoms[0].value == number


async def test_a_number_that_was_protected_from_the_spreadsheet_is_unwrapped(desk: Desk):
    item = await desk.one(Mobile='="07700900123"')
    assert item.patient.telecoms[0].value == "07700900123"


async def test_several_phone_columns_keep_their_use_and_order(desk: Desk):
    item = await desk.one(Home="01632 960001")
    assert [(t.use, t.value, t.rank) for t in item.patient.telecoms] == [
        ("mobile", "07700 900123", 1),
        ("home", "01632 960001", 2),
    ]


@pytest.mark.parametrize("status", ["X", "x", " X "])
async def test_codes_of_the_source_become_fhir_statuses(desk: Desk, status: str):
    assert (await desk.one(Status=status)).status is AppointmentStatus.CANCELLED


async def test_without_a_map_the_words_are_fhirs_own(desk: Desk):
    [item] = await desk.items([row(Status="NoShow")], mapping__status_map={})
    assert item.status is AppointmentStatus.NOSHOW


async def test_a_file_without_statuses_has_the_stated_one(desk: Desk):
    [item] = await desk.items([PLAIN], column__status="", mapping__defaults={"status": "booked"})
    assert item.status is AppointmentStatus.BOOKED


async def test_who_waits_or_was_cancelled_may_have_no_date(desk: Desk):
    assert (await desk.one(Date="", Time="", Status="W")).start is None
    assert (await desk.one(Date="", Time="", Status="X")).start is None


async def test_rows_outside_the_window_are_left_out_and_not_reported(desk: Desk):
    rows = [
        row(Appt="before", Date="29/03/2026", Time="23:59"),
        row(Appt="first", Time="00:00"),
        row(Appt="last", Time="23:59"),
        row(Appt="after", Date="31/03/2026", Time="00:00"),
        row(Appt="old", Date="01/02/2020", Mobile="7.7E+09"),
        row(Appt="skipped hour elsewhere", Date="29/03/2026", Time="01:30"),
    ]
    monday = Window(datetime(2026, 3, 30, tzinfo=LONDON), datetime(2026, 3, 31, tzinfo=LONDON))
    assert [item.id for item in await desk.items(rows, monday)] == ["first", "last"]


async def test_a_row_whose_date_is_unreadable_might_be_of_any_day(desk: Desk):
    monday = Window(datetime(2026, 3, 30, tzinfo=LONDON), datetime(2026, 3, 31, tzinfo=LONDON))
    assert await desk.items([row(Date="30/3/26")], monday) == [BadRow("2", Unreadable.BAD_DATE, "Date")]


async def test_one_column_may_hold_date_and_time(desk: Desk):
    options = {"column__date": "", "column__time": "", "column__start": "Date"}
    [item] = await desk.items([row(Date="20260330 0930")], **options, mapping__start_format="%Y%m%d %H%M")
    assert item.start == datetime(2026, 3, 30, 8, 30, tzinfo=UTC)
    [item] = await desk.items([row(Date="2026-03-30T09:30+02:00")], **options, mapping__start_format="%Y-%m-%dT%H:%M%z")
    assert item.start == datetime(2026, 3, 30, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "start"),
    [
        ("46230", "0.4375", datetime(2026, 7, 27, 9, 30, tzinfo=UTC)),
        ("46230", "10:30", datetime(2026, 7, 27, 9, 30, tzinfo=UTC)),
        ("46230.4375", "", datetime(2026, 7, 27, 9, 30, tzinfo=UTC)),
        ("27/07/2026", "10:30", datetime(2026, 7, 27, 9, 30, tzinfo=UTC)),
    ],
)
async def test_day_numbers_of_a_spreadsheet_are_read_where_stated(desk: Desk, day: str, at: str, start: datetime):
    [item] = await desk.items([row(Date=day, Time=at)], mapping__excel_serial_dates=True)
    assert item.start == start


async def test_a_day_without_a_time_is_a_day_where_the_clinic_says_so(desk: Desk):
    [item] = await desk.items([row(Time="")], mapping__day_only=True)
    assert (item.start, item.start_is_day_only) == (datetime(2026, 3, 29, 23, tzinfo=UTC), True)
    [item] = await desk.items([row(Time="00:00")], mapping__midnight_means_no_time=True)
    assert item.start_is_day_only
    assert not (await desk.one(Time="00:00")).start_is_day_only


async def test_half_past_one_is_an_ordinary_time_where_clocks_do_not_change(desk: Desk):
    [item] = await desk.items([row(Date="29/03/2026", Time="01:30")], mapping__zone="Asia/Kolkata")
    assert item.start.astimezone(ZoneInfo("Asia/Kolkata")).hour == 1


FLAGS = (*HEADER, "Flag")


@pytest.mark.parametrize("field", ["deceased", "restricted", "no_messages", "hidden", "interpreter"])
@pytest.mark.parametrize(
    ("cell", "counts"),
    [
        ("Y", True),
        ("yes", True),
        ("是", True),
        ("03/02/2026", True),
        ("maybe", True),
        ("N", False),
        ("", False),
        ("否", False),
    ],
)
async def test_what_forbids_a_message_counts_as_soon_as_it_is_there(desk: Desk, field: str, cell: str, counts: bool):
    [item] = await desk.items(written([FLAGS, (*PLAIN, cell)]), **{f"column__{field}": "Flag"})
    patient = item.patient
    seen = {
        "deceased": patient.deceased,
        "restricted": patient.restricted,
        "no_messages": patient.excluded,
        "hidden": item.hidden,
        "interpreter": patient.interpreter_required,
    }
    assert seen == dict.fromkeys(seen, False) | {field: counts}


@pytest.mark.parametrize(("cell", "excluded"), [("1", False), ("Yes", False), ("0", True), ("", True), ("?", True)])
async def test_a_permission_column_must_say_yes(desk: Desk, cell: str, excluded: bool):
    [item] = await desk.items(written([FLAGS, (*PLAIN, cell)]), column__messages_allowed="Flag")
    assert item.patient.excluded is excluded


async def test_words_about_the_appointment_and_the_person_are_passed_on(desk: Desk):
    header = (*HEADER, "Type", "Spec", "Place", "Dr", "Given", "Title", "Full", "Lang", "Born", "OpenID", "Ref")
    cells = (*PLAIN, "Review", "Eyes", "", "Dr A", "Tilly", "Ms", "Tilly S", "C", "01/02/1970", "oFictional1", "R7")
    names = {
        "type": "Type", "specialty": "Spec", "location": "Place", "practitioner": "Dr", "given_name": "Given",
        "name_prefix": "Title", "full_name": "Full", "language": "Lang", "birth_date": "Born", "openid": "OpenID",
    }  # fmt: skip
    [item] = await desk.items(
        written([header, cells]),
        mapping__columns=COLUMNS | names,
        mapping__language_map={"c": "zh-Hant"},
        mapping__defaults={"location": "Main building", "type": "unused"},
        mapping__extra={"reference": "Ref"},
    )
    assert (item.type_text, item.specialty, item.location, item.practitioner) == (
        "Review",
        "Eyes",
        "Main building",
        "Dr A",
    )
    assert item.patient.name == HumanName("Sparrowhawk", "Tilly", "Tilly S", "Ms")
    assert (item.patient.languages, item.patient.birth_on) == (("zh-Hant",), date(1970, 2, 1))
    assert item.patient.telecoms[-1] == Telecom(TelecomSystem.OPENID, "oFictional1")
    assert item.extra == {"reference": "R7"}


async def test_an_unreadable_birth_date_is_unknown_and_an_unknown_language_stays_as_written(desk: Desk):
    header, cells = (*HEADER, "Born", "Lang"), (*PLAIN, "1970", "xx")
    names = COLUMNS | {"birth_date": "Born", "language": "Lang"}
    [item] = await desk.items(written([header, cells]), mapping__columns=names, mapping__language_map={"C": "zh-Hant"})
    assert (item.patient.birth_on, item.patient.languages) == (None, ("xx",))


async def test_several_columns_together_may_name_the_appointment(desk: Desk):
    [item] = await desk.items([PLAIN], column__appointment_id=["MRN", "Date", "Time"])
    assert item.id == "M1|30/03/2026|09:30"


async def test_the_zone_where_a_patient_lives_may_have_a_column(desk: Desk):
    [item] = await desk.items([row(Surname="Asia/Kolkata")], column__patient_zone="Surname")
    assert isinstance(item, Appointment)
    assert item.patient is not None
    assert item.patient.zone == "Asia/Kolkata"
