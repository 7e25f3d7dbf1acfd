"""A reminder's message: the same facts, whether a run plans it or a person schedules it."""

from datetime import datetime

from shared.channels.contract import Channel
from shared.domain.appointment import Appointment, Patient
from shared.domain.clinic import Clinic
from shared.domain.compose import version
from shared.domain.content import TemplateContent
from shared.domain.decision import Planned, Skipped, SkipReason
from shared.domain.identity import Pseudonyms
from shared.domain.local_time import zone_of
from shared.domain.message import Kind, Message, Priority
from shared.domain.person_name import shown_name


def reminder(
    appointment: Appointment,
    planned: Planned,
    content: TemplateContent,
    clinic: Clinic,
    pseudonyms: Pseudonyms,
    *,
    created_at: datetime,
    mock: bool,
    sent_by: str = "system",
) -> Message:
    """The message of a planned step: of an appointment that has a start."""
    starts_at = appointment.start or planned.at  # decide() skips the others
    key, patient = pseudonyms.appointment(clinic.id, appointment.id), appointment.patient
    same_day = clinic.local_day(starts_at) == clinic.local_day(planned.at)
    return Message(
        id=pseudonyms.reminder(clinic.id, key, planned.step, starts_at, clinic.local_day(starts_at)),
        kind=Kind.REMINDER,
        channel=planned.channel,
        account=planned.account,
        to=planned.address,
        content=content,
        language=planned.language,
        scheduled_for=planned.at,
        expires_at=planned.expires_at,
        created_at=created_at,
        patient_key=pseudonyms.patient(clinic.id, patient.id) if patient and patient.id else "",
        patient_name=name_for_staff(patient, clinic),
        appointment_id=appointment.id,
        appointment_key=key,
        starts_at=starts_at,
        step=planned.step,
        version=version(pseudonyms, content, planned.channel),
        sent_by=sent_by,
        mock=mock,
        zone=_zone(patient, clinic),
        address_key=pseudonyms.address(clinic.id, planned.channel, planned.address),
        priority=Priority.TODAY if same_day else Priority.LATER,
    )


def misfit(step: str, content: TemplateContent, channel: Channel) -> Skipped | None:
    """Where the words do not fit the channel."""
    problems = channel.check(content).problems
    if not problems:
        return None
    field = problems[0].field
    reason = SkipReason.NO_TEMPLATE if field == "template" else SkipReason.TEMPLATE_DOES_NOT_FIT
    return Skipped(step, reason, field)


def name_for_staff(patient: Patient | None, clinic: Clinic) -> str:
    """As lists show it: in the clinic's own language."""
    return shown_name(patient.name, clinic.languages[0]) if patient else ""


def _zone(patient: Patient | None, clinic: Clinic) -> str:
    """The patient's, where it is not the clinic's."""
    zone = zone_of(patient.zone, clinic) if patient else clinic.zone
    return "" if zone.key == clinic.zone.key else zone.key
