"""FHIR search over the simulator's resources: the parameters that appointment systems are asked with."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from shared.sources.fhir_r4.elements import Json, instant, part, parts, text

CONTROLS = frozenset({"_count", "_include", "_total"})
_DATE = re.compile(r"(eq|ne|ge|le|gt|lt|sa|eb)?(\d{4}-\d\d-\d\d)(T.+)?")
_INCLUDED = {"patient": "Patient", "location": "Location", "practitioner": "Practitioner"}


class BadSearch(ValueError):
    """A value that the parameter cannot have: HTTP 400."""


Test = Callable[[Json], bool]


def date_test(value: str, when: Callable[[Json], datetime | None]) -> Test:
    """A date comparison with its prefix; a bare day is a UTC day, as a server in UTC reads it."""
    found = _DATE.fullmatch(value)
    if found is None:
        raise BadSearch("date")
    prefix, day, time = found[1] or "eq", found[2], found[3]
    low = instant(day + (time or "T00:00:00Z"), UTC)
    if low is None:
        raise BadSearch("date")
    high = low + (timedelta(seconds=1) if time else timedelta(days=1))
    tests: Mapping[str, Callable[[datetime], bool]] = {
        "eq": lambda at: low <= at < high,
        "ne": lambda at: not low <= at < high,
        "ge": lambda at: at >= low,
        "le": lambda at: at < high,
        "gt": lambda at: at >= high,
        "lt": lambda at: at < low,
        "sa": lambda at: at >= high,
        "eb": lambda at: at < low,
    }
    compare = tests[prefix]

    def test(resource: Json) -> bool:
        at = when(resource)
        return at is not None and compare(at)

    return test


def _split(value: str, at: str) -> list[str]:
    """Pieces between `at`, but not where a backslash stands before it (FHIR R4, search.html#escaping)."""
    return re.split(rf"(?<!\\){re.escape(at)}", value)


def _plain(escaped: str) -> str:
    return re.sub(r"\\(.)", r"\1", escaped)


def _any(value: str, seen: Callable[[Json], Collection[str]]) -> Test:
    """`a,b` is a or b."""
    wanted = {_plain(piece) for piece in _split(value, ",")}
    return lambda resource: not wanted.isdisjoint(seen(resource))


def _identified(value: str) -> Test:
    """`system|value`, or `value` of any system."""
    wanted = {tuple(map(_plain, _split(piece, "|"))) for piece in _split(value, ",")}

    def test(resource: Json) -> bool:
        held = ((text(one, "system"), text(one, "value")) for one in parts(resource, "identifier"))
        return any(pair in wanted or pair[1:] in wanted for pair in held)

    return test


def references(resource: Json) -> Iterator[str]:
    """What an appointment's participants refer to."""
    return (text(part(participant, "actor"), "reference") for participant in parts(resource, "participant"))


def _refers_to(kind: str) -> Callable[[str], Test]:
    def test(value: str) -> Test:
        named = ",".join(f"{kind}/{one.rpartition('/')[2]}" for one in _split(value, ","))
        return _any(named, lambda resource: tuple(references(resource)))

    return test


_PARAMETERS: Mapping[str, Callable[[str], Test]] = {
    "_id": lambda value: _any(value, lambda resource: (resource["id"],)),
    "_lastUpdated": lambda value: date_test(value, lambda r: instant(text(part(r, "meta"), "lastUpdated"))),
    "identifier": _identified,
}
_OF_APPOINTMENTS: Mapping[str, Callable[[str], Test]] = {
    **_PARAMETERS,
    "date": lambda value: date_test(value, lambda r: instant(text(r, "start"), UTC)),
    "status": lambda value: _any(value, lambda resource: (text(resource, "status"),)),
    "patient": _refers_to("Patient"),
    "location": _refers_to("Location"),
    "practitioner": _refers_to("Practitioner"),
    "actor": lambda value: _any(value, lambda resource: tuple(references(resource))),
}


def test_of(kind: str, name: str, value: str) -> Test | None:
    """The test of one parameter; None for a parameter that this server does not know. Raises BadSearch."""
    make = (_OF_APPOINTMENTS if kind == "Appointment" else _PARAMETERS).get(name)
    return make(value) if make else None


def included_kind(value: str) -> str:
    """`Appointment:patient` -> Patient; `Appointment:actor` -> whatever takes part. Raises BadSearch."""
    base, _, name = value.partition(":")
    if base != "Appointment" or (name != "actor" and name not in _INCLUDED):
        raise BadSearch("_include")
    return _INCLUDED.get(name, "")
