"""Every kind of row that the product writes is one that the auditor knows."""

from __future__ import annotations

from infra.ops.audit.audit import Audit
from infra.ops.audit.scope import Scope
from shared.storage import memory
from shared.storage.contract import ApiKey
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.places import TABLES
from tests.infra.ops.audit.reader import QUEUES, MemoryQueues, MemoryReader
from tests.storage.samples import ENCRYPTION_KEYS, INDEX_KEY, NOW, PSEUDONYMS
from tests.storage.test_nothing_readable import live_a_day

OF_ROWS = (
    "key_of_no_known_form", "looks_like_patient_data", "sealed_missing", "not_sealed", "does_not_open",
    "sealed_value_in_plain", "strange_row",
)  # fmt: skip


async def test_a_day_with_a_row_in_every_table_has_nothing_strange() -> None:
    storage = memory.open_storage(encryption_keys=ENCRYPTION_KEYS, index_key=INDEX_KEY)
    assert isinstance(storage.rows, MemoryRows)
    assert isinstance(storage.blobs, MemoryBlobs)
    await live_a_day(storage)
    key = ApiKey("key-0123456789", "Front desk", frozenset({"riverside"}), NOW)
    await storage.api_keys.add(PSEUDONYMS.digest("api-key", "made up"), key)
    reader = MemoryReader(stored=storage.rows, kept=storage.blobs)
    found = Audit(reader, MemoryQueues(), QUEUES, Scope(NOW), ENCRYPTION_KEYS).run()
    assert {table for table in TABLES if not found.sizes[table].rows} == set()
    assert {kind: found.examples[kind] for kind in OF_ROWS if kind in found.examples} == {}
