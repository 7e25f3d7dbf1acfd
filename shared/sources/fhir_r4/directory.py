"""Patients and locations of one run: fetched in batches, the latest kept, so that memory stays flat."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from itertools import batched

from shared.sources.fhir_r4.addresses import RESOURCE_ID
from shared.sources.fhir_r4.elements import Json, parts, text
from shared.sources.fhir_r4.server import FhirServer

type Identifier = tuple[str, str]  # system, value


class Directory[T]:
    """Resources of one kind as values of ours. None: the server has no such resource, or does not show it to us."""

    def __init__(
        self, server: FhirServer, kind: str, read: Callable[[Json, str], T], batch: int, most_kept: int
    ) -> None:
        self._server = server
        self._kind = kind
        self._read = read
        self._batch = batch
        self._most_kept = most_kept
        self._kept: OrderedDict[str | Identifier, T | None] = OrderedDict()

    def value(self, resource: Json, fallback_id: str) -> T:
        """A resource that is in hand already."""
        return self._read(resource, fallback_id)

    async def by_id(self, ids: Iterable[str]) -> Mapping[str, T | None]:
        """Every one of `ids`; those that a batch does not return are asked for one by one."""
        known, missing = self._known(ids)
        for chosen in batched(sorted(missing), self._batch, strict=False):
            found = await self._batch_of(chosen) if self._batch > 1 else {}
            for resource_id in chosen:
                value = found[resource_id] if resource_id in found else await self._single(resource_id)
                known[resource_id] = self._keep(resource_id, value)
        return known

    async def by_identifier(self, identifiers: Iterable[Identifier]) -> Mapping[Identifier, T | None]:
        """As `by_id`. An identifier that several active records share belongs to nobody: None."""
        known, missing = self._known(identifiers)
        for chosen in batched(sorted(missing), self._batch, strict=False):
            holders = await self._holders_of(chosen)
            for identifier in chosen:
                resources = holders.get(identifier, [])
                value = self._read(resources[0], "") if len(resources) == 1 else None
                known[identifier] = self._keep(identifier, value)
        return known

    def _known[Key: (str, tuple[str, str])](self, wanted: Iterable[Key]) -> tuple[dict[Key, T | None], set[Key]]:
        known: dict[Key, T | None] = {}
        missing: set[Key] = set()
        for key in wanted:
            if key in self._kept:
                self._kept.move_to_end(key)
                known[key] = self._kept[key]
            else:
                missing.add(key)
        return known, missing

    def _keep(self, key: str | Identifier, value: T | None) -> T | None:
        self._kept[key] = value
        if len(self._kept) > self._most_kept:
            self._kept.popitem(last=False)
        return value

    async def _batch_of(self, ids: Iterable[str]) -> Mapping[str, T]:
        wanted = set(ids)
        parameters = [("_id", ",".join(sorted(wanted))), ("_count", str(len(wanted)))]
        found: dict[str, T] = {}
        async for page in self._server.pages(self._kind, parameters):
            for _, resource in page.matches:
                resource_id = text(resource, "id")
                if resource_id in wanted:  # a server that ignores `_id` sends everybody
                    found[resource_id] = self._read(resource, resource_id)
        return found

    async def _single(self, resource_id: str) -> T | None:
        if not RESOURCE_ID.fullmatch(resource_id):
            return None
        # 403: this one record is closed to us (a restricted patient); a missing scope shows at the batches already
        resource = await self._server.read(self._kind, resource_id, forbidden_is_missing=self._batch > 1)
        return None if resource is None else self._read(resource, resource_id)

    async def _holders_of(self, identifiers: Iterable[Identifier]) -> Mapping[Identifier, list[Json]]:
        wanted = set(identifiers)
        parameters = [("identifier", ",".join(_token(one) for one in sorted(wanted))), ("_count", str(2 * len(wanted)))]
        holders: dict[Identifier, list[Json]] = {}
        async for page in self._server.pages(self._kind, parameters, by_post=True):
            for _, resource in page.matches:
                if resource.get("active") is False:
                    continue
                for identifier in parts(resource, "identifier"):
                    value = text(identifier, "value")
                    for key in {(text(identifier, "system"), value), ("", value)} & wanted:
                        holders.setdefault(key, []).append(resource)
        return holders


def _token(identifier: Identifier) -> str:
    """A token parameter; `,`, `|` and `$` of a value are escaped (FHIR R4, search.html#escaping)."""
    escaped = ["".join(f"\\{c}" if c in "\\,|$" else c for c in piece) for piece in identifier]
    return "|".join(escaped) if escaped[0] else escaped[1]
