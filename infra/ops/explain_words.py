"""An appointment's story as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.ops.words import clinic_second, clinic_time, detail, meaning, reason
from shared.domain.clinic import Clinic, OptInRule
from shared.domain.identity import MessageId
from shared.domain.masked import masked
from shared.services.staff.explain import Explained, SourceSays, Way
from shared.services.staff.report import MessageView
from shared.services.work_items import public_id
from shared.storage.contract import DecisionRecord, WorkItem


def story(found: Explained, texts: Mapping[MessageId, str]) -> Iterator[str]:
    """`texts`: what patients read, of the messages whose words are wanted."""
    clinic = found.clinic
    patient = next((one.patient_name for one in found.decisions if one.patient_name), "")
    yield f"Appointment {found.appointment_id} of {clinic.id}{f': {patient}' if patient else ''}"
    if found.source is not None:
        yield f"  in the appointment system now: {_source(found.source, clinic)}"
    yield ""
    yield from _decisions(found)
    for view in found.messages:
        yield ""
        yield from _message(view, clinic, texts.get(view.message.id, ""))
    if found.work:
        yield from ("", "On the worklist")
        for item in found.work:
            yield from _item(item, clinic)
    if found.ways:
        yield from ("", "Ways to this patient")
        for way in found.ways:
            yield f"  {way.standing.way.channel}: {'; '.join(_way(way))}"


def _source(source: SourceSays, clinic: Clinic) -> str:
    if source.problem:
        return f"it does not say ({source.problem})"
    if source.appointment is None:
        return "it is not there"
    one = source.appointment
    return ", ".join(filter(None, (one.status, clinic_time(one.start, clinic), one.type_text, one.location)))


def _decisions(found: Explained) -> Iterator[str]:
    yield "Decisions"
    for decision in found.decisions:
        yield from _decision(decision, found.clinic)
    if not found.decisions:
        where = f" from {found.looked_at[0]} to {found.looked_at[1]}" if found.looked_at else " on that day"
        yield f"  none: no run has met this appointment{where}."
        ran = clinic_time(found.last_complete_at, found.clinic)
        yield f"  {'The last complete run began ' + ran if ran else 'No run has been complete yet'}; the clinic looks "
        yield f"  {found.clinic.window_days} days ahead. `ops tomorrow {found.clinic.id}` shows what the next run does."


def _decision(decision: DecisionRecord, clinic: Clinic) -> Iterator[str]:
    start = f"for {clinic_time(decision.starts_at, clinic)}" if decision.starts_at else f"on {decision.day}"
    if decision.reason is None:
        came_to = f"planned for {clinic_time(decision.scheduled_for, clinic)} by {decision.channel}"
        notes = "; ".join(meaning("plan_note", note).text or note for note in decision.detail.split(",") if note)
    else:
        came_to, notes = f"skipped: {reason(decision.reason)}", decision.detail
    yield f"  {decision.step} {start}: {came_to}{f' [{notes}]' if notes else ''}"
    yield f"      decided {clinic_time(decision.decided_at, clinic)} by run {decision.run_id}"


def _message(view: MessageView, clinic: Clinic, text: str) -> Iterator[str]:
    message, status = view.message, view.status
    yield f"Message {message.id}"
    yield f"  {message.kind} {message.step} by {message.channel} ({message.account}), from {message.sent_by}"
    yield f"  for {clinic_time(message.scheduled_for, clinic)}, not after {clinic_time(message.expires_at, clinic)}"
    yield f"  now: {meaning('state', status.state).meaning or status.state}{_because(status.reason)}"
    if message.instead_of:
        yield f"  in place of {message.instead_of}"
    for event in view.events:
        said = " ".join(filter(None, (detail(event.detail), f"[{event.error_class}]" if event.error_class else "")))
        attempt = f" (attempt {event.attempt})" if event.attempt > 1 else ""
        yield f"    {clinic_second(event.at, clinic)}  {event.name}{attempt}{f': {said}' if said else ''}"
    for line in text.splitlines():
        yield f"    | {line}"


def _because(code: str) -> str:
    return f" {reason(code)}" if code else ""


def _item(item: WorkItem, clinic: Clinic) -> Iterator[str]:
    state = f"resolved as {item.resolution} by {item.resolved_by}" if item.resolved_at else "open"
    yield f"  {public_id(item)}  {state}, since {clinic_time(item.opened_at, clinic)}"
    yield f"      {meaning('work', item.kind).meaning}{_because(item.reason)}"


def _way(way: Way) -> Iterator[str]:
    standing = way.standing
    yield masked(standing.address) or "no address"
    if standing.opted_in or standing.way.opt_in is OptInRule.REQUIRED:
        yield "opted in" if standing.opted_in else "no opt-in, which the clinic asks for"
    if standing.opted_out:
        yield "OPTED OUT"
    for one in standing.of_each:
        if one.unreachable:
            yield f"unreachable, says the provider ({one.unreachable})"
        yield from (f"held until a person has looked ({code})" for code in sorted(one.held))
    if way.stop is not None:
        why = meaning("stop_reason", way.stop.error_class).meaning or way.stop.error_class
        yield f"NOTHING IS SENT: {why} ({way.stop.code})"
