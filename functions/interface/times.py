"""Times and explanations as people at a clinic read them."""

from collections.abc import Callable
from datetime import datetime

from shared.domain.clinic import Clinic

type Explain = Callable[[tuple[str, ...], str, Clinic], str]
"""(kinds that the code may be of, code, clinic) -> words for staff."""


STATE_REASONS = ("skip_reason", "too_late", "hold", "failure", "prescription_stop")
"""Kinds of code that the reason of a message's state may be."""


def time_text(instant: datetime | None, clinic: Clinic) -> str | None:
    """RFC 3339 with the clinic's own offset."""
    return None if instant is None else clinic.local(instant).isoformat(timespec="seconds")
