"""What tests put between the repositories and the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shared.storage.rows import PAGE_ROWS, BlobPage, Blobs, Change, Row, RowPage, Rows, Span


class PassingRows:
    """Hands everything on. The others override what they are about."""

    def __init__(self, inner: Rows) -> None:
        self.inner = inner

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        return await self.inner.get(table, partition, key)

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        return await self.inner.query(table, span, select=select, top=top, resume=resume)

    async def write(self, table: str, change: Change) -> str:
        return await self.inner.write(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        return await self.inner.apply(table, changes)

    async def create_tables(self, tables: Sequence[str]) -> None:
        await self.inner.create_tables(tables)

    async def aclose(self) -> None:
        await self.inner.aclose()


class CountingRows(PassingRows):
    """Counts requests by table, and keeps the sizes of batches."""

    def __init__(self, inner: Rows) -> None:
        super().__init__(inner)
        self.requests: Counter[str] = Counter()
        self.batches: list[tuple[str, int]] = []

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        self.requests[table] += 1
        return await super().get(table, partition, key)

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        self.requests[table] += 1
        return await super().query(table, span, select=select, top=top, resume=resume)

    async def write(self, table: str, change: Change) -> str:
        self.requests[table] += 1
        return await super().write(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        self.requests[table] += 1
        self.batches.append((table, len(changes)))
        return await super().apply(table, changes)


class CountingBlobs:
    """Counts requests to the containers."""

    def __init__(self, inner: object) -> None:
        self._inner = inner
        self.requests: Counter[str] = Counter()

    def __getattr__(self, name: str) -> object:
        self.requests[name] += 1
        return getattr(self._inner, name)


class RepeatingRows(PassingRows):
    """Every write is sent twice, as if its first answer had been lost: the caller sees the second one."""

    async def write(self, table: str, change: Change) -> str:
        await self.inner.write(table, change)
        return await self.inner.write(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        await self.inner.apply(table, changes)
        return await self.inner.apply(table, changes)


class TinyPages(PassingRows):
    """Answers at most two rows at a time, and now and then none, as the service may."""

    def __init__(self, inner: Rows) -> None:
        super().__init__(inner)
        self._asked = 0

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        self._asked += 1
        if self._asked % 3 == 0 and resume:
            return RowPage([], resume)
        return await super().query(table, span, select=select, top=min(top, 2), resume=resume)


class KeepingBlobs:
    """Hands everything on and remembers what was put."""

    def __init__(self, inner: Blobs) -> None:
        self.inner = inner
        self.put_contents: dict[str, bytes] = {}

    async def put(self, container: str, name: str, content: bytes) -> None:
        self.put_contents[name] = content
        await self.inner.put(container, name, content)

    async def get(self, container: str, name: str) -> bytes | None:
        return await self.inner.get(container, name)

    async def delete(self, container: str, name: str) -> None:
        await self.inner.delete(container, name)

    async def names(self, container: str, *, prefix: str = "", top: int = PAGE_ROWS, resume: str = "") -> BlobPage:
        return await self.inner.names(container, prefix=prefix, top=top, resume=resume)

    async def create_containers(self, containers: Sequence[str]) -> None:
        await self.inner.create_containers(containers)

    async def aclose(self) -> None:
        await self.inner.aclose()
