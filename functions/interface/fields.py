"""Fields that many operations share, each with its one wording."""

from datetime import date
from typing import Annotated, Any, TypedDict

from annotated_types import Ge, Le, MaxLen

from functions.interface.words import DropDown, Reads, Visibility, Words

MOST_ROWS = 200
DEFAULT_ROWS = 50
EARLIEST_YEAR, LATEST_YEAR = 2000, 2200
LONGEST_ID = 200
LONGEST_CURSOR = 4_000

CLINICS = DropDown("ListClinics")

ClinicId = Annotated[
    str, MaxLen(40), Words("Clinic", "The clinic that is meant; left empty, your own first one.", drop_down=CLINICS)
]
Channel = Annotated[
    str,
    MaxLen(20),
    Words("Channel", "Only this channel, such as whatsapp or wechat; any for all of them.", Visibility.ADVANCED),
]
SendingChannel = Annotated[
    str,
    MaxLen(20),
    Words(
        "Channel",
        "The channel to use, such as whatsapp or wechat; auto takes the first that works, in the clinic's own order.",
        Visibility.ADVANCED,
    ),
]
Top = Annotated[
    int, Ge(1), Le(MOST_ROWS), Words("Rows", "How many rows a page may have, 1 to 200.", Visibility.ADVANCED)
]
Cursor = Annotated[
    str, MaxLen(LONGEST_CURSOR), Words("Cursor", "Where to go on: nextCursor of the page before.", Visibility.ADVANCED)
]
IdempotencyKey = Annotated[
    str,
    MaxLen(LONGEST_ID),
    Words(
        "Idempotency key",
        "A word of your own for this one request: if it comes again, nothing is done twice.",
        Visibility.ADVANCED,
    ),
]
MessageId = Words("Message", "Id of a message, as lists and sends give it.")
NEXT_CURSOR = Words("Next cursor", "Pass it as cursor to get the next page; empty at the end.")
AT = "An RFC 3339 time with the clinic's own offset."


def read_day(text: str) -> date:
    """A local day such as 2026-11-20; of a whole timestamp its date. Raises ValueError, also for days at the edge of
    the calendar, with which no clinic can mean anything."""
    wrong = "Give a day such as 2026-11-20."
    if len(text) > 10 and text[10] != "T":
        raise ValueError(wrong)
    try:
        found = date.fromisoformat(text[:10]) if len(text) >= 10 and text[4] == "-" else None
    except ValueError:
        found = None
    if found is None or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise ValueError(wrong)
    return found


def one_day(title: str, description: str) -> Any:
    """The metadata of a day that may be left out: `Annotated[date | None, *one_day(…)]`."""
    return Reads(lambda text: read_day(text) if text else None), Words(title, description, sample="2026-11-20")


From = Annotated[date | None, *one_day("From", "The first local day of the list, such as 2026-11-20.")]
To = Annotated[date | None, *one_day("To", "The last local day of the list.")]


class Flow(TypedDict):
    """What a page ends with."""

    nextCursor: Annotated[str | None, NEXT_CURSOR]
