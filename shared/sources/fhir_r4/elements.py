"""Parts of FHIR JSON, read without trust: what has another type than it should counts as absent."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

type Json = Mapping[str, Any]

NOTHING: Json = {}


def text(element: Json, name: str) -> str:
    value = element.get(name)
    return value.strip() if isinstance(value, str) else ""


def part(element: Json, name: str) -> Json:
    value = element.get(name)
    return value if isinstance(value, dict) else NOTHING


def parts(element: Json, name: str) -> list[Json]:
    """The objects of a list; a single object counts as a list of one (GP Connect's `serviceCategory`)."""
    value = element.get(name)
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(element: Json, name: str) -> list[str]:
    value = element.get(name)
    return [item.strip() for item in value if isinstance(item, str)] if isinstance(value, list) else []


def codes(concept: Json) -> list[str]:
    """The codes of a CodeableConcept, as written."""
    return [code for coding in parts(concept, "coding") if (code := text(coding, "code"))]


def words(concept: Json) -> str:
    """What a CodeableConcept says to a person: its text, else the first display, else the first code."""
    displays = [shown for coding in parts(concept, "coding") if (shown := text(coding, "display"))]
    return text(concept, "text") or next(iter(displays), "") or next(iter(codes(concept)), "")


def names(concept: Json) -> list[str]:
    """Every display and code of a CodeableConcept."""
    return [name for coding in parts(concept, "coding") for key in ("display", "code") if (name := text(coding, key))]


def identifier_of(resource: Json, system: str) -> str:
    """The first identifier of a system; empty where there is none."""
    held = (text(one, "value") for one in parts(resource, "identifier") if text(one, "system") == system)
    return next(filter(None, held), "")


def extensions(element: Json, ending: str) -> Iterator[Json]:
    """Extensions whose url ends so: NHS, UK Core and HL7 publish the same ones under several addresses."""
    return (found for found in parts(element, "extension") if text(found, "url").endswith(ending))


def tagged(resource: Json, wanted: Iterable[str]) -> bool:
    """Whether meta.tag or meta.security holds one of `code` or `system|code`."""
    marks = set(wanted)
    if not marks:
        return False
    meta = part(resource, "meta")
    return any(
        text(coding, "code") in marks or f"{text(coding, 'system')}|{text(coding, 'code')}" in marks
        for coding in (*parts(meta, "tag"), *parts(meta, "security"))
    )


def full_date(value: str) -> date | None:
    """YYYY-MM-DD; None for anything else. A year or month alone is no date, and none is made up."""
    if len(value) != len("2026-03-29"):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def instant(value: str, zone: tzinfo | None = None) -> datetime | None:
    """A FHIR instant or dateTime with offset. Without offset only where `zone` says what it means; else None."""
    if len(value) < len("2026-03-29T09:00") or value[10] != "T":
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    if read.tzinfo is None:
        return read.replace(tzinfo=zone) if zone else None
    return read


def period_start(period: Json, zone: tzinfo | None) -> datetime | None:
    """The first instant of a Period; None where it has no (readable) start."""
    value = text(period, "start")
    day = full_date(value)
    return datetime(day.year, day.month, day.day, tzinfo=zone or UTC) if day else instant(value, zone or UTC)


def period_end(period: Json, zone: tzinfo | None) -> datetime | None:
    """The first instant after a Period: its last day, month or year belongs to it (FHIR R4, datatypes.html#Period)."""
    value = text(period, "end")
    if not value or "T" in value:
        return instant(value, zone or UTC)
    try:
        year, month, day = (*map(int, value.split("-")), 0, 0)[:3]
        if day:
            following = date(year, month, day) + timedelta(days=1)
        else:
            following = date(year + month // 12, month % 12 + 1, 1) if month else date(year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None
    return datetime(following.year, following.month, following.day, tzinfo=zone or UTC)


def holds(period: Json, now: datetime, zone: tzinfo | None) -> bool:
    """Whether `now` lies in a Period; an absent side is open."""
    start, end = period_start(period, zone), period_end(period, zone)
    return (start is None or start <= now) and (end is None or now < end)
