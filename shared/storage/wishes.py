"""What a clinic's patients want, read and taken back as it stands in the tables of patients and consents."""

from collections.abc import AsyncIterator

from shared.domain.objection import restored
from shared.errors import Unsealable
from shared.storage.columns import octets, present, text
from shared.storage.consents import record_row
from shared.storage.contract import ConsentMethod, Hold, OptIn
from shared.storage.contract.wishes import PatientsWish, SealedRecord, StandingHold, StandingObjection
from shared.storage.instants import perhaps_instant, perhaps_text, to_instant, to_text
from shared.storage.patient_keys import (
    HELD,
    OBJECTION,
    OPT_IN,
    UNTIL,
    hold_row,
    objection_of,
    objection_row,
    opt_in_row,
)
from shared.storage.places import CONSENTS, PATIENTS, SEALED, all_patients
from shared.storage.rows import AFTER_ALL, Row, Rows, Span
from shared.storage.scan import every_row
from shared.storage.seal import Sealer, place
from shared.storage.write_over import write_over

_COLUMNS = ("at", "source", "code", "method", UNTIL)


class TableWishes:
    """Implements `contract.Wishes`."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    async def all(self, clinic_id: str) -> AsyncIterator[PatientsWish]:
        async for row in self._of_patients(clinic_id, OBJECTION):
            if (against := _against(clinic_id, row)) is not None:
                yield against
        async for record in self.records(clinic_id):
            yield record
        async for row in self._of_patients(clinic_id, OPT_IN):
            patient_key, _, channel = row.key.removeprefix(OPT_IN).partition("_")
            yield OptIn(patient_key, channel, to_instant(text(row.columns, "at")), text(row.columns, "method"))

    async def records(self, clinic_id: str) -> AsyncIterator[SealedRecord]:
        async for row in every_row(self._rows, CONSENTS, all_patients(clinic_id)):
            yield _record(row)

    async def restore(self, clinic_id: str, wish: PatientsWish, *, keep: bool = True) -> bool:
        table = CONSENTS if isinstance(wish, SealedRecord) else PATIENTS
        row = _row(wish, clinic_id)

        def stands(there: Row | None) -> Row | None:
            return row if there is None else _over(wish, there, clinic_id)

        if not keep:
            return stands(await self._rows.get(table, row.partition, row.key)) is not None
        return await write_over(self._rows, table, row.partition, row.key, stands)

    def opens(self, clinic_id: str, record: SealedRecord) -> bool:
        row = _row(record, clinic_id)
        try:
            self._sealer.unseal_json(record.sealed, place(CONSENTS, row.partition, row.key, SEALED))
        except Unsealable:
            return False
        return True

    def _of_patients(self, clinic_id: str, prefix: str) -> AsyncIterator[Row]:
        everybody = all_patients(clinic_id)
        span = Span(everybody.first, everybody.last, prefix, prefix + AFTER_ALL)
        return every_row(self._rows, PATIENTS, span, _COLUMNS)


def _against(clinic_id: str, row: Row) -> StandingObjection | StandingHold | None:
    """None for what a provider said or when somebody wrote: that is no wish, and ends by itself."""
    channel, _, rest = row.key.removeprefix(OBJECTION).partition("_")
    address_key, held, cause = rest.partition(HELD)
    if held:
        hold = Hold(clinic_id, channel, address_key, cause)
        lifted_at = perhaps_instant(text(row.columns, UNTIL))
        at = perhaps_instant(text(row.columns, "at")) or lifted_at  # one that was lifted before it was raised
        return StandingHold(hold, text(row.columns, "code"), at, lifted_at) if at else None
    return None if "_" in rest else StandingObjection(channel, address_key, objection_of(row.columns))


def _record(row: Row) -> SealedRecord:
    return SealedRecord(
        patient_key=row.key.partition("_")[0],
        channel=text(row.columns, "channel"),
        opted_in=text(row.columns, "wish") == "in",
        at=to_instant(text(row.columns, "at")),
        method=ConsentMethod(text(row.columns, "method")),
        sealed=octets(row.columns, SEALED),
    )


def _row(wish: PatientsWish, clinic_id: str) -> Row:
    """As the copy has it, where it stands."""
    match wish:
        case StandingObjection():
            return objection_row(clinic_id, wish.channel, wish.address_key, wish.objection)
        case StandingHold():
            columns = {"at": to_text(wish.at), "code": wish.code, UNTIL: perhaps_text(wish.lifted_at)}
            return hold_row(wish.hold, present(columns))
        case SealedRecord():
            return record_row(clinic_id, wish)
        case OptIn():
            return opt_in_row(clinic_id, wish)


def _over(wish: PatientsWish, there: Row, clinic_id: str) -> Row | None:
    """What takes the place of what stands there; None: that stays. A hold that a person has lifted stays lifted, one
    that counts goes on; records are never changed; a yes is a yes."""
    if not isinstance(wish, StandingObjection):
        return None
    stood = objection_of(there.columns)
    becomes = restored(stood, wish.objection)
    return None if becomes == stood else objection_row(clinic_id, wish.channel, wish.address_key, becomes)
