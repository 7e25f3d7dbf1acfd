"""The JSON shapes of the worklist: flat, times with the clinic's own offset, words in the clinic's language."""

from datetime import datetime
from typing import Any

from functions.edge.shapes import Explain, time_text
from shared.domain.clinic import Clinic
from shared.services.staff.unsent import Unsent
from shared.services.staff.worklist import Desk, WorkWords, still_open_to
from shared.services.work_items import public_id
from shared.storage.contract import WorkItem


def work_shape(item: WorkItem, words: WorkWords, desk: Desk) -> dict[str, Any]:
    """One thing to do."""
    return {
        "id": public_id(item),
        "clinicId": item.clinic_id,
        "kind": item.kind,
        "kindText": words.kind,
        "reason": item.reason or None,
        "reasonText": words.reason or None,
        "toDo": words.to_do or None,
        "channel": item.channel or None,
        "suggestion": item.suggestion or None,
        "suggestionText": words.suggestion or None,
        "openedAt": _time(item.opened_at, desk),
        "actBy": _time(item.act_by, desk),
        "startsAt": _time(item.starts_at, desk),
        "appointmentId": item.appointment_id or None,
        "patientId": item.patient_key or None,
        "patientName": item.patient_name or None,
        "contact": item.contact or None,
        "said": item.said or None,
        "messageId": str(item.message_id) if item.message_id else None,
        "resolutions": list(still_open_to(item)),
        "state": "resolved" if item.resolved_at else "open",
        "resolvedAt": _time(item.resolved_at, desk),
        "resolvedBy": item.resolved_by or None,
        "resolution": item.resolution or None,
        "resolutionText": words.resolution or None,
        "note": item.note or None,
    }


def unsent_shape(one: Unsent, clinic: Clinic, explain: Explain) -> dict[str, Any]:
    """One appointment of which no reminder has arrived."""
    decision = one.decision
    because = explain(("skip_reason",), one.reason, clinic) if one.reason else ""
    return {
        "clinicId": clinic.id,
        "appointmentId": decision.appointment_id or None,
        "patientId": decision.patient_key or None,
        "patientName": decision.patient_name or None,
        "contact": one.contact or None,
        "startsAt": time_text(decision.starts_at, clinic),
        "appointmentType": decision.appointment_type or None,
        "location": decision.location or None,
        "why": one.why,
        "whyText": explain(("unsent",), one.why, clinic),
        "reason": one.reason or None,
        "reasonText": because or None,
        "step": decision.step,
        "channel": decision.channel or None,
        "messageId": str(decision.message_id) if decision.message_id else None,
    }


def _time(instant: datetime | None, desk: Desk) -> str | None:
    return None if instant is None else desk.local(instant).isoformat(timespec="seconds")
