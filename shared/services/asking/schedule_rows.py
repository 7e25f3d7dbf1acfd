"""One row of a schedule as a caller writes it: a reminder of an appointment, or any message, for a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.errors import FieldProblem, InvalidInput

LEAST_HOURS, MOST_HOURS = 2, 72  # before an appointment: 2 hours to 3 days (the EMR guide's scheduler)
LONGEST_ID = 200

_FIELDS = frozenset({"appointmentId", "hoursBefore", "sendAt", "message", "idempotencyKey"})
_HOURS = f"Give a number of hours from {LEAST_HOURS} to {MOST_HOURS}."


@dataclass(frozen=True, slots=True)
class ReminderAsked:
    """What a caller asks: of which appointment, and when; `hours_before` or `send_at`, an RFC 3339 time, or neither."""

    appointment_id: str
    hours_before: float | None = None
    send_at: str = ""


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """A composed reminder. Either `hours_before` or `send_at`."""

    appointment_id: str
    hours_before: float
    send_at: datetime | None
    key: str
    is_for_later: bool = True  # not for the moment at which it is asked

    def wished(self, start: datetime) -> datetime:
        return self.send_at or start - timedelta(hours=self.hours_before)


@dataclass(frozen=True, slots=True)
class RawRow:
    """A channel's raw body. Holds patient data: never log one."""

    send_at: datetime
    payload: Mapping[str, object]
    key: str


Row = ReminderRow | RawRow


def read_row(item: object) -> Row:
    """Raises InvalidInput that names the wrong field."""
    if not isinstance(item, dict):
        raise _wrong("", "Each item must be an object.")
    for unknown in item.keys() - _FIELDS:
        raise _wrong(str(unknown)[:40], "There is no such field here.")
    key = _text(item, "idempotencyKey")
    if ("appointmentId" in item) == ("message" in item):
        raise _wrong("appointmentId", "Give either an `appointmentId` or a `message`.")
    return _raw(item, key) if "message" in item else _reminder(item, key)


def row_alone(asked: ReminderAsked, key: str, now: datetime) -> ReminderRow:
    """A reminder asked for alone: without a time it is for now. Raises InvalidInput that names the wrong field."""
    if asked.hours_before is None and not asked.send_at:
        wished = ReminderRow(_named(asked.appointment_id), 0, now.replace(microsecond=0), key)
        return replace(wished, is_for_later=False)
    return _timed(asked, key)


def _reminder(item: Mapping[str, object], key: str) -> ReminderRow:
    hours = item.get("hoursBefore")
    if isinstance(hours, bool) or not isinstance(hours, int | float | None):
        raise _wrong("hoursBefore", _HOURS)
    return _timed(ReminderAsked(_text(item, "appointmentId"), hours, _text(item, "sendAt")), key)


def _timed(asked: ReminderAsked, key: str) -> ReminderRow:
    appointment_id, hours = _named(asked.appointment_id), asked.hours_before
    if (hours is None) == (not asked.send_at):
        raise _wrong("hoursBefore", "Give either `hoursBefore` or `sendAt`.")
    if hours is None:
        return ReminderRow(appointment_id, 0, _instant(asked.send_at), key)
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise _wrong("hoursBefore", _HOURS)
    return ReminderRow(appointment_id, hours, None, key)


def _named(appointment_id: str) -> str:
    if not appointment_id.strip():
        raise _wrong("appointmentId", "Give the appointment's id.")
    return appointment_id.strip()


def _raw(item: Mapping[str, object], key: str) -> RawRow:
    payload = item["message"]
    if not isinstance(payload, dict):
        raise _wrong("message", "The message must be the channel's own body, an object.")
    if "hoursBefore" in item:
        raise _wrong("hoursBefore", "Only a reminder of an appointment has `hoursBefore`; give `sendAt`.")
    return RawRow(_instant(item.get("sendAt")), payload, key)


def _instant(written: object) -> datetime:
    try:
        found = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _wrong("sendAt", "Give a time with its offset, such as 2026-11-24T10:00:00+00:00.")
    return found.replace(microsecond=0)


def _text(item: Mapping[str, object], field: str) -> str:
    value = item.get(field, "")
    if not isinstance(value, str) or len(value) > LONGEST_ID:
        raise _wrong(field, f"Give a text of at most {LONGEST_ID} characters.")
    return value.strip()


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput("It cannot be scheduled as it stands.", (FieldProblem(field, message),))
