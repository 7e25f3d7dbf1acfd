"""The seam under the repositories: rows in tables and blobs in containers, whoever keeps them.

Two implementations have the same semantics, Azure Storage and memory; a test or a benchmark may wrap either of them.
Nothing above this seam knows which one it has, and nothing below it knows what a row means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

type Value = str | int | bool | bytes
"""What a column holds; int within 32 bits. Instants are text (see `shared.storage.instants`)."""

PAGE_ROWS = 1_000  # the most rows of one answer (Table service, query timeout and pagination)
BATCH_ROWS = 100  # the most changes of one batch (Table service, entity group transactions)
ANY_VERSION = "*"
AFTER_ALL = "~"  # sorts after every character that our keys are made of, but itself


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `etag` only on rows that were read."""

    partition: str
    key: str
    columns: Mapping[str, Value] = field(default_factory=dict)
    etag: str = ""


class Verb(StrEnum):
    INSERT = "insert"  # RowExists where the key is taken
    UPSERT = "upsert"  # the whole row, there or not
    REPLACE = "replace"  # the whole row, of the version given: RowChanged, RowMissing
    MERGE = "merge"  # these columns only, of the version given: RowChanged, RowMissing
    DELETE = "delete"  # of the version given: RowChanged; alone: no error where there is none; in a batch: RowMissing


@dataclass(frozen=True, slots=True)
class Change:
    """One write. `etag` matters for REPLACE, MERGE and DELETE."""

    verb: Verb
    row: Row
    etag: str = ANY_VERSION


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of the partitions from `first` to `last` (both inside) with `key_from` <= key < `key_below`.

    `flag`: only rows whose column of that name is true. The order is (partition, key), ordinal.
    """

    first: str
    last: str
    key_from: str = ""
    key_below: str = ""
    flag: str = ""

    @classmethod
    def within(cls, partition: str, key_from: str = "", key_below: str = "") -> "Span":
        return cls(partition, partition, key_from, key_below)

    @classmethod
    def prefixed(cls, partition: str, prefix: str) -> "Span":
        """Rows of one partition whose key begins with `prefix`."""
        return cls(partition, partition, prefix, prefix + AFTER_ALL)


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows of a span. `resume`: where the next page begins, opaque; empty: the end.

    A page may be short or empty and still have a next one (Table service, continuation tokens).
    """

    rows: Sequence[Row]
    resume: str = ""


class Rows(Protocol):
    """Tables. Every method raises StorageUnavailable, and InvalidInput for a key that no row can have."""

    async def get(self, table: str, partition: str, key: str) -> Row | None: ...

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        """At most `top` rows with the columns of `select` (empty: all); one request."""
        ...

    async def write(self, table: str, change: Change) -> str:
        """The new version's etag. Raises what the verb says, and RowTooLarge."""
        ...

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        """All changes or none, in one request: at most 100, of one partition, each row once. Raises like `write`."""
        ...

    async def create_tables(self, tables: Sequence[str]) -> None:
        """Makes the tables that are missing."""
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob of one version."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class BlobPage:
    """Some names of a container, in order. `resume`: where the next page begins, opaque; empty: the end."""

    names: Sequence[str]
    resume: str = ""


class Blobs(Protocol):
    """Containers of blobs. Every method raises StorageUnavailable."""

    async def put(self, container: str, name: str, content: bytes) -> None: ...

    async def get(self, container: str, name: str) -> bytes | None: ...

    async def delete(self, container: str, name: str) -> None:
        """No error if it is gone."""
        ...

    async def names(self, container: str, *, prefix: str = "", top: int = PAGE_ROWS, resume: str = "") -> BlobPage:
        """Those that begin with `prefix`; one request."""
        ...

    async def read(self, container: str, name: str) -> Blob | None:
        """With its version."""
        ...

    async def replace(self, container: str, name: str, content: bytes, etag: str) -> None:
        """Of the version given. Raises RowChanged where it has another one, or is gone."""
        ...

    async def create_containers(self, containers: Sequence[str]) -> None:
        """Makes the containers that are missing."""
        ...

    async def aclose(self) -> None: ...
