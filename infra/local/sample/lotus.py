"""Lotus Demonstration Clinic, India: a CSV extract with semicolons, messages on WhatsApp from an account of its own.

Mobile numbers in India begin with 6 to 9; those here begin with 55500 and belong to nobody. The endings 0190 to 0199,
and 55500 7…, behave in the WhatsApp simulator as its behaviours.json says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from infra.local.sample.booking import Booking, SampleClinic
from infra.local.sample.case import DELIVERED, READ, TURNS, Case, bad_row, failed, skipped
from infra.local.sample.extract_file import ExtractFile
from shared.domain.appointment import Unreadable
from shared.domain.decision import SkipReason

CHANNEL = "whatsapp"
ACCOUNT = "lotus"

_GIVEN = ("Asha", "Ravi", "Meena", "Suresh", "Kavita", "Mohan", "Leela", "Arjun", "Usha", "Vikram", "Nila")
_FAMILY = ("Udaharan", "Namuna", "Kalpanik", "Pariksha", "Nakli")
_HINDI = ("आशा उदाहरण", "रवि नमूना", "मीना काल्पनिक", "सुरेश परीक्षा")
_TYPES = ("Review", "First visit", "Blood pressure check", "Vaccination")
_PLACES = ("OPD 1", "OPD 2", "Camp hall")


def mobile(number: int) -> str:
    """A number as the reception writes it."""
    return f"+91 55500 {number:05d}"


CASES: Sequence[Case] = (
    Case(
        name="damaged-number",
        why="A spreadsheet turned the number into 9.87654E+09: it cannot be read back, the row is reported.",
        ending=bad_row(Unreadable.DAMAGED_NUMBER),
        on=(0,),
        given={"Mobile": "9.87654E+09"},
    ),
    Case(
        name="no-country-code",
        why="Written without +91: read as a number of the clinic's own country.",
        ending=READ,
        on=(1,),
        given={"Mobile": "5550020001"},
    ),
    Case(
        name="bad-date",
        why="31 February: the row is reported, and nobody guesses which day was meant.",
        ending=bad_row(Unreadable.BAD_DATE),
        on=(2,),
        given={"Date": "31-02-2026"},
    ),
    Case(
        name="unknown-status",
        why="A status that the mapping does not know: the row is reported.",
        ending=bad_row(Unreadable.BAD_STATUS),
        on=(3,),
        given={"Status": "TENTATIVE?"},
    ),
    Case(
        name="duplicate-row",
        why="The same row twice: one message, and the second row is reported.",
        ending=READ,
        on=(4,),
    ),
    Case(
        name="reads-hindi",
        why="A patient who reads Hindi, with a name in Devanagari.",
        ending=READ,
        on=(5,),
        given={"Language": "Hindi", "Patient": "आशा उदाहरण"},
    ),
    Case(
        name="comma-in-name",
        why="A name with a comma and quotes, in quotes.",
        ending=READ,
        on=(6,),
        given={"Patient": 'Namuna, "Bunty"; Dr'},
    ),
    Case(
        name="no-opt-in",
        why="Nobody asked this patient whether WhatsApp is all right, and this clinic must have a yes.",
        ending=skipped(SkipReason.NO_OPT_IN),
        on=(0,),
    ),
    Case(
        name="opted-out",
        why="The patient said yes once and STOP later; the STOP counts.",
        ending=skipped(SkipReason.OPTED_OUT),
        on=(1,),
        given={"Mobile": mobile(20002)},
    ),
    Case(
        name="two-numbers",
        why="Two numbers in one cell: nobody knows whose they are.",
        ending=skipped(SkipReason.NUMBER_AMBIGUOUS),
        on=(2,),
        given={"Mobile": "55500 20003 / 55500 20004"},
    ),
    Case(
        name="only-asked-for",
        why="Asked for on the web and not yet confirmed: nobody has agreed to a time.",
        ending=skipped(SkipReason.NOT_BOOKED),
        on=(4,),
        given={"Status": "REQUESTED"},
    ),
    Case(
        name="no-number",
        why="No number in the extract.",
        ending=skipped(SkipReason.NO_ADDRESS),
        on=(3,),
        given={"Mobile": ""},
    ),
    Case(
        name="not-on-whatsapp",
        why="The number is not on WhatsApp (131026): WhatsApp says so in a receipt, and staff phone instead.",
        ending=failed("131026"),
        on=(2, 5),
        people=range(60000, 60000 + TURNS),  # their numbers begin with 55500 7
    ),
    Case(
        name="never-opens",
        why="Delivered, and not opened: nothing is wrong, and nobody may claim that it was read.",
        ending=DELIVERED,
        on=(3, 6),
        given={"Mobile": mobile(30198)},
    ),
    Case(
        name="no-time",
        why="The extract gives a day and no time: the message says so, and never midnight.",
        ending=READ,
        on=(4,),
        given={"Time": ""},
    ),
    Case(
        name="receipt-before-answer",
        why="The first receipt comes before WhatsApp's answer to the send: it finds its message all the same.",
        ending=READ,
        on=(1,),
        given={"Mobile": mobile(30193)},
    ),
)

LOTUS = SampleClinic("lotus", "LOT", ZoneInfo("Asia/Kolkata"), READ, CASES)

OBJECTIONS = ("+915550020002",)
"""Addresses that said STOP."""


def patient_id(person: int) -> str:
    return f"LOT{4000 + person}"


OPTED_IN = tuple(patient_id(person) for person in LOTUS.everyone_but("no-opt-in"))
"""Patients who said yes."""


def row(booking: Booking) -> Mapping[str, str]:
    """One line of the extract."""
    person = booking.person
    hindi = person % 3 == 0
    columns = {
        "ApptNo": booking.id,
        "PatientNo": patient_id(person),
        "Patient": _HINDI[person % 4] if hindi else f"{_GIVEN[person % 11]} {_FAMILY[person % 5]}",
        "DOB": f"{person % 28 + 1:02d}-{person % 12 + 1:02d}-{1940 + person * 7 % 60}",
        "Mobile": mobile(10000 + person),
        "Date": f"{booking.day:%d-%m-%Y}",
        "Time": f"{booking.at:%I:%M %p}",
        "Status": "CONFIRMED",
        "Visit": _TYPES[person % len(_TYPES)],
        "Place": _PLACES[person % len(_PLACES)],
        "Language": "Hindi" if hindi else "English",
    }
    return {**columns, **booking.case.given}


EXTRACT = ExtractFile("lotus.csv", "utf-8", ";", row, twice=("duplicate-row",))
