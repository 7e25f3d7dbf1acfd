"""Prescription references and the patient's pages."""

from dataclasses import replace

from shared.domain.prescription.life import Prescription, PrescriptionEvent
from shared.errors import RowChanged, RowMissing
from shared.storage.batches import for_each
from shared.storage.contract import Page
from shared.storage.contract.prescriptions import PatientPage, PrescriptionLog
from shared.storage.cursors import Cursors
from shared.storage.insert_once import insert_once
from shared.storage.places import PATIENT_PAGES, PRESCRIPTIONS
from shared.storage.prescription_rows import (
    LINES,
    PrescriptionRows,
    id_of_line,
    is_facts,
    line_of,
    of_page,
    page_partition,
    to_page,
    whole_span,
)
from shared.storage.rows import Change, Rows, Span, Verb
from shared.storage.scan import every_row, one_page


class TablePrescriptions:
    """Implements `contract.Prescriptions`."""

    def __init__(self, rows: Rows, codec: PrescriptionRows, cursors: Cursors) -> None:
        self._rows = rows
        self._codec = codec
        self._cursors = cursors

    async def put(self, prescription: Prescription) -> None:
        facts, line = self._codec.of_prescription(prescription), line_of(prescription)
        await self._rows.apply(PRESCRIPTIONS, [Change(Verb.UPSERT, facts), Change(Verb.UPSERT, line)])

    async def whole(self, clinic_id: str, prescription_id: str) -> PrescriptionLog | None:
        span = whole_span(clinic_id, prescription_id)
        found = [row async for row in every_row(self._rows, PRESCRIPTIONS, span)]
        facts = next((row for row in found if is_facts(row)), None)
        if facts is None:
            return None
        events = (self._codec.to_event(row) for row in found if not is_facts(row))
        return PrescriptionLog(self._codec.to_prescription(facts), tuple(sorted(events, key=lambda event: event.at)))

    async def append(self, clinic_id: str, prescription_id: str, event: PrescriptionEvent) -> bool:
        return await insert_once(self._rows, PRESCRIPTIONS, self._codec.of_event(clinic_id, prescription_id, event))

    async def newest(self, clinic_id: str, top: int, cursor: str) -> Page[PrescriptionLog]:
        bound_to = ("prescriptions", clinic_id)
        resume = self._cursors.read(cursor, *bound_to)
        page = await one_page(self._rows, PRESCRIPTIONS, Span.prefixed(clinic_id, LINES), top, resume)
        wholes: dict[str, PrescriptionLog | None] = dict.fromkeys(map(id_of_line, page.rows))

        async def read(prescription_id: str) -> None:
            wholes[prescription_id] = await self.whole(clinic_id, prescription_id)

        await for_each(list(wholes), read)
        return Page(tuple(one for one in wholes.values() if one), self._cursors.write(page.resume, *bound_to))

    async def open_page(self, page: PatientPage) -> None:
        await self._rows.write(PATIENT_PAGES, Change(Verb.UPSERT, of_page(page)))

    async def page(self, key: str) -> PatientPage | None:
        row = await self._rows.get(PATIENT_PAGES, page_partition(key), key)
        return None if row is None else to_page(row)

    async def save_page(self, page: PatientPage) -> PatientPage | None:
        try:
            etag = await self._rows.write(PATIENT_PAGES, Change(Verb.REPLACE, of_page(page), page.etag))
        except (RowChanged, RowMissing):
            return None
        return replace(page, etag=etag)
