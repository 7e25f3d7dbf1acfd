"""What codes mean, and times, for an operator: in English, whatever the clinic reads."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from shared.domain.clinic import Clinic
from shared.wording import Explanation, Wording

_LANGUAGE = "en"
_REASONS = ("skip_reason", "too_late", "hold", "failure", "work_reason", "answer", "prescription_stop")
_EVENTS = (*_REASONS, "work", "state")
_UNSAID = Explanation("", "")


def reason(code: str) -> str:
    """The code, and what it means where somebody has put it into words."""
    return _with_code(_REASONS, code)


def detail(code: str) -> str:
    """The same for what an event of a message says."""
    return _with_code(_EVENTS, code)


def meaning(kind: str, code: str) -> Explanation:
    """Empty where nobody has put it into words."""
    return _wording().explained((kind,), code, _LANGUAGE) or _UNSAID


def clinic_time(instant: datetime | None, clinic: Clinic) -> str:
    """On the clinic's clock."""
    return f"{clinic.local(instant):%a %Y-%m-%d %H:%M}" if instant else ""


def clinic_second(instant: datetime, clinic: Clinic) -> str:
    return f"{clinic.local(instant):%Y-%m-%d %H:%M:%S}"


def _with_code(kinds: tuple[str, ...], code: str) -> str:
    said = _wording().explained(kinds, code, _LANGUAGE) if code else None
    return f"{said.text} ({code})" if said else code


@cache
def _wording() -> Wording:
    return Wording.load()
