"""The JSON shapes of api.md: camelCase, times RFC 3339 with the clinic's own offset."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.clinic import Clinic
from shared.domain.message import Event, Status
from shared.services.asking.schedules import RowOutcome
from shared.services.planning.plan import DryRun
from shared.services.sending.connections import Connection
from shared.services.staff.report import STATE_REASONS, AppointmentStep, MessageView
from shared.storage.contract import DecisionRecord, Page, Run, Stop

type Explain = Callable[[tuple[str, ...], str, Clinic], str]
"""(kinds that the code may be of, code, clinic) -> words for staff."""


def time_text(instant: datetime | None, clinic: Clinic) -> str | None:
    return None if instant is None else clinic.local(instant).isoformat(timespec="seconds")


def page_shape[T](page: Page[T], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"value": list(rows), "nextCursor": page.next_cursor or None}


def message_shape(view: MessageView, clinic: Clinic) -> dict[str, Any]:
    """A message as lists show it: no body, no events."""
    m, s = view.message, view.status
    return {
        "id": str(m.id),
        "clinicId": m.id.clinic_id,
        "patientId": m.patient_key or None,
        "patientName": m.patient_name or None,
        "channel": m.channel,
        "kind": m.kind,
        "state": s.state,
        "reason": s.reason or None,
        "answer": s.answer or None,
        "scheduledFor": time_text(m.scheduled_for, clinic),
        "expiresAt": time_text(m.expires_at, clinic),
        "createdAt": time_text(m.created_at, clinic),
        "updatedAt": time_text(max(s.at, m.created_at), clinic),
        "providerId": s.provider_id or None,
        "appointmentId": m.appointment_id or None,
        "insteadOf": m.instead_of or None,
        "sentBy": m.sent_by,
        "mock": m.mock,
    }


def event_shape(event: Event, clinic: Clinic) -> dict[str, Any]:
    return {
        "at": time_text(event.at, clinic),
        "state": event.name,
        "detail": event.detail or None,
        "attempt": event.attempt,
    }


def schedule_shape(row: RowOutcome, clinic: Clinic) -> dict[str, Any]:
    """One row of a schedule: what it became, or why not."""
    shape: dict[str, Any] = {"index": row.index, "status": row.status}
    if row.view is not None:
        message = row.view.message
        shape |= {"id": str(message.id), "state": row.view.status.state}
        shape["scheduledFor"] = time_text(message.scheduled_for, clinic)
    if row.refusal is not None:
        shape |= {"code": row.refusal.code, "reason": row.refusal.reason}
    return {**shape, "warnings": list(row.warnings)}


def decision_shape(decision: DecisionRecord, clinic: Clinic, explain: Explain) -> dict[str, Any]:
    return {
        "appointmentId": decision.appointment_id,
        "patientId": decision.patient_key or None,
        "patientName": decision.patient_name or None,
        "startsAt": time_text(decision.starts_at, clinic),
        "appointmentType": decision.appointment_type or None,
        "location": decision.location or None,
        "step": decision.step,
        "decision": "skipped" if decision.reason else "planned",
        "reason": decision.reason,
        "reasonText": explain(("skip_reason",), decision.reason, clinic) if decision.reason else None,
        "detail": decision.detail or None,
        "channel": decision.channel or None,
        "scheduledFor": time_text(decision.scheduled_for, clinic),
        "messageId": str(decision.message_id) if decision.message_id else None,
        "decidedAt": time_text(decision.decided_at, clinic),
    }


def appointment_shape(step: AppointmentStep, clinic: Clinic, explain: Explain) -> dict[str, Any]:
    """A decision with what became of its message, and of the one that went in its stead."""
    shape = decision_shape(step.decision, clinic, explain)
    shape["state"] = step.status.state if step.status else None
    shape["answer"] = (step.status.answer or None) if step.status else None
    if step.status and step.status.reason:
        shape["reason"] = step.status.reason
        shape["reasonText"] = reason_text(step.status, clinic, explain)
    stead = step.stead
    shape["stead"] = (
        {"messageId": str(stead.message_id), "channel": stead.channel, "state": stead.status.state} if stead else None
    )
    return shape


def reason_text(status: Status, clinic: Clinic, explain: Explain) -> str | None:
    """The reason of a message's state in words: its own, else that of the class of the provider's code."""
    codes = (code for code in (status.reason, status.error_class) if code)
    return next((said for code in codes if (said := explain(STATE_REASONS, code, clinic))), None)


def connection_shape(found: Connection, explain: Explain) -> dict[str, Any]:
    """Whether a provider account works, and its circuit."""
    return {
        "channel": found.channel,
        "account": found.account,
        "ok": found.ok,
        "findings": list(found.report.findings),
        "circuit": _circuit_shape(found.stop, found.clinic, explain),
        "stoppedTemplates": [
            {"template": stop.template, **_circuit_shape(stop, found.clinic, explain)}
            for stop in found.stopped_templates
        ],
    }


def _circuit_shape(stop: Stop | None, clinic: Clinic, explain: Explain) -> dict[str, Any]:
    if stop is None:
        return dict.fromkeys(("since", "reason", "reasonText", "code", "nextTryAt"), None) | {"state": "closed"}
    return {
        "state": "half_open" if stop.probe else "open",
        "since": time_text(stop.since, clinic),
        "reason": stop.error_class,
        "reasonText": explain(("stop_reason",), stop.error_class, clinic) or None,
        "code": stop.code,
        "nextTryAt": time_text(stop.probe_at, clinic),
    }


def run_shape(run: Run, clinic: Clinic) -> dict[str, Any]:
    return {
        "id": run.id,
        "clinicId": run.clinic_id,
        "day": run.day.isoformat(),
        "trigger": run.trigger,
        "state": run.state,
        "startedAt": time_text(run.started_at, clinic),
        "finishedAt": time_text(run.finished_at, clinic),
        "counts": dict(run.counts),
        "badRows": [{"place": b.place, "reason": b.reason, "field": b.field or None} for b in run.bad_rows],
        "problem": run.problem or None,
    }


def dry_run_shape(run: DryRun, clinic: Clinic, explain: Explain) -> dict[str, Any]:
    return {
        "clinicId": run.clinic_id,
        "dryRun": True,
        "asOf": time_text(run.as_of, clinic),
        "complete": run.complete,
        "counts": dict(run.counts),
        "badRows": [{"place": b.place, "reason": b.reason, "field": b.field or None} for b in run.bad_rows],
        "problem": run.problem or None,
        "value": [decision_shape(d, clinic, explain) for d in run.decisions],
    }
