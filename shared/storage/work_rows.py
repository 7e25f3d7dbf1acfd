"""Things to do as rows, and back. All of one clinic's stand in one partition.

<clinic> | i_<id>                               the item; its version guards it
<clinic> | o_<yyyymmddhhmmss, UTC>_<id>         the same while it is open, for the list: by when to act
<clinic> | r_<inverted milliseconds>_<id>       the same once it is resolved, newest first
"""

from datetime import UTC

from shared.domain.identity import MessageId
from shared.storage.columns import octets, present, text
from shared.storage.contract import Hold, WorkItem, WorkKind
from shared.storage.instants import newest_first, to_instant, to_text
from shared.storage.places import SEALED, WORKLIST
from shared.storage.rows import Row, Value
from shared.storage.seal import Sealer, place

OPEN_PREFIX = "o_"
RESOLVED_PREFIX = "r_"


def item_key(item_id: str) -> str:
    return f"i_{item_id}"


def line_key(item: WorkItem) -> str:
    """Of its line in the list of what is open, or of what is resolved."""
    if item.resolved_at is not None:
        return f"{RESOLVED_PREFIX}{newest_first(item.resolved_at)}_{item.id}"
    return f"{OPEN_PREFIX}{item.act_by.astimezone(UTC):%Y%m%d%H%M%S}_{item.id}"


def kind_flag(kind: WorkKind) -> str:
    """A true column on the rows of one kind, for a query that wants only them."""
    return f"is_{kind}"


class WorkRows:
    """Items to rows and back. Sealed: who it is about and what was said."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def of_item(self, item: WorkItem, key: str) -> Row:
        sealed = {
            "name": item.patient_name,
            "appointment": item.appointment_id,
            "contact": item.contact,
            "from": item.wrote_from,
            "said": item.said,
            "note": item.note,
        }
        columns: dict[str, Value | None] = {
            "item": item.id,
            "kind": item.kind.value,
            kind_flag(item.kind): True,
            "opened_at": to_text(item.opened_at),
            "act_by": to_text(item.act_by),
            "reason": item.reason,
            "channel": item.channel,
            "suggestion": item.suggestion,
            "message": str(item.message_id) if item.message_id else None,
            "appointment_key": item.appointment_key,
            "patient_key": item.patient_key,
            "starts_at": to_text(item.starts_at) if item.starts_at else None,
            "holds": " ".join(map(_hold_text, item.holds)),
            "resolved_at": to_text(item.resolved_at) if item.resolved_at else None,
            "resolved_by": item.resolved_by,
            "resolution": item.resolution,
            SEALED: self._sealer.seal_json(sealed, place(WORKLIST, item.clinic_id, key, SEALED)),
        }
        return Row(item.clinic_id, key, present(columns))

    def to_item(self, row: Row) -> WorkItem:
        """Raises Unsealable."""
        columns = row.columns
        sealed = self._sealer.unseal_json(octets(columns, SEALED), place(WORKLIST, row.partition, row.key, SEALED))
        message_id = text(columns, "message")
        starts_at, resolved_at = text(columns, "starts_at"), text(columns, "resolved_at")
        return WorkItem(
            id=text(columns, "item"),
            clinic_id=row.partition,
            kind=WorkKind(text(columns, "kind")),
            opened_at=to_instant(text(columns, "opened_at")),
            act_by=to_instant(text(columns, "act_by")),
            reason=text(columns, "reason"),
            channel=text(columns, "channel"),
            suggestion=text(columns, "suggestion"),
            message_id=MessageId.parse(message_id) if message_id else None,
            appointment_key=text(columns, "appointment_key"),
            patient_key=text(columns, "patient_key"),
            starts_at=to_instant(starts_at) if starts_at else None,
            holds=tuple(map(_hold_of, text(columns, "holds").split())),
            patient_name=str(sealed["name"]),
            appointment_id=str(sealed["appointment"]),
            contact=str(sealed["contact"]),
            wrote_from=str(sealed.get("from", "")),  # older items lack it
            said=str(sealed["said"]),
            resolved_at=to_instant(resolved_at) if resolved_at else None,
            resolved_by=text(columns, "resolved_by"),
            resolution=text(columns, "resolution"),
            note=str(sealed["note"]),
        )


def _hold_text(hold: Hold) -> str:
    """No part of it has a slash: ids, a channel's name and keyed digests."""
    return "/".join((hold.clinic_id, hold.channel, hold.address_key, hold.cause))


def _hold_of(written: str) -> Hold:
    clinic_id, channel, address_key, cause = written.split("/")
    return Hold(clinic_id, channel, address_key, cause)
