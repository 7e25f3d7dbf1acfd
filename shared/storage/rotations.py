"""How far a rotation of the encryption key has come: a row of the table of settings.

clinics: rotation | <key id>
"""

from shared.storage.columns import number, present, text
from shared.storage.contract.sealing import Rotation
from shared.storage.instants import perhaps_instant, perhaps_text, to_instant, to_text
from shared.storage.places import CLINICS
from shared.storage.rows import Change, Row, Rows, Value, Verb

_PARTITION = "rotation"


class TableRotations:
    """Implements `contract.Rotations`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def read(self, key_id: str) -> Rotation | None:
        row = await self._rows.get(CLINICS, _PARTITION, key_id)
        return None if row is None else _rotation(row)

    async def keep(self, rotation: Rotation) -> None:
        columns: dict[str, Value | None] = {
            "began_at": to_text(rotation.began_at),
            "place": rotation.place,
            "resume": rotation.resume,
            "resealed": rotation.resealed,
            "ended_at": perhaps_text(rotation.ended_at),
        }
        row = Row(_PARTITION, rotation.key_id, present(columns))
        await self._rows.write(CLINICS, Change(Verb.UPSERT, row))


def _rotation(row: Row) -> Rotation:
    columns = row.columns
    return Rotation(
        key_id=row.key,
        began_at=to_instant(text(columns, "began_at")),
        place=text(columns, "place"),
        resume=text(columns, "resume"),
        resealed=number(columns, "resealed"),
        ended_at=perhaps_instant(text(columns, "ended_at")),
    )
