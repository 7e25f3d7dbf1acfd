"""What patients wrote or did, sealed, once per event of the provider.

    <clinic>_<yyyymmdd> | <keyed hash of the provider's event id>

The day is that of the event's own time, in UTC: a repeat days later (Meta repeats for seven) meets the same row.
"""

from dataclasses import fields
from datetime import UTC, datetime

from shared.domain.identity import Pseudonyms
from shared.domain.inbound import ContactEvent, InboundMessage
from shared.storage.insert_once import insert_once
from shared.storage.instants import to_text
from shared.storage.places import INBOUND, SEALED
from shared.storage.rows import Row, Rows, Value
from shared.storage.seal import Sealer, place


class TableInbound:
    """Implements `contract.Inbound`."""

    def __init__(self, rows: Rows, sealer: Sealer, pseudonyms: Pseudonyms) -> None:
        self._rows = rows
        self._sealer = sealer
        self._pseudonyms = pseudonyms

    async def add(self, clinic_id: str, item: InboundMessage | ContactEvent, received_at: datetime) -> bool:
        partition = f"{clinic_id}_{item.at.astimezone(UTC):%Y%m%d}"
        kind, event_id = ("message", item.provider_id) if isinstance(item, InboundMessage) else ("event", item.event_id)
        key = self._pseudonyms.digest("inbound", kind, item.channel, item.account, event_id)
        columns: dict[str, Value] = {
            "kind": kind,
            "channel": item.channel,
            "account": item.account,
            "at": to_text(item.at),
            "received_at": to_text(received_at),
            SEALED: self._sealer.seal_json(_to_json(item), place(INBOUND, partition, key, SEALED)),
        }
        return await insert_once(self._rows, INBOUND, Row(partition, key, columns))


def _to_json(item: InboundMessage | ContactEvent) -> dict[str, str]:
    values = {f.name: getattr(item, f.name) for f in fields(item)}
    return {name: to_text(value) if isinstance(value, datetime) else str(value) for name, value in values.items()}
