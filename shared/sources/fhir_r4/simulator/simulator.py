"""A FHIR R4 server in memory, as `FhirR4Source` and other clients meet one.

    simulator = FhirSimulator()
    simulator.load(resources)
    httpx.AsyncClient(transport=simulator.transport)       in-process; base address http://any-host/fhir
    async with simulator.serve(port=0) as base_url: …      a real server on 127.0.0.1

By curl: `GET {base}/Appointment?date=ge…`, `GET {base}/Patient/7`; `PUT {base}/Appointment/3` moves or cancels one.
Pages are followed by opaque `next` links, of which 1,000 are kept. Unknown parameters are ignored, and missing in the
`self` link, unless the client asks for `Prefer: handling=strict`: then they are refused, as Azure's server does.
"""

import json
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

from shared.clock import Clock, SystemClock
from shared.sources.fhir_r4.elements import Json
from shared.sources.fhir_r4.simulator.doors import SimulatedTransport, served
from shared.sources.fhir_r4.simulator.faults import Faults
from shared.sources.fhir_r4.simulator.search import CONTROLS, BadSearch, Test, included_kind, references, test_of
from shared.sources.fhir_r4.simulator.store import Store
from shared.sources.fhir_r4.simulator.tokens import TokenDesk
from shared.sources.fhir_r4.simulator.wire import Call, Reply, answered, failed, outcome, refused

BASE_PATH = "/fhir"
DEFAULT_COUNT, MOST_COUNT = 10, 1000  # Azure's (overview-of-search.md)
NEXT_LINKS_KEPT = 1000
REQUESTS_KEPT = 20_000

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Listing:
    """A search as it was answered first: later pages cut from the same list."""

    kind: str
    used: tuple[tuple[str, str], ...]
    found: Sequence[Json]
    count: int
    included: tuple[str, ...]
    total: bool
    capped: bool


