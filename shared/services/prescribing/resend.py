"""Send the same reference once more, by the way that is right today; it is written down who asked for it."""

from dataclasses import dataclass, replace

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.prescription.life import PrescriptionEvent, PrescriptionEventName, is_over, is_revoked
from shared.domain.prescription.refusal import PrescriptionRefusal
from shared.services.asking.once import REPEAT
from shared.services.callers import Caller
from shared.services.ports import NewId
from shared.services.prescribing.dispatch import Dispatch
from shared.services.prescribing.once import Once, Request
from shared.services.prescribing.order import AUTO
from shared.services.prescribing.prepare import Prepare, Prepared
from shared.services.prescribing.refusals import Refusals
from shared.services.prescribing.send import Sent
from shared.services.prescribing.view import PrescriptionReports
from shared.storage.contract import PrescriptionLog

RESEND = "prescription_resend"


@dataclass(frozen=True, slots=True)
class ResendOrder:
    """The fields of the form. `last_digits`: of the number, where it goes to one."""

    id: str
    channel: str = AUTO
    sender: str = ""
    note: str = ""
    last_digits: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendPrescription:
    """`POST …/prescriptions/{id}/resend`."""

    reports: PrescriptionReports
    prepare: Prepare
    refusals: Refusals
    once: Once
    dispatch: Dispatch
    pseudonyms: Pseudonyms
    clock: Clock
    new_id: NewId

    async def __call__(self, caller: Caller, order: ResendOrder) -> Sent:
        """Raises NotFound, Conflict, IdempotencyMismatch; then nothing is sent."""
        log, clinic = await self.reports.found(caller, order.id)
        now, one = self.clock.now(), log.prescription
        wishes = (one.id, order.channel, order.sender, order.note)
        request = Request(caller, clinic.id, RESEND, wishes, order.idempotency_key)
        earlier = await self.once.earlier(request)
        if earlier:
            return await self._told(log, clinic, earlier, repeat=True, warnings=(REPEAT,))
        prepared = await self._prepared(log, clinic, order)
        digest = self.pseudonyms.digest(RESEND, clinic.id, one.id, self.new_id())
        mine = self.pseudonyms.placed(clinic.id, clinic.local_day(now), digest)
        message_id = await self.once.begin(request, mine)
        by = f"{caller.name}: {order.sender.strip()}" if order.sender.strip() else caller.name
        event = PrescriptionEvent(PrescriptionEventName.RESENT, now, message_id, by, order.note.strip())
        await self.dispatch(prepared, one, message_id, event)
        return await self._told(log, clinic, message_id, repeat=message_id != mine, warnings=prepared.warnings)

    async def _prepared(self, log: PrescriptionLog, clinic: Clinic, order: ResendOrder) -> Prepared:
        """To the patient as they are known now, not as they were."""
        one, now = log.prescription, self.clock.now()
        if is_revoked(log.events):
            raise self.refusals.of_prescription(PrescriptionRefusal.REVOKED, clinic)
        if is_over(one, clinic, now):
            raise self.refusals.of_prescription(PrescriptionRefusal.EXPIRED, clinic)
        contact = await self.prepare.ways.patient(clinic, one.patient_key, "")
        prepared = await self.prepare.of(clinic, contact, replace(one, patient_name=contact.name), order.channel)
        may_skip = clinic.prescriptions.send_without_preview and not order.last_digits
        if prepared.asks_digits and not may_skip and not prepared.digits_are(order.last_digits):
            raise self.refusals.of_prescription(PrescriptionRefusal.LAST_DIGITS, clinic)
        return prepared

    async def _told(
        self, log: PrescriptionLog, clinic: Clinic, message_id: MessageId, *, repeat: bool, warnings: tuple[str, ...]
    ) -> Sent:
        view = await self.reports.of(log.prescription.id, clinic)
        return Sent(view, clinic, message_id, repeat=repeat, warnings=warnings)
