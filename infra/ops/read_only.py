"""Storage that cannot be changed: under commands that only look, and under every --dry-run.

That a dry run changes nothing rests on this, not on each command's care.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from infra.ops.command import CommandRefusedError
from shared.storage.rows import PAGE_ROWS, Blob, BlobPage, Blobs, Change, Row, RowPage, Rows, Span


class WouldChangeError(CommandRefusedError):
    """A command that must not change anything was about to: a fault of the command's own."""


def _refuse(*_: object) -> NoReturn:
    raise WouldChangeError("This would have changed what is stored, which it must not. Nothing was changed.")


class ReadOnlyRows:
    """Implements `rows.Rows`."""

    def __init__(self, inner: Rows) -> None:
        self._inner = inner

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        return await self._inner.get(table, partition, key)

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        return await self._inner.query(table, span, select=select, top=top, resume=resume)

    async def write(self, table: str, change: Change) -> str:
        _refuse(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        _refuse(table, changes)

    async def create_tables(self, tables: Sequence[str]) -> None:
        _refuse(tables)

    async def aclose(self) -> None:
        await self._inner.aclose()


class ReadOnlyBlobs:
    """Implements `rows.Blobs`."""

    def __init__(self, inner: Blobs) -> None:
        self._inner = inner

    async def put(self, container: str, name: str, content: bytes) -> None:
        _refuse(container, name, content)

    async def get(self, container: str, name: str) -> bytes | None:
        return await self._inner.get(container, name)

    async def delete(self, container: str, name: str) -> None:
        _refuse(container, name)

    async def names(self, container: str, *, prefix: str = "", top: int = PAGE_ROWS, resume: str = "") -> BlobPage:
        return await self._inner.names(container, prefix=prefix, top=top, resume=resume)

    async def read(self, container: str, name: str) -> Blob | None:
        return await self._inner.read(container, name)

    async def replace(self, container: str, name: str, content: bytes, etag: str) -> None:
        _refuse(container, name, content, etag)

    async def create_containers(self, containers: Sequence[str]) -> None:
        _refuse(containers)

    async def aclose(self) -> None:
        await self._inner.aclose()
