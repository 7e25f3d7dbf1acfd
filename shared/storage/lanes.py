"""Lanes: a row for what was fed, a row for the wire, and one for each thing that is stopped.

<lane>  | feed                                            a JSON document, in pieces where it is long
<lane>  | wire
stopped | <keyed hash of lane and template>                templates of a clinic's own may have any name
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.identity import Pseudonyms
from shared.errors import RowChanged, RowExists, RowMissing
from shared.storage.columns import number, present, text
from shared.storage.contract import FeedState, Kept, Stop
from shared.storage.instants import to_instant, to_text
from shared.storage.places import LANES
from shared.storage.rows import Change, Row, Rows, Span, Value, Verb
from shared.storage.scan import every_row

_FEED, _WIRE, _STOPPED = "feed", "wire", "stopped"
_PIECE = 32_000  # characters, all ASCII
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class TableLanes:
    """Implements `contract.Lanes`."""

    def __init__(self, rows: Rows, pseudonyms: Pseudonyms) -> None:
        self._rows = rows
        self._pseudonyms = pseudonyms

    async def feed(self, lane: str) -> Kept[FeedState]:
        row = await self._rows.get(LANES, lane, _FEED)
        return Kept(FeedState()) if row is None else Kept(_feed_state(row), row.etag)

    async def keep_feed(self, lane: str, state: FeedState, etag: str) -> str:
        document = _document(state)
        pieces = [document[i : i + _PIECE] for i in range(0, len(document), _PIECE)]
        columns: dict[str, Value] = {f"state_{n}": piece for n, piece in enumerate(pieces)}
        return await self._keep(Row(lane, _FEED, {"pieces": len(pieces), **columns}), etag)

    async def wire(self, lane: str) -> Kept[datetime | None]:
        row = await self._rows.get(LANES, lane, _WIRE)
        return Kept(None) if row is None else Kept(to_instant(text(row.columns, "free_at")), row.etag)

    async def keep_wire(self, lane: str, free_at: datetime, etag: str) -> str:
        return await self._keep(Row(lane, _WIRE, {"free_at": to_text(free_at)}), etag)

    async def stops(self) -> Sequence[Stop]:
        return [_stop(row) async for row in every_row(self._rows, LANES, Span.within(_STOPPED))]

    async def stop(self, lane: str, template: str = "") -> Kept[Stop | None]:
        row = await self._rows.get(LANES, _STOPPED, self._key(lane, template))
        return Kept(None) if row is None else Kept(_stop(row), row.etag)

    async def keep_stop(self, stop: Stop, etag: str) -> str:
        columns: dict[str, Value | None] = {
            "lane": stop.lane,
            "template": stop.template,
            "code": stop.code,
            "error_class": stop.error_class,
            "since": to_text(stop.since),
            "probe_at": to_text(stop.probe_at),
            "probe": stop.probe,
        }
        key = self._key(stop.lane, stop.template)
        return await self._keep(Row(_STOPPED, key, present(columns)), etag)

    async def end_stop(self, stop: Stop) -> None:
        key = self._key(stop.lane, stop.template)
        await self._rows.write(LANES, Change(Verb.DELETE, Row(_STOPPED, key)))

    async def _keep(self, row: Row, etag: str) -> str:
        try:
            if etag:
                return await self._rows.write(LANES, Change(Verb.REPLACE, row, etag))
            return await self._rows.write(LANES, Change(Verb.INSERT, row))
        except (RowExists, RowMissing):
            raise RowChanged("The row has another version.") from None

    def _key(self, lane: str, template: str) -> str:
        return self._pseudonyms.digest("stopped", lane, template)


def _stop(row: Row) -> Stop:
    return Stop(
        lane=text(row.columns, "lane"),
        code=text(row.columns, "code"),
        error_class=text(row.columns, "error_class"),
        since=to_instant(text(row.columns, "since")),
        probe_at=to_instant(text(row.columns, "probe_at")),
        probe=text(row.columns, "probe"),
        template=text(row.columns, "template"),
    )


def _document(state: FeedState) -> str:
    document: dict[str, Any] = {
        "swept_at": _ms(state.swept_at),
        "fed_until": _ms(state.fed_until),
        "booked": {who: [_ms(end) for end in ends] for who, ends in state.booked.items()},
        "pairs": {pair: _ms(until) for pair, until in state.pairs.items()},
        "counts": dict(state.counts),
        "turn": state.turn,
        "full_since": _ms(state.full_since),
    }
    return json.dumps(document, separators=(",", ":"))


def _feed_state(row: Row) -> FeedState:
    document = json.loads("".join(text(row.columns, f"state_{n}") for n in range(number(row.columns, "pieces"))))
    return FeedState(
        swept_at=_instant(document["swept_at"]),
        fed_until=_instant(document["fed_until"]),
        booked={who: tuple(_at(end) for end in ends) for who, ends in document["booked"].items()},
        pairs={pair: _at(until) for pair, until in document["pairs"].items()},
        counts=document["counts"],
        turn=document["turn"],
        full_since=_instant(document["full_since"]),
    )


def _ms(instant: datetime | None) -> int | None:
    """Rounded up: a millisecond that is cut off would be wire time given out twice."""
    return None if instant is None else -((_EPOCH - instant) // _MILLISECOND)


def _at(ms: int) -> datetime:
    return _EPOCH + ms * _MILLISECOND


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else _at(ms)
