"""Until which day a prescription may be dispensed, computed from the appropriate date, so that no drug name is stored.

    country            not a controlled drug                 controlled drug
    United Kingdom     six months, the appropriate date      28 days after the appropriate date
                       being the first day of them           (Misuse of Drugs Regulations 2001, reg. 16; 1 November:
                       (Human Medicines Regulations 2012,    until 29 November, Royal Pharmaceutical Society)
                       reg. 217(5))
    mainland China     the day of issue; the prescriber may extend it, to three days at most (处方管理办法)
    elsewhere          as many days as the clinic's file says, the appropriate date being the first of them

A nurse may say an earlier day, or a later one up to the law's own; never one beyond it, and never one that is past.
The appropriate date is the later of the day of signing and the day before which it must not be supplied.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DEFAULT_VALID_DAYS = 28
MOST_VALID_DAYS = 366
_DAY = timedelta(days=1)
_CONTROLLED_GB = timedelta(days=28)
_MONTHS_GB = 6
_LONGEST_CN = timedelta(days=3)


class DayFault(StrEnum):
    """Why a day cannot be taken. Words in `shared/wording/reasons.json`, kind `prescription_day`."""

    NOT_YET = "not_yet"  # the appropriate date lies ahead: send it on that day
    PAST = "past"
    BEYOND_LAW = "beyond_law"
    BEFORE_START = "before_start"  # before the appropriate date


@dataclass(frozen=True, slots=True)
class Validity:
    """`last_day` unless a nurse says another one; `latest`: the last that may be said."""

    last_day: date
    latest: date


def validity(region: str, from_day: date, *, controlled: bool, valid_days: int = DEFAULT_VALID_DAYS) -> Validity:
    """`from_day`: the appropriate date, by the clinic's calendar. `valid_days`: the clinic's own rule, for countries
    whose law is not known here."""
    match region:
        case "GB":
            last = from_day + _CONTROLLED_GB if controlled else _months_after(from_day, _MONTHS_GB) - _DAY
            return Validity(last, last)
        case "CN":
            return Validity(from_day, from_day + _LONGEST_CN)
        case _:
            last = from_day + (valid_days - 1) * _DAY
            return Validity(last, last)


def last_day(allowed: Validity, from_day: date, today: date, asked: date | None = None) -> date | DayFault:
    """The day that the message states; `asked`: a nurse's own."""
    if from_day > today:
        return DayFault.NOT_YET
    day = asked or allowed.last_day
    if day > allowed.latest:
        return DayFault.BEYOND_LAW
    if day < today:
        return DayFault.PAST
    return DayFault.BEFORE_START if day < from_day else day


def _months_after(day: date, months: int) -> date:
    """The same day of a later month; where that month is shorter, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