class FhirSimulator:
    """See the module. `requests` holds (method, path?query) of the latest calls, `faults` what shall go wrong."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.store = Store()
        self.faults = Faults()
        self.tokens = TokenDesk(self._clock)
        self.requests: deque[tuple[str, str]] = deque(maxlen=REQUESTS_KEPT)
        self._listings: OrderedDict[str, tuple[_Listing, int]] = OrderedDict()
        self._links = 0

    def load(self, resources: Iterable[Json]) -> None:
        """Adds or replaces resources; each needs `resourceType` and `id`."""
        self.store.load(resources, self._clock.now())

    @property
    def transport(self) -> httpx.AsyncBaseTransport:
        return SimulatedTransport(self.answer)

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """A server on 127.0.0.1 for as long as the context lasts; gives its base address."""
        async with served(self.answer, port) as origin:
            yield origin + BASE_PATH

    def answer(self, call: Call) -> Reply:
        """What the server answers. Never raises for what a client sends."""
        self.requests.append((call.method, f"{call.path}?{call.query}" if call.query else call.path))
        path = call.path.removeprefix(BASE_PATH).strip("/").split("/")
        if path == [".well-known", "smart-configuration"]:
            return answered({"token_endpoint": f"{call.origin}{BASE_PATH}/oauth2/token"})
        if path == ["oauth2", "token"]:
            status, content = self.tokens.exchange(dict(parse_qsl(call.body.decode())), call.origin + call.path)
            return Reply(status, content, {})
        if not self.tokens.accepts(call.headers.get("authorization", "")):
            return refused(401, "login")
        return self._routed(call, path)

    def _routed(self, call: Call, path: list[str]) -> Reply:
        match call.method, path:
            case "GET", ["metadata"]:
                reply = answered({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "status": "active"})
            case "GET", ["_page", link]:
                reply = self._next_page(call, link)
            case "GET", [kind]:
                reply = self._search(call, kind, call.query)
            case "POST", [kind, "_search"]:
                reply = self._search(call, kind, call.body.decode())
            case "GET", [kind, resource_id]:
                reply = self._read(kind, resource_id)
            case "PUT", [kind, resource_id]:
                reply = self._put(call, kind, resource_id)
            case _:
                reply = refused(404, "not-found")
        return reply

    def _read(self, kind: str, resource_id: str) -> Reply:
        if failure := self.faults.of_read():
            return failed(failure)
        if f"{kind}/{resource_id}" in self.faults.forbidden:
            return refused(403, "forbidden")
        resource = self.store.get(kind, resource_id)
        if resource is None:
            return refused(410, "deleted") if self.store.was_deleted(kind, resource_id) else refused(404, "not-found")
        return answered(resource)

    def _put(self, call: Call, kind: str, resource_id: str) -> Reply:
        try:
            resource = json.loads(call.body)
            if (resource["resourceType"], resource["id"]) != (kind, resource_id):
                return refused(400, "value")
        except (ValueError, KeyError, TypeError):
            return refused(400, "structure")
        return answered(self.store.put(resource, self._clock.now()))

    def _search(self, call: Call, kind: str, query: str) -> Reply:
        failure = self.faults.of_page(1) if kind == "Appointment" else self.faults.of_read()
        if failure:
            return failed(failure)
        strict = "handling=strict" in call.headers.get("prefer", "")
        try:
            asked = parse_qsl(query, keep_blank_values=True)
            return self._page(call, self._listing(kind, asked, strict), 0)
        except BadSearch as problem:
            return refused(400, "not-supported" if str(problem) == "unknown" else "value")

    def _listing(self, kind: str, asked: Pairs, strict: bool) -> _Listing:
        tests: list[Test] = []
        used: list[tuple[str, str]] = []
        for name, value in asked:
            if name in self.faults.ignored:
                continue
            test = None if name in CONTROLS else test_of(kind, name, value)
            if test is None and name not in CONTROLS:
                if strict:
                    raise BadSearch("unknown")
                continue
            tests += [test] if test else []
            used.append((name, value))
        controls = dict(used)
        wanted = controls.get("_count", str(DEFAULT_COUNT))
        if not wanted.isdigit():
            raise BadSearch("_count")
        hidden = self.faults.invisible | self.faults.forbidden
        return _Listing(
            kind,
            tuple(used),
            [
                resource
                for resource in self.store.all(kind)
                if all(test(resource) for test in tests) and f"{kind}/{resource['id']}" not in hidden
            ],
            min(int(wanted), MOST_COUNT) or 1,
            tuple(included_kind(value) for name, value in used if name == "_include"),
            controls.get("_total") in ("accurate", "estimate"),
            int(wanted) > MOST_COUNT,
        )

    def _next_page(self, call: Call, link: str) -> Reply:
        kept = self._listings.get(link)
        if kept is None:
            return refused(410, "expired")
        listing, offset = kept
        if listing.kind == "Appointment" and (failure := self.faults.of_page(offset // listing.count + 1)):
            return failed(failure)
        return self._page(call, listing, offset)

    def _page(self, call: Call, listing: _Listing, offset: int) -> Reply:
        end = offset + listing.count
        last = end >= len(listing.found)
        matches = listing.found[offset : len(listing.found) - self.faults.lost if last else end]
        base = call.origin + BASE_PATH
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
        if listing.total:
            bundle["total"] = len(listing.found)
        bundle["link"] = [{"relation": "self", "url": f"{base}/{listing.kind}?{urlencode(listing.used)}"}]
        if not last:
            bundle["link"].append({"relation": "next", "url": self._next_link(call, listing, end)})
        entries = [
            *(_entry(base, resource, "match") for resource in matches),
            *(_entry(base, resource, "include") for resource in self._included(matches, listing)),
            *self._outcomes(listing),
        ]
        return answered(bundle | ({"entry": entries} if entries else {}))

    def _next_link(self, call: Call, listing: _Listing, offset: int) -> str:
        if self.faults.repeat_next:
            query = f"?{call.query}" if call.query else ""
            return f"{call.origin}{call.path}{query}"
        self._links += 1
        link = f"{self._links:x}-{offset:x}"
        self._listings[link] = (listing, offset)
        if len(self._listings) > NEXT_LINKS_KEPT:
            self._listings.popitem(last=False)
        return f"{self.faults.foreign_next or call.origin}{BASE_PATH}/_page/{link}"

    def _included(self, matches: Sequence[Json], listing: _Listing) -> list[Json]:
        named = {reference: None for resource in matches for reference in references(resource)}
        found = (self.store.get(*reference.split("/", 1)) for reference in named if reference.count("/") == 1)
        kinds = listing.included
        return [item for item in found if item and ("" in kinds or item["resourceType"] in kinds)]

    def _outcomes(self, listing: _Listing) -> list[Json]:
        issues = [("warning", "too-costly")] if listing.capped else []
        issues += [self.faults.outcome] if self.faults.outcome else []
        return [{"resource": outcome(*issue), "search": {"mode": "outcome"}} for issue in issues]


def _entry(base: str, resource: Json, mode: str) -> Json:
    full_url = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": full_url, "resource": resource, "search": {"mode": mode}}
