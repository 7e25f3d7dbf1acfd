"""What is stored in memory as the auditor reads it, with times of writing that a test sets."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.ops.audit.queue_reading import MOST_PEEKED, Waiting
from infra.ops.audit.reading import AccountReader, Entity, key_of
from shared.storage.memory import MemoryBlobs, MemoryRows

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_TERM = re.compile(r"(PartitionKey|RowKey) (eq|ge|lt) '([^']*)'")


class WrittenRow(dict[str, Any]):
    """An entity with the service's metadata."""

    def __init__(self, columns: Mapping[str, Any], at: datetime) -> None:
        super().__init__(columns)
        self.metadata = {"timestamp": at}


@dataclass(slots=True)
class MemoryReader(AccountReader):
    """Reads rows and blobs of memory. `written`: when each row was written, if not long ago."""

    stored: MemoryRows = field(default_factory=MemoryRows)
    kept: MemoryBlobs = field(default_factory=MemoryBlobs)
    written: dict[tuple[str, str, str], datetime] = field(default_factory=dict)

    def rows(self, table: str, wanted: str = "") -> Iterator[Entity]:
        partitions = self.stored._tables[table].partitions
        for name in sorted(partitions):
            for key in list(partitions[name].keys):
                row = partitions[name].rows[key]
                at = self.written.get((table, name, key), LONG_AGO)
                entity = WrittenRow({"PartitionKey": name, "RowKey": key, **row.columns}, at)
                if all(_holds(entity, *term) for term in _TERM.findall(wanted)):
                    yield entity

    def blobs(self, container: str) -> Iterator[tuple[str, int]]:
        for (place, name), content in sorted(self.kept._contents.items()):
            if place == container:
                yield name, len(content)

    def content(self, container: str, name: str) -> bytes | None:
        return self.kept._contents.get((container, name))

    def has_blob(self, container: str, name: str) -> bool:
        return (container, name) in self.kept._contents


QUEUES = {"plan": "plans", "send": "sends", "check": "checks", "callback": "callbacks", "tell": "events"}


@dataclass(slots=True)
class MemoryQueues:
    """Queues by their names, as a test fills them. `taken`: jobs that a worker takes before the second look."""

    jobs: dict[str, list[Waiting]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    _looked: set[str] = field(default_factory=set)

    def put(self, queue: str, text: str, at: datetime, job: str = "") -> None:
        found = self.jobs.setdefault(queue, [])
        found.append(Waiting(job or f"{queue}-{len(found)}", b64encode(text.encode()).decode(), at))

    def length(self, queue: str) -> int:
        return len(self._there("length", queue))

    def peeked(self, queue: str) -> list[Waiting]:
        return self._there("peek", queue)[:MOST_PEEKED]

    def _there(self, how: str, queue: str) -> list[Waiting]:
        taken = self.taken if f"{how} {queue}" in self._looked else ()
        self._looked.add(f"{how} {queue}")
        return [one for one in self.jobs.get(queue, []) if one.id not in taken]


def _holds(entity: Entity, column: str, sign: str, value: str) -> bool:
    there = dict(zip(("PartitionKey", "RowKey"), key_of(entity), strict=True))[column]
    return {"eq": there == value, "ge": there >= value, "lt": there < value}[sign]
