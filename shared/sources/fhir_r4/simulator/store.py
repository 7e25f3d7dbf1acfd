"""The resources of a simulated server, in memory."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from shared.sources.fhir_r4.elements import Json, part


class Store:
    """Resources by type and id, each with its version. Deleted ones are remembered: they answer 410."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, dict[str, Any]]] = {}
        self._gone: set[tuple[str, str]] = set()

    def put(self, resource: Json, now: datetime) -> dict[str, Any]:
        """Stores a resource as its next version; one without an id is a mistake of the caller."""
        kind, resource_id = resource["resourceType"], resource["id"]
        before = self._kept.setdefault(kind, {}).get(resource_id)
        version = int(before["meta"]["versionId"]) + 1 if before else 1
        meta = {**part(resource, "meta"), "versionId": str(version), "lastUpdated": now.isoformat()}
        stored = {**resource, "meta": meta}
        self._kept[kind][resource_id] = stored
        self._gone.discard((kind, resource_id))
        return stored

    def load(self, resources: Iterable[Json], now: datetime) -> None:
        for resource in resources:
            self.put(resource, now)

    def remove(self, kind: str, resource_id: str) -> None:
        self._kept.get(kind, {}).pop(resource_id, None)
        self._gone.add((kind, resource_id))

    def get(self, kind: str, resource_id: str) -> Json | None:
        return self._kept.get(kind, {}).get(resource_id)

    def was_deleted(self, kind: str, resource_id: str) -> bool:
        return (kind, resource_id) in self._gone

    def all(self, kind: str) -> Iterator[Json]:
        return iter(list(self._kept.get(kind, {}).values()))
