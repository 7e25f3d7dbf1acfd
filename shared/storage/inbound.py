"""What patients wrote or did, sealed, once per event of the provider.

    <clinic>_<yyyymmdd> | <keyed hash of the provider's event id>

The day is that of the event's own time, in UTC: a repeat days later (Meta repeats for seven) meets the same row.
"""

from dataclasses import fields
from datetime import UTC, datetime

from shared.domain.identity import Pseudonyms
from shared.domain.inbound import ContactChange, ContactEvent, InboundMessage
from shared.storage.columns import octets, text
from shared.storage.insert_once import insert_once
from shared.storage.instants import to_instant, to_text
from shared.storage.places import INBOUND, SEALED
from shared.storage.rows import Row, Rows, Value
from shared.storage.seal import Sealer, place

_APART = "."


class TableInbound:
    """Implements `contract.Inbound`."""

    def __init__(self, rows: Rows, sealer: Sealer, pseudonyms: Pseudonyms) -> None:
        self._rows = rows
        self._sealer = sealer
        self._pseudonyms = pseudonyms

    async def add(self, clinic_id: str, item: InboundMessage | ContactEvent, received_at: datetime) -> bool:
        partition, key = self.reference(clinic_id, item).split(_APART)
        kind = _kind(item)
        columns: dict[str, Value] = {
            "kind": kind,
            "channel": item.channel,
            "account": item.account,
            "at": to_text(item.at),
            "received_at": to_text(received_at),
            SEALED: self._sealer.seal_json(_to_json(item), place(INBOUND, partition, key, SEALED)),
        }
        return await insert_once(self._rows, INBOUND, Row(partition, key, columns))

    def reference(self, clinic_id: str, item: InboundMessage | ContactEvent) -> str:
        event_id = item.provider_id if isinstance(item, InboundMessage) else item.event_id
        key = self._pseudonyms.digest("inbound", _kind(item), item.channel, item.account, event_id)
        return f"{clinic_id}_{item.at.astimezone(UTC):%Y%m%d}{_APART}{key}"

    async def read(self, reference: str) -> InboundMessage | ContactEvent | None:
        partition, key = reference.split(_APART)
        row = await self._rows.get(INBOUND, partition, key)
        if row is None:
            return None
        where = place(INBOUND, partition, key, SEALED)
        said = self._sealer.unseal_json(octets(row.columns, SEALED), where)
        return _from_json(text(row.columns, "kind"), {name: str(value) for name, value in said.items()})


def _kind(item: InboundMessage | ContactEvent) -> str:
    return "message" if isinstance(item, InboundMessage) else "event"


def _to_json(item: InboundMessage | ContactEvent) -> dict[str, str]:
    values = {f.name: getattr(item, f.name) for f in fields(item)}
    return {name: to_text(value) if isinstance(value, datetime) else str(value) for name, value in values.items()}


def _from_json(kind: str, values: dict[str, str]) -> InboundMessage | ContactEvent:
    at = to_instant(values.pop("at"))
    if kind == "message":
        return InboundMessage(at=at, **values)
    return ContactEvent(at=at, change=ContactChange(values.pop("change")), **values)
