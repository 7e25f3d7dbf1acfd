"""Reading single values of a callback: strict where we act on them, cheap because thousands come at once.

Each raises ValueError (or lets a KeyError or TypeError through) for what makes no sense; the caller turns that into an
UnreadableEvent for this one item.
"""

from datetime import UTC, datetime
from typing import Any, Final

from shared.channels.whatsapp.limits import is_encodable, is_user_id

UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""For news without a time of its own: whoever stores it knows when it came."""

MAX_ID = 512
_LAST_SECOND = 100_000_000_000  # what is larger are milliseconds (some senders use them)
ITEM_ERRORS: Final = (
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
)


def instant(value: Any) -> datetime:
    """Seconds or milliseconds since 1970, as number or digits."""
    seconds = int(value)
    if seconds > _LAST_SECOND:
        return datetime.fromtimestamp(seconds / 1000, UTC)
    return datetime.fromtimestamp(seconds, UTC)


def instant_or_undated(value: Any) -> datetime:
    try:
        return instant(value)
    except ITEM_ERRORS:
        return UNDATED


def identifier(value: Any) -> str:
    """An id as Meta makes them: printable ASCII, not empty."""
    if type(value) is str and 0 < len(value) <= MAX_ID and value.isascii() and value.isprintable():
        return value
    raise ValueError("not an id")


def words(value: Any) -> str:
    """What a person wrote; anything but text is no words, broken characters become a question mark."""
    if type(value) is not str:
        return ""
    return value if is_encodable(value) else value.encode("utf-8", "replace").decode()


def address(value: Any) -> str:
    """A patient's number with + or their BSUID (both may stand in `from`); empty if neither."""
    if type(value) is not str:
        return ""
    digits = value.removeprefix("+")
    if digits.isascii() and digits.isdigit() and 6 < len(digits) < 16:
        return f"+{digits}"
    return value if is_user_id(value) else ""


def term(value: Any) -> str:
    """One of a provider's own short terms (an event, a reason), safe to log; empty for anything else."""
    if type(value) is int:
        return str(value)[:20]
    if type(value) is str and value.isascii() and value.isprintable():
        return value[:64]
    return ""
