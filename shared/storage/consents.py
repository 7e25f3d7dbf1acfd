"""Wishes of patients as people recorded them, newest first. Lines are added and never changed.

<clinic>_<patient shard> | <patient key>_<inverted milliseconds>_<channel>
"""

from collections.abc import Sequence
from dataclasses import replace

from shared.storage.columns import octets, text
from shared.storage.contract import ConsentMethod, ConsentRecord, SealedRecord
from shared.storage.instants import newest_first, to_instant, to_text
from shared.storage.places import CONSENTS, SEALED, patient_partition
from shared.storage.rows import Change, Row, Rows, Span, Value, Verb
from shared.storage.seal import Sealer, place


class TableConsents:
    """Implements `contract.Consents`."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    async def add(self, clinic_id: str, record: ConsentRecord) -> None:
        said = {"by": record.by, "note": record.note}
        bare = SealedRecord(record.patient_key, record.channel, record.opted_in, record.at, record.method, b"")
        there = record_row(clinic_id, bare)
        sealed = self._sealer.seal_json(said, place(CONSENTS, there.partition, there.key, SEALED))
        row = record_row(clinic_id, replace(bare, sealed=sealed))
        await self._rows.write(CONSENTS, Change(Verb.UPSERT, row))

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


def record_row(clinic_id: str, record: SealedRecord) -> Row:
    key = f"{record.patient_key}_{newest_first(record.at)}_{record.channel}"
    columns: dict[str, Value] = {
        "channel": record.channel,
        "wish": "in" if record.opted_in else "out",
        "at": to_text(record.at),
        "method": record.method.value,
        SEALED: record.sealed,
    }
    return Row(patient_partition(clinic_id, record.patient_key), key, columns)
