"""Prescriptions, their events and the patients' pages as rows, and back.

prescriptions  <clinic> | l_<inverted milliseconds>_<id>     a line of the list, newest first
               <clinic> | p_<id>                             the facts
               <clinic> | p_<id>_<event>                     sent, viewed, revoked: one row, however often
               <clinic> | p_<id>_resent_<message digest>
patientpages   <two characters of the key> | <keyed digest of the token>
"""

from datetime import date

from shared.domain.identity import MessageId
from shared.domain.prescription.life import Prescription, PrescriptionEvent, PrescriptionEventName
from shared.domain.prescription.reference import PrescriptionKind, Reference
from shared.storage.columns import number, octets, present, text
from shared.storage.contract.prescriptions import PatientPage
from shared.storage.instants import newest_first, to_instant, to_text
from shared.storage.places import PRESCRIPTIONS, SEALED
from shared.storage.rows import Row, Span, Value
from shared.storage.seal import Sealer, place

LINES, FACTS = "l_", "p_"
_ID_LENGTH = 26


def facts_key(prescription_id: str) -> str:
    return FACTS + prescription_id


def is_facts(row: Row) -> bool:
    return len(row.key) == len(FACTS) + _ID_LENGTH


def whole_span(clinic_id: str, prescription_id: str) -> Span:
    return Span.prefixed(clinic_id, facts_key(prescription_id))


def line_of(prescription: Prescription) -> Row:
    return Row(prescription.clinic_id, f"{LINES}{newest_first(prescription.created_at)}_{prescription.id}")


def id_of_line(row: Row) -> str:
    return row.key.rpartition("_")[2]


class PrescriptionRows:
    """To rows and back. Sealed: whose it is, the code itself, and who did what."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def of_prescription(self, one: Prescription) -> Row:
        key = facts_key(one.id)
        sealed = {
            "name": one.patient_name,
            "born": one.birth_on.isoformat() if one.birth_on else "",
            "code": one.reference.code,
            "pharmacy": one.pharmacy,
            "registration": one.registration,
            "by": one.sent_by,
        }
        columns: dict[str, Value | None] = {
            "kind": one.reference.kind.value,
            "patient_key": one.patient_key,
            "controlled": one.controlled or None,
            "nominated": one.nominated or None,
            "last_day": one.last_day.isoformat(),
            "language": one.language,
            "created_at": to_text(one.created_at),
            SEALED: self._sealer.seal_json(sealed, place(PRESCRIPTIONS, one.clinic_id, key, SEALED)),
        }
        return Row(one.clinic_id, key, present(columns))

    def to_prescription(self, row: Row) -> Prescription:
        """Raises Unsealable."""
        columns, sealed = row.columns, self._opened(row)
        born = str(sealed["born"])
        return Prescription(
            id=row.key.removeprefix(FACTS),
            clinic_id=row.partition,
            patient_key=text(columns, "patient_key"),
            patient_name=str(sealed["name"]),
            birth_on=date.fromisoformat(born) if born else None,
            reference=Reference(PrescriptionKind(text(columns, "kind")), str(sealed["code"])),
            controlled=bool(columns.get("controlled", False)),
            last_day=date.fromisoformat(text(columns, "last_day")),
            language=text(columns, "language"),
            created_at=to_instant(text(columns, "created_at")),
            sent_by=str(sealed["by"]),
            pharmacy=str(sealed["pharmacy"]),
            nominated=bool(columns.get("nominated", False)),
            registration=str(sealed["registration"]),
        )

    def of_event(self, clinic_id: str, prescription_id: str, event: PrescriptionEvent) -> Row:
        key = f"{facts_key(prescription_id)}_{event.name}"
        if event.name is PrescriptionEventName.RESENT and event.message_id:
            key = f"{key}_{event.message_id.digest}"
        columns: dict[str, Value | None] = {
            "event": event.name.value,
            "at": to_text(event.at),
            "message": str(event.message_id) if event.message_id else None,
        }
        if event.by or event.note:
            sealed = {"by": event.by, "note": event.note}
            columns[SEALED] = self._sealer.seal_json(sealed, place(PRESCRIPTIONS, clinic_id, key, SEALED))
        return Row(clinic_id, key, present(columns))

    def to_event(self, row: Row) -> PrescriptionEvent:
        """Raises Unsealable."""
        columns = row.columns
        sealed = self._opened(row) if SEALED in columns else {}
        message_id = text(columns, "message")
        return PrescriptionEvent(
            name=PrescriptionEventName(text(columns, "event")),
            at=to_instant(text(columns, "at")),
            message_id=MessageId.parse(message_id) if message_id else None,
            by=str(sealed.get("by", "")),
            note=str(sealed.get("note", "")),
        )

    def _opened(self, row: Row) -> dict[str, object]:
        where = place(PRESCRIPTIONS, row.partition, row.key, SEALED)
        return dict(self._sealer.unseal_json(octets(row.columns, SEALED), where))


def page_partition(key: str) -> str:
    return key[:2]


def of_page(page: PatientPage) -> Row:
    columns: dict[str, Value | None] = {
        "clinic": page.clinic_id,
        "prescription": page.prescription_id,
        "message": page.message_id,
        "until": to_text(page.until),
        "wrong": page.wrong,
        "locks": page.locks,
        "locked_until": to_text(page.locked_until) if page.locked_until else None,
    }
    return Row(page_partition(page.key), page.key, present(columns))


def to_page(row: Row) -> PatientPage:
    columns = row.columns
    locked_until = text(columns, "locked_until")
    return PatientPage(
        key=row.key,
        clinic_id=text(columns, "clinic"),
        prescription_id=text(columns, "prescription"),
        message_id=text(columns, "message"),
        until=to_instant(text(columns, "until")),
        wrong=number(columns, "wrong"),
        locks=number(columns, "locks"),
        locked_until=to_instant(locked_until) if locked_until else None,
        etag=row.etag,
    )
