"""A page of search results: what matched, what came along, what the server has to say, and where the next page is."""

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from shared.errors import SourceIncomplete, SourceUnavailable
from shared.sources.fhir_r4.elements import Json, part, parts, text

FILTERS = frozenset({"date", "status", "_id", "identifier", "_total"})
_ISSUE_CODE = re.compile(r"[a-z\-]{1,40}")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """One Bundle of type searchset. `included` is keyed by fullUrl and by Type/id; `unreadable` ones hold nothing."""

    matches: tuple[tuple[str, Json], ...]  # (place, resource)
    included: Mapping[str, Json]
    unreadable: tuple[str, ...]  # places
    ignored: frozenset[str]  # parameters that the server says it did not use
    next_url: str
    total: int | None


def read_page(bundle: Json, wanted: str, asked: Sequence[tuple[str, str]], number: int = 1) -> Page:
    """Page `number` of a search for `wanted` resources.

    Raises SourceUnavailable for what is no Bundle, SourceIncomplete where the server reports an error in it.
    """
    if text(bundle, "resourceType") != "Bundle":
        raise SourceUnavailable("The FHIR server did not answer with a Bundle.")
    matches: list[tuple[str, Json]] = []
    included: dict[str, Json] = {}
    unreadable: list[str] = []
    for line, entry in enumerate(_entries(bundle), start=1):
        place = f"page {number} entry {line}"
        resource = part(entry, "resource")
        match _mode(entry, resource, wanted):
            case "":
                unreadable.append(place)
            case "outcome":
                _heed(resource)
            case "match":
                matches.append((place, resource))
            case _:
                included |= dict.fromkeys(_keys(entry, resource), resource)
    links = {text(link, "relation"): text(link, "url") for link in parts(bundle, "link")}
    total = bundle.get("total")
    return Page(
        tuple(matches),
        included,
        tuple(unreadable),
        ignored_parameters(asked, links.get("self", "")),
        links.get("next", ""),
        total if isinstance(total, int) else None,
    )


def _entries(bundle: Json) -> Sequence[Json]:
    """The entries, a broken one as an empty object so that it is counted. Absent where nothing was found."""
    found = bundle.get("entry")
    return [entry if isinstance(entry, dict) else {} for entry in found] if isinstance(found, list) else ()


def _keys(entry: Json, resource: Json) -> tuple[str, ...]:
    """What a reference may call an entry: its fullUrl (an address or urn:uuid:…), or Type/id."""
    resource_id, full_url = text(resource, "id"), text(entry, "fullUrl")
    own = f"{text(resource, 'resourceType')}/{resource_id}" if resource_id else ""
    return tuple(filter(None, (full_url, own)))


def _mode(entry: Json, resource: Json, wanted: str) -> str:
    """`match`, `include` or `outcome`; by type where the server does not say (FHIR R4, bundle.html#searchset)."""
    kind = text(resource, "resourceType")
    if not kind:
        return ""
    said = text(part(entry, "search"), "mode")
    if kind == "OperationOutcome":
        return "outcome"
    if said in ("match", ""):
        return "match" if kind == wanted else "include"
    return "include"


def _heed(outcome: Json) -> None:
    """Warnings are logged by code; an error means that the list is not whole."""
    for issue in parts(outcome, "issue"):
        severity = text(issue, "severity")
        code = text(issue, "code")
        named = code if _ISSUE_CODE.fullmatch(code) else "unnamed"
        if severity in ("error", "fatal"):
            raise SourceIncomplete(f"The FHIR server reports an error among the results ({named}).")
        log.warning("source_outcome kind=fhir_r4 code=%s", named)


def ignored_parameters(asked: Sequence[tuple[str, str]], self_url: str) -> frozenset[str]:
    """Filters that the `self` link, which states the search as the server understood it, does not repeat.

    A link that repeats none of ours hides its query and says nothing (FHIR R4, search.html#conformance).
    """
    used = Counter(name.partition(":")[0] for name, _ in parse_qsl(urlsplit(self_url).query, keep_blank_values=True))
    wanted = Counter(name for name, _ in asked)
    if not any(name in used for name in wanted):
        return frozenset()
    return frozenset(name for name, times in wanted.items() if name in FILTERS and used[name] < times)
