"""What three clinics left behind after days full of trouble, to be spoilt by one test at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import responses

from infra.ops.audit.audit import Audit
from infra.ops.audit.findings import Findings
from infra.ops.audit.scope import Scope
from shared.settings import encryption_keys, read_settings
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.rows import Row
from tests.infra.ops.audit.reader import QUEUES, MemoryQueues, MemoryReader
from tests.simulation import simulation
from tests.simulation.platform import Platform
from tests.world import SETTINGS

KEYS = encryption_keys(read_settings(SETTINGS))


@dataclass(slots=True)
class Stored:
    """Rows and blobs, the instant at which they are looked at, and every job that was ever put into a queue.

    `waiting`: what lies in the queues then.
    """

    rows: MemoryRows
    blobs: MemoryBlobs
    now: datetime
    jobs: list[tuple[str, str]]  # kind and text
    waiting: MemoryQueues = field(default_factory=MemoryQueues)

    def audit(self, **scope: Any) -> Findings:
        reader = MemoryReader(stored=self.rows, kept=self.blobs)
        return Audit(reader, self.waiting, QUEUES, Scope(self.now, **scope), KEYS).run()

    def put(self, table: str, partition: str, key: str, **columns: Any) -> None:
        self.rows._tables[table].partition(partition).put(Row(partition, key, columns))

    def change(self, table: str, row: Row, **columns: Any) -> None:
        kept = {name: value for name, value in {**row.columns, **columns}.items() if value is not None}
        self.put(table, row.partition, row.key, **kept)

    def remove(self, table: str, row: Row) -> None:
        self.rows._tables[table].partitions[row.partition].remove(row.key)

    def all(self, table: str, prefix: str = "") -> list[Row]:
        partitions = self.rows._tables[table].partitions
        found = [partitions[name].rows[key] for name in sorted(partitions) for key in partitions[name].keys]
        return [row for row in found if row.key.startswith(prefix)]


@pytest.fixture(scope="session")
def lived() -> Stored:
    """Five days: processes were killed, the store was away, receipts came late and twice. To be copied."""
    made: list[simulation.Simulation] = []
    jobs: list[tuple[str, str]] = []
    begin, put = simulation.Simulation.__init__, Platform.put

    def remembered(self: simulation.Simulation, *arguments: Any) -> None:
        begin(self, *arguments)
        made.append(self)

    async def noted(self: Platform, kind: str, texts: Sequence[str]) -> None:
        jobs.extend((kind, text) for text in texts)
        await put(self, kind, texts)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(simulation.Simulation, "__init__", remembered)
        patched.setattr(Platform, "put", noted)
        report = simulation.simulate(5, 3)
    assert report.wrong == []
    [lived] = made
    assert isinstance(lived.rows.inner, MemoryRows)
    return Stored(lived.rows.inner, lived.blobs, lived.clock.now(), jobs)


@pytest.fixture
def stored(lived: Stored) -> Stored:
    return copy.deepcopy(lived)


@pytest.fixture
def waits() -> list[float]:
    """For how long a reader waited before it asked again."""
    return []


@pytest.fixture
def account() -> Iterator[responses.RequestsMock]:
    """An account that answers a synchronous client as it is told to."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked
