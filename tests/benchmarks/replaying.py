"""What a use case asked of the tables, and the same asked again by Microsoft's client alone."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableServiceClient

from shared.storage.azure.tables import _filter, _token
from shared.storage.rows import PAGE_ROWS, Row, RowPage, Rows, Span


@dataclass(frozen=True, slots=True)
class Asked:
    """One reading. `after`: how many others had been answered when it was asked."""

    table: str
    after: int
    key: tuple[str, str] | None = None
    span: Span | None = None
    select: Sequence[str] = ()
    top: int = PAGE_ROWS
    resume: str = ""


@dataclass
class ListeningRows:
    """Passes everything on, and remembers what was read, and in what order it could be."""

    rows: Rows
    asked: list[Asked] = field(default_factory=list)
    answered: int = 0

    def forget(self) -> None:
        self.asked, self.answered = [], 0

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        self.asked.append(Asked(table, self.answered, key=(partition, key)))
        found = await self.rows.get(table, partition, key)
        self.answered += 1
        return found

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        self.asked.append(Asked(table, self.answered, None, span, select, top, resume))
        page = await self.rows.query(table, span, select=select, top=top, resume=resume)
        self.answered += 1
        return page

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rows, name)


class Replay:
    """Asks the same again: each reading as soon as those before it have been answered."""

    def __init__(self, service: TableServiceClient, asked: Sequence[Asked]) -> None:
        self._service = service
        self._asked = list(asked)
        self._answered = 0
        self._one_more = asyncio.Event()

    async def __call__(self) -> None:
        tasks = []
        for asked in self._asked:
            while self._answered < asked.after:
                self._one_more.clear()
                await self._one_more.wait()
            tasks.append(asyncio.create_task(self._ask(asked)))
        await asyncio.gather(*tasks)

    async def _ask(self, asked: Asked) -> None:
        client = self._service.get_table_client(asked.table)
        if asked.key is not None:
            with contextlib.suppress(ResourceNotFoundError):
                await client.get_entity(*asked.key)
        elif asked.span is not None:
            columns = ["PartitionKey", "RowKey", *asked.select] if asked.select else None
            found = client.query_entities(_filter(asked.span), select=columns, results_per_page=asked.top)
            async for _ in await anext(found.by_page(_token(asked.resume))):  # type: ignore[arg-type]
                pass
        self._answered += 1
        self._one_more.set()
