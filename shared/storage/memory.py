"""Storage in memory, with the semantics of the real one: for tests, dry runs and measurements of our own code."""

import hashlib
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from shared.errors import RowChanged, RowExists, RowMissing
from shared.storage.limits import check_batch, check_key, check_row
from shared.storage.opened import OpenStorage, storage_over
from shared.storage.rows import (
    ANY_VERSION,
    PAGE_ROWS,
    Blob,
    BlobPage,
    Blobs,
    Change,
    Row,
    RowPage,
    Rows,
    Span,
    Value,
    Verb,
)


def open_storage(
    *,
    encryption_keys: Mapping[str, bytes],
    index_key: bytes,
    around_rows: Callable[[Rows], Rows] = lambda rows: rows,
    around_blobs: Callable[[Blobs], Blobs] = lambda blobs: blobs,
) -> OpenStorage:
    """Empty storage. `around_…`: what to put between the repositories and the memory, such as something that counts."""
    return storage_over(around_rows(MemoryRows()), around_blobs(MemoryBlobs()), encryption_keys, index_key)


class _Partition:
    """Rows by key, and the keys in ordinal order."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.keys: list[str] = []

    def put(self, row: Row) -> None:
        if row.key not in self.rows:
            insort(self.keys, row.key)
        self.rows[row.key] = row

    def remove(self, key: str) -> None:
        del self.rows[key]
        del self.keys[bisect_left(self.keys, key)]


class _Table:
    def __init__(self) -> None:
        self.partitions: dict[str, _Partition] = {}
        self.names: list[str] = []

    def partition(self, name: str) -> _Partition:
        found = self.partitions.get(name)
        if found is None:
            found = self.partitions[name] = _Partition()
            insort(self.names, name)
        return found

    def find(self, partition: str, key: str) -> Row | None:
        found = self.partitions.get(partition)
        return None if found is None else found.rows.get(key)


class MemoryRows:
    """Implements `rows.Rows`: ordinal order, versions, atomic batches, pages, and the limits of Table Storage."""

    def __init__(self) -> None:
        self._tables: dict[str, _Table] = defaultdict(_Table)
        self._version = 0

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        check_key(partition)
        check_key(key)
        return self._tables[table].find(partition, key)

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        found: list[Row] = []
        from_partition, _, from_key = resume.partition(" ")
        names = self._tables[table].names
        for name in names[bisect_left(names, from_partition or span.first) :]:
            if name > span.last:
                break
            partition = self._tables[table].partitions[name]
            start = max(span.key_from, from_key if name == from_partition else "")
            for key in partition.keys[bisect_left(partition.keys, start) :]:
                if span.key_below and key >= span.key_below:
                    break
                row = partition.rows[key]
                if span.flag and row.columns.get(span.flag) is not True:
                    continue
                if len(found) >= min(top, PAGE_ROWS):
                    return RowPage(found, f"{name} {key}")
                found.append(Row(name, key, _selected(row.columns, select), row.etag))
        return RowPage(found)

    async def write(self, table: str, change: Change) -> str:
        check_row(change.row)
        if change.verb is Verb.DELETE and self._tables[table].find(change.row.partition, change.row.key) is None:
            return ""
        self._check(table, change)
        return self._do(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        check_batch(changes)
        for change in changes:
            check_row(change.row)
        for change in changes:
            self._check(table, change)
        return [self._do(table, change) for change in changes]

    async def create_tables(self, tables: Sequence[str]) -> None:
        for table in tables:
            self._tables[table]

    async def aclose(self) -> None:
        return None

    def _check(self, table: str, change: Change) -> None:
        """Raises what the verb says. Nothing is changed yet, so that a batch is done as a whole or not at all."""
        there = self._tables[table].find(change.row.partition, change.row.key)
        if change.verb is Verb.INSERT and there is not None:
            raise RowExists("There is a row with this key.")
        if change.verb in (Verb.REPLACE, Verb.MERGE, Verb.DELETE) and there is None:
            raise RowMissing("There is no row with this key.")
        versioned = change.verb in (Verb.REPLACE, Verb.MERGE, Verb.DELETE)
        if versioned and there is not None and change.etag not in (ANY_VERSION, there.etag):
            raise RowChanged("The row has another version.")

    def _do(self, table: str, change: Change) -> str:
        partition = self._tables[table].partition(change.row.partition)
        if change.verb is Verb.DELETE:
            partition.remove(change.row.key)
            return ""
        self._version += 1
        etag = f'W/"{self._version}"'
        there = partition.rows.get(change.row.key)
        kept = there.columns if there is not None and change.verb is Verb.MERGE else {}
        partition.put(Row(change.row.partition, change.row.key, {**kept, **change.row.columns}, etag))
        return etag


def _selected(columns: Mapping[str, Value], select: Sequence[str]) -> Mapping[str, Value]:
    if not select:
        return columns
    return {name: columns[name] for name in select if name in columns}


def _version(content: bytes) -> str:
    """Sealed contents differ each time they are sealed."""
    return hashlib.sha256(content).hexdigest()


class MemoryBlobs:
    """Implements `rows.Blobs`."""

    def __init__(self) -> None:
        self._contents: dict[tuple[str, str], bytes] = {}

    async def put(self, container: str, name: str, content: bytes) -> None:
        self._contents[container, name] = content

    async def get(self, container: str, name: str) -> bytes | None:
        return self._contents.get((container, name))

    async def delete(self, container: str, name: str) -> None:
        self._contents.pop((container, name), None)

    async def names(self, container: str, *, prefix: str = "", top: int = PAGE_ROWS, resume: str = "") -> BlobPage:
        names = (name for place, name in self._contents if place == container)
        ahead = sorted(name for name in names if name.startswith(prefix) and name >= resume)
        return BlobPage(ahead[:top], ahead[top] if len(ahead) > top else "")

    async def read(self, container: str, name: str) -> Blob | None:
        content = self._contents.get((container, name))
        return None if content is None else Blob(content, _version(content))

    async def replace(self, container: str, name: str, content: bytes, etag: str) -> None:
        there = await self.read(container, name)
        if there is None or there.etag != etag:
            raise RowChanged("The blob has another version.")
        self._contents[container, name] = content

    async def create_containers(self, containers: Sequence[str]) -> None:  # noqa: ARG002 - containers need no making
        return None

    async def aclose(self) -> None:
        return None
