"""Which address reaches a patient, chosen from the contacts of their record (health.md 3.2; promise 3).

A doubtful contact never becomes an address: it becomes a reason that a nurse can act on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.domain.appointment import Patient, Telecom, TelecomSystem
from shared.domain.clinic import AddressKind
from shared.domain.decision import SkipReason
from shared.domain.phone_number import NumberProblem, PhoneAddress, read_number

_OPENID = re.compile(r"[A-Za-z0-9_-]{6,128}")  # providers.md 2: opaque, 28 characters today
_NUMBERS = frozenset({TelecomSystem.PHONE, TelecomSystem.SMS})
_USES = {"mobile": 0, "temp": 1, "home": 2, "": 3, "work": 4}  # a work phone may be read by others
_NO_RANK = 1_000_000


@dataclass(frozen=True, slots=True)
class OpenidAddress:
    """A user as one official account knows them; valid once it exists. Raises ValueError for any other form."""

    openid: str

    def __post_init__(self) -> None:
        if _OPENID.fullmatch(self.openid) is None:
            raise ValueError("not an openid")


Address = PhoneAddress | OpenidAddress

_REASONS = {
    NumberProblem.UNREADABLE: SkipReason.NUMBER_UNREADABLE,
    NumberProblem.TWO_NUMBERS: SkipReason.NUMBER_AMBIGUOUS,
    NumberProblem.EXTENSION: SkipReason.NUMBER_AMBIGUOUS,
    NumberProblem.THIRD_PARTY: SkipReason.NUMBER_THIRD_PARTY,
    NumberProblem.NOT_MOBILE: SkipReason.NUMBER_LANDLINE,
}
_MOST_TELLING = (  # what a nurse can put right most easily stands first
    SkipReason.NUMBER_THIRD_PARTY,
    SkipReason.NUMBER_AMBIGUOUS,
    SkipReason.NUMBER_UNREADABLE,
    SkipReason.NUMBER_LANDLINE,
    SkipReason.NUMBER_OUTDATED,
)


@dataclass(frozen=True, slots=True)
class ContactProblem:
    """Why no contact of a record may be used. `detail` is a NumberProblem's value or empty, never patient data."""

    reason: SkipReason
    detail: str = ""


def address_for(
    kind: AddressKind, patient: Patient, region: str, bound: str, now: datetime
) -> Address | ContactProblem:
    """The patient's address of `kind`; `bound` is one that the clinic's own register holds, or empty.

    A bound openid was given by the patient's own scan and wins over the record's. A bound phone number is not used: the
    record is newer, and a number that was given up may belong to someone else.
    """
    if kind is AddressKind.OPENID:
        return _openid(patient, bound, now)
    return _phone(patient, region, now)


def wire_form(address: Address) -> str:
    """The address as a channel sends to it."""
    return address.e164 if isinstance(address, PhoneAddress) else address.openid


def numbers_written(patient: Patient) -> str:
    """The telephone numbers of the record as they are written there, for somebody who phones."""
    return "; ".join(one.value for one in patient.telecoms if one.system in _NUMBERS and one.value)


def _phone(patient: Patient, region: str, now: datetime) -> PhoneAddress | ContactProblem:
    """The best mobile of the record.

    Order: the record's rank (1 first, FHIR ContactPoint.rank), then the use (mobile, temp, home, none, work), then the
    place in the record. `old` and ended contacts are left out. A clean mobile wins over a doubtful field beside it.
    """
    written = [t for t in patient.telecoms if t.system in _NUMBERS and t.value.strip()]
    current = sorted((t for t in written if _in_use(t, now)), key=_order)
    problems: list[NumberProblem] = []
    for telecom in current:
        judged = read_number(telecom.value, region)
        if isinstance(judged, PhoneAddress):
            return judged
        problems.append(judged)
    if problems:
        return _most_telling(problems)
    return ContactProblem(SkipReason.NUMBER_OUTDATED if written else SkipReason.NO_ADDRESS)


def _openid(patient: Patient, bound: str, now: datetime) -> OpenidAddress | ContactProblem:
    for value in _openids(patient, bound, now):
        if _OPENID.fullmatch(value):
            return OpenidAddress(value)
    return ContactProblem(SkipReason.NO_ADDRESS)


def _openids(patient: Patient, bound: str, now: datetime) -> Iterator[str]:
    yield bound.strip()
    for telecom in sorted(patient.telecoms, key=_order):
        if telecom.system is TelecomSystem.OPENID and _in_use(telecom, now):
            yield telecom.value.strip()


def _in_use(telecom: Telecom, now: datetime) -> bool:
    return telecom.use != "old" and (telecom.ends_at is None or telecom.ends_at > now)


def _order(telecom: Telecom) -> tuple[int, int]:
    rank = telecom.rank if telecom.rank is not None else _NO_RANK
    return rank, _USES.get(telecom.use, _USES[""])


def _most_telling(problems: list[NumberProblem]) -> ContactProblem:
    worst = min(problems, key=lambda problem: _MOST_TELLING.index(_REASONS[problem]))
    return ContactProblem(_REASONS[worst], worst.value)
