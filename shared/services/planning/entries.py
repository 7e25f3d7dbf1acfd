"""From one appointment to what planning writes for it: a decision per step, a message where one is planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.channels.contract import Channel
from shared.domain.appointment import Appointment
from shared.domain.clinic import AddressKind, Clinic
from shared.domain.compose import compose
from shared.domain.content import TemplateContent
from shared.domain.decide import decide
from shared.domain.decision import Decision, Planned, Skipped
from shared.domain.identity import Pseudonyms
from shared.domain.message import Message
from shared.domain.number_owners import NumberOwners
from shared.domain.register import NO_RECORD, Register
from shared.services.planning.contacts import Contacts, KeptContact, MetAddresses
from shared.services.planning.reminder import misfit, name_for_staff, reminder
from shared.storage.contract import DecisionRecord, PlanEntry
from shared.wording import Wording


@dataclass(frozen=True, slots=True)
class Planning:
    """What stays the same through one run. `as_of` is the instant that the run decides for."""

    clinic: Clinic
    run_id: str
    as_of: datetime
    register: Register
    channels: dict[str, Channel]
    pseudonyms: Pseudonyms
    wording: Wording
    mock: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """One entry per step of the clinic, and the patient's contact where it differs from the one stored."""

    entries: Sequence[PlanEntry]
    contact: KeptContact | None


class EntryMaker:
    """Decides and writes down, for one run. Knows the addresses it has met, so that a shared number is seen."""

    def __init__(self, planning: Planning) -> None:
        self._p = planning
        self._contacts = Contacts(planning.clinic, planning.as_of, planning.pseudonyms)
        self.owners = NumberOwners()

    def decided(self, appointment: Appointment, *, alone: bool = False) -> Decided:
        """`alone`: as if no number were shared."""
        p = self._p
        patient_key = self.patient_key(appointment)
        record = p.register.patient(patient_key) if patient_key else NO_RECORD
        met: dict[str, str] = {}
        shared: set[str] = set()

        def is_shared(kind: AddressKind, address: str) -> bool:
            met[kind] = address
            if alone or not self.owners.shared(p.pseudonyms.address(p.clinic.id, kind, address), patient_key):
                return False
            shared.add(kind)
            return True

        decisions = decide(appointment, record, self._opted_out, p.clinic, p.as_of, is_shared, self._unreachable)
        where = MetAddresses(met, shared)
        contact = self._contacts.changed(appointment.patient, patient_key, record, where)
        return Decided([self._entry(appointment, patient_key, decision) for decision in decisions], contact)

    def patient_key(self, appointment: Appointment) -> str:
        patient = appointment.patient
        return self._p.pseudonyms.patient(self._p.clinic.id, patient.id) if patient and patient.id else ""

    def appointment_key(self, appointment: Appointment) -> str:
        return self._p.pseudonyms.appointment(self._p.clinic.id, appointment.id)

    def digest_for(self, decision: DecisionRecord) -> str:
        """Of the message that this step would have for the start that the appointment has now; empty without one."""
        if decision.starts_at is None:
            return ""
        placed = (self._p.clinic.id, decision.appointment_key, decision.step, decision.starts_at, decision.day)
        return self._p.pseudonyms.reminder(*placed).digest

    def _opted_out(self, channel: str, address: str) -> bool:
        p = self._p
        return p.register.opted_out(channel, p.pseudonyms.address(p.clinic.id, channel, address))

    def _unreachable(self, channel: str, address: str) -> bool:
        p = self._p
        return p.register.unreachable(channel, p.pseudonyms.address(p.clinic.id, channel, address), p.as_of)

    def _entry(self, appointment: Appointment, patient_key: str, decision: Decision) -> PlanEntry:
        message: Message | None = None
        if isinstance(decision, Planned):
            content = compose(appointment, decision, self._p.clinic, self._p.wording)
            refused = misfit(decision.step, content, self._p.channels[decision.channel])
            if refused is None:
                message = self._message(appointment, decision, content)
            else:
                decision = refused
        return PlanEntry(self._record(appointment, patient_key, decision, message), message)

    def _record(
        self, appointment: Appointment, patient_key: str, decision: Decision, message: Message | None
    ) -> DecisionRecord:
        p = self._p
        planned = decision if isinstance(decision, Planned) else None
        skipped = decision if isinstance(decision, Skipped) else None
        name = name_for_staff(appointment.patient, p.clinic)
        return DecisionRecord(
            clinic_id=p.clinic.id,
            day=self._day(appointment),
            appointment_key=self.appointment_key(appointment),
            step=decision.step,
            decided_at=p.as_of,
            run_id=p.run_id,
            fingerprint=p.pseudonyms.digest(
                "decision", appointment.id, patient_key, name, *_shown(appointment), *_summary(decision, message)
            ),
            message_id=message.id if message else None,
            scheduled_for=planned.at if planned else None,
            channel=planned.channel if planned else "",
            reason=skipped.reason if skipped else None,
            detail=skipped.detail if skipped else ",".join(planned.notes if planned else ()),
            starts_at=appointment.start,
            appointment_id=appointment.id,
            patient_key=patient_key,
            patient_name=name,
            appointment_type=appointment.type_text,
            location=appointment.location,
        )

    def _message(self, appointment: Appointment, planned: Planned, content: TemplateContent) -> Message:
        p = self._p
        return reminder(appointment, planned, content, p.clinic, p.pseudonyms, created_at=p.as_of, mock=p.mock)

    def _day(self, appointment: Appointment) -> date:
        return self._p.clinic.local_day(appointment.start or self._p.as_of)


def _shown(appointment: Appointment) -> tuple[str, ...]:
    """What the list of appointments shows beside the decision."""
    starts_at = appointment.start
    return appointment.type_text, appointment.location, starts_at.isoformat() if starts_at else ""


def _summary(decision: Decision, message: Message | None) -> tuple[str, ...]:
    if isinstance(decision, Skipped):
        return ("skipped", decision.step, decision.reason, decision.detail)
    when = (decision.at.isoformat(), decision.expires_at.isoformat())
    way = (decision.channel, decision.account, decision.address)
    words = (message.version, message.zone) if message else ("", "")
    return ("planned", decision.step, *when, *way, *words, *decision.notes)
