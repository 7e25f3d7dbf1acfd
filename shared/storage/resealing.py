"""Every sealed value under the current key, without knowing what it means: rotation of the encryption key.

    page of rows ─▶ what is under another key is sealed anew ─▶ merged into the row, of the version that was read

What somebody changed meanwhile is read again; what is under the current key is left alone, so a page may be done twice.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from shared.errors import RowChanged, RowMissing, Unsealable
from shared.storage.batches import batches, for_each, grouped
from shared.storage.columns import octets, text
from shared.storage.contract import RunState
from shared.storage.contract.sealing import SealedPage
from shared.storage.patients import ADDRESS
from shared.storage.places import (
    CALLBACKS,
    CLINICS,
    CONSENTS,
    INBOUND,
    MESSAGES,
    PATIENTS,
    PRESCRIPTIONS,
    PROVIDER_IDS,
    RUNS,
    SEALED,
    SUBSCRIPTIONS,
    WORKLIST,
)
from shared.storage.rows import AFTER_ALL, Blobs, Change, Row, Rows, Span, Verb
from shared.storage.seal import Sealer, key_id_of, place

COLUMNS: Mapping[str, Sequence[str]] = {
    CLINICS: (SEALED,),
    SUBSCRIPTIONS: (SEALED,),
    PATIENTS: (SEALED, ADDRESS),
    CONSENTS: (SEALED,),
    MESSAGES: (SEALED,),
    PRESCRIPTIONS: (SEALED,),
    WORKLIST: (SEALED,),
    RUNS: (SEALED,),
    PROVIDER_IDS: (SEALED,),
    INBOUND: (SEALED,),
}
"""Which columns of which tables are sealed."""

_ALL = Span("!", AFTER_ALL)
_STATE = "state"  # of a run
_MOST_TRIES = 5  # each lost try means that somebody else changed it
_BLOBS = 100  # of one page: they may have 3 MB each
_BLOBS_IN_FLIGHT = 16


@dataclass(slots=True)
class _Seen:
    """What a page comes to."""

    keys: Counter[str] = field(default_factory=Counter)
    resealed: int = 0
    unreadable: int = 0
    in_use: int = 0

    def page(self, resume: str) -> SealedPage:
        return SealedPage(dict(+self.keys), self.resealed, self.unreadable, self.in_use, resume)


class Resealing:
    """Implements `contract.SealedValues`."""

    def __init__(self, rows: Rows, blobs: Blobs, sealer: Sealer) -> None:
        self._rows = rows
        self._blobs = blobs
        self._sealer = sealer

    @property
    def current(self) -> str:
        return self._sealer.current

    @property
    def places(self) -> Sequence[str]:
        return (*COLUMNS, CALLBACKS)

    async def count(self, place: str, resume: str) -> SealedPage:
        return await self._page(place, resume, write=False)

    async def reseal(self, place: str, resume: str) -> SealedPage:
        return await self._page(place, resume, write=True)

    async def _page(self, place: str, resume: str, *, write: bool) -> SealedPage:
        seen = _Seen()
        if place == CALLBACKS:
            names = await self._blobs.names(CALLBACKS, top=_BLOBS, resume=resume)
            await for_each(names.names, lambda name: self._blob(name, seen, write=write), _BLOBS_IN_FLIGHT)
            return seen.page(names.resume)
        page = await self._rows.query(place, _ALL, select=(*COLUMNS[place], _STATE), resume=resume)
        read = {(row.partition, row.key): row for row in page.rows}
        partitions = grouped(page.rows, lambda row: row.partition).values()
        batched = chain.from_iterable(batches(self._changes(place, rows, seen)) for rows in partitions)
        if write:
            await for_each(batched, lambda batch: self._write(place, batch, read, seen))
        else:
            deque(batched, maxlen=0)  # sealed for nobody: so it shows what does not open
        for row in read.values():
            seen.keys.update(map(key_id_of, _sealed(place, row).values()))
        return seen.page(page.resume)

    def _changes(self, table: str, rows: Iterable[Row], seen: _Seen) -> Iterator[Sequence[Change]]:
        """Each is made when its batch is about to leave."""
        for row in rows:
            if change := self._change(table, row, seen):
                yield [change]

    def _change(self, table: str, row: Row, seen: _Seen) -> Change | None:
        """None: nothing is to be done, or can be done now."""
        old = {column: value for column, value in _sealed(table, row).items() if key_id_of(value) != self.current}
        if not old:
            return None
        if _in_use(table, row):
            seen.in_use += len(old)
            return None
        try:
            new = {c: self._sealer.reseal(value, place(table, row.partition, row.key, c)) for c, value in old.items()}
        except Unsealable:
            seen.unreadable += len(old)
            return None
        return Change(Verb.MERGE, Row(row.partition, row.key, new), row.etag)

    async def _write(self, table: str, batch: Sequence[Change], read: dict[tuple[str, str], Row], seen: _Seen) -> None:
        """Where one of the rows was changed or deleted meanwhile, none was written: then each is tried alone."""
        try:
            if len(batch) > 1:
                await self._rows.apply(table, batch)
            else:
                await self._rows.write(table, batch[0])
        except (RowChanged, RowMissing):
            for change in batch:
                await self._alone(table, change, read, seen)
            return
        for change in batch:
            read[change.row.partition, change.row.key] = change.row
            seen.resealed += len(change.row.columns)

    async def _alone(self, table: str, change: Change, read: dict[tuple[str, str], Row], seen: _Seen) -> None:
        """Read again, since what stands there now counts: perhaps it is under the current key, or gone."""
        keys = (change.row.partition, change.row.key)
        for _ in range(_MOST_TRIES):
            there = await self._rows.get(table, *keys)
            if there is None:
                del read[keys]
                return
            read[keys] = there
            again = self._change(table, there, seen)
            if again is None:
                return
            try:
                await self._rows.write(table, again)
            except (RowChanged, RowMissing):
                continue
            read[keys] = again.row
            seen.resealed += len(again.row.columns)
            return
        seen.in_use += len(change.row.columns)

    async def _blob(self, name: str, seen: _Seen, *, write: bool) -> None:
        for _ in range(_MOST_TRIES):
            blob = await self._blobs.read(CALLBACKS, name)
            if blob is None:
                return
            key_id = key_id_of(blob.content)
            try:
                if key_id != self.current:
                    resealed = self._sealer.reseal(blob.content, place(CALLBACKS, name))
                    if write:
                        await self._blobs.replace(CALLBACKS, name, resealed, blob.etag)
                        seen.resealed += 1
                        key_id = self.current
            except RowChanged:
                continue
            except Unsealable:
                seen.unreadable += 1
            seen.keys[key_id] += 1
            return
        seen.in_use += 1


def _sealed(table: str, row: Row) -> Mapping[str, bytes]:
    return {column: octets(row.columns, column) for column in COLUMNS[table] if column in row.columns}


def _in_use(table: str, row: Row) -> bool:
    """A running run holds the version of its row: another one would mean to it that it was taken over."""
    return table == RUNS and text(row.columns, _STATE) == RunState.RUNNING
