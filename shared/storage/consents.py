"""Wishes of patients as people recorded them, newest first. Lines are added and never changed.

<clinic>_<patient shard> | <patient key>_<inverted milliseconds>_<channel>
"""

from collections.abc import Sequence

from shared.storage.columns import octets, present, text
from shared.storage.contract import ConsentMethod, ConsentRecord
from shared.storage.instants import newest_first, to_instant, to_text
from shared.storage.places import CONSENTS, SEALED, patient_partition
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.seal import Sealer, place


class TableConsents:
    """Implements `contract.Consents`."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    async def add(self, clinic_id: str, record: ConsentRecord) -> None:
        partition = patient_partition(clinic_id, record.patient_key)
        key = f"{record.patient_key}_{newest_first(record.at)}_{record.channel}"
        columns = {
            "channel": record.channel,
            "wish": "in" if record.opted_in else "out",
            "at": to_text(record.at),
            "method": record.method.value,
            SEALED: self._sealer.seal_json(
                {"by": record.by, "note": record.note}, place(CONSENTS, partition, key, SEALED)
            ),
        }
        await self._rows.write(CONSENTS, Change(Verb.UPSERT, Row(partition, key, present(columns))))

    async def latest(self, clinic_id: str, patient_key: str, top: int) -> Sequence[ConsentRecord]:
        span = Span.prefixed(patient_partition(clinic_id, patient_key), f"{patient_key}_")
        page = await self._rows.query(CONSENTS, span, top=top)
        return tuple(map(self._to_record, page.rows))

    def _to_record(self, row: Row) -> ConsentRecord:
        sealed = self._sealer.unseal_json(octets(row.columns, SEALED), place(CONSENTS, row.partition, row.key, SEALED))
        return ConsentRecord(
            patient_key=row.key.partition("_")[0],
            channel=text(row.columns, "channel"),
            opted_in=text(row.columns, "wish") == "in",
            at=to_instant(text(row.columns, "at")),
            method=ConsentMethod(text(row.columns, "method")),
            by=str(sealed["by"]),
            note=str(sealed["note"]),
        )
