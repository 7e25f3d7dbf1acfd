"""Instants as they stand in columns (UTC, RFC 3339) and in keys (fixed width: ordinal order is order in time)."""

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 9_999_999_999_999  # 2286; 13 digits, or the order would break where the width changes
_LATEST_DAY = 99_999_999
_MILLISECOND = timedelta(milliseconds=1)


def to_text(instant: datetime) -> str:
    """Raises ValueError for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC).isoformat()


def to_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def perhaps_text(instant: datetime | None) -> str | None:
    return None if instant is None else to_text(instant)


def perhaps_instant(text: str) -> datetime | None:
    return to_instant(text) if text else None


def newest_first(instant: datetime) -> str:
    """13 digits: the later the instant (to the millisecond), the smaller. Raises ValueError outside 1970 to 2286."""
    ms = (instant - _EPOCH) // _MILLISECOND
    if not 0 <= ms <= _LATEST_MS:
        raise ValueError("an instant between 1970 and 2286 is needed")
    return f"{_LATEST_MS - ms:013d}"


def latest_day_first(day: date) -> str:
    """8 digits: the later the day, the smaller."""
    return f"{_LATEST_DAY - int(day.strftime('%Y%m%d')):08d}"
