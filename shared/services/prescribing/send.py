"""Send a prescription reference: looked at before, checked again, kept once, and due in a second."""

from dataclasses import dataclass, replace

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.prescription.life import PrescriptionEvent, PrescriptionEventName
from shared.domain.prescription.refusal import PrescriptionRefusal
from shared.services.asking.once import REPEAT
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.ports import NewId
from shared.services.prescribing.dispatch import Dispatch
from shared.services.prescribing.once import Once, Request
from shared.services.prescribing.order import PrescriptionOrder
from shared.services.prescribing.prepare import Prepare, Prepared
from shared.services.prescribing.preview import PreviewTokens
from shared.services.prescribing.refusals import Refusals
from shared.services.prescribing.view import PrescriptionReports, PrescriptionView
from shared.storage.contract import Messages

SEND = "prescription"
QUIET = "It is quiet hours at the clinic; this message is sent all the same."


@dataclass(frozen=True, slots=True)
class Sent:
    """What the caller is told."""

    view: PrescriptionView
    clinic: Clinic
    message_id: MessageId
    repeat: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """Whether a person has seen what is about to be sent, and knows whose number it is."""

    tokens: PreviewTokens
    refusals: Refusals
    clock: Clock

    def require(self, caller: Caller, prepared: Prepared, token: str, digits: str) -> None:
        """Raises Conflict. Without a token only where the clinic lets flows send so; digits that are given must be
        right all the same."""
        clinic, asks = prepared.clinic, prepared.asks_digits
        if not token and not clinic.prescriptions.send_without_preview:
            raise self.refusals.of_prescription(PrescriptionRefusal.PREVIEW_MISSING, clinic)
        if token and (fault := self.tokens.fault(token, caller, prepared, self.clock.now())):
            raise self.refusals.of_prescription(fault, clinic)
        if asks and (token or digits) and not prepared.digits_are(digits):
            raise self.refusals.of_prescription(PrescriptionRefusal.LAST_DIGITS, clinic)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPrescription:
    """`POST /api/{channel}/v1/prescriptions`."""

    clinics: ClinicBook
    prepare: Prepare
    looked_at: LookedAt
    once: Once
    dispatch: Dispatch
    messages: Messages
    reports: PrescriptionReports
    pseudonyms: Pseudonyms
    clock: Clock
    new_id: NewId

    async def __call__(self, caller: Caller, order: PrescriptionOrder) -> Sent:
        """Raises InvalidInput, NotFound, Forbidden, Conflict, IdempotencyMismatch; then nothing is sent or kept."""
        clinic, now = await self.clinics.of_caller(caller, order.clinic_id), self.clock.now()
        keys = (order.idempotency_key, order.preview_token)
        request = Request(caller, clinic.id, SEND, order.wishes, *keys)
        if done := await self._done(clinic, await self.once.earlier(request)):
            return done
        prepared = await self.prepare(caller, clinic, order)
        self.looked_at.require(caller, prepared, order.preview_token, order.last_digits)
        digest = self.pseudonyms.digest(SEND, clinic.id, self.new_id())
        message_id = self.pseudonyms.placed(clinic.id, clinic.local_day(now), digest)
        message_id = await self.once.begin(request, message_id)
        if done := await self._done(clinic, message_id):
            return done
        return await self._sent(prepared, message_id)

    async def _done(self, clinic: Clinic, message_id: MessageId | None) -> Sent | None:
        """What the same request came to before; None: it did not get as far as a message."""
        if message_id is None or (message := await self.messages.read(message_id)) is None:
            return None
        view = await self.reports.of(message.prescription, clinic)
        return Sent(view, clinic, message_id, repeat=True, warnings=(REPEAT,))

    async def _sent(self, prepared: Prepared, message_id: MessageId) -> Sent:
        if prepared.prescription is None:
            raise ValueError("nothing to send")
        clinic, warnings = prepared.clinic, prepared.warnings
        one = replace(prepared.prescription, id=message_id.digest)
        event = PrescriptionEvent(PrescriptionEventName.SENT, one.created_at, message_id, one.sent_by)
        await self.dispatch(prepared, one, message_id, event)
        if clinic.quiet_hours.holds(clinic.local(one.created_at).time()):
            warnings += (QUIET,)
        return Sent(await self.reports.of(one.id, clinic), clinic, message_id, repeat=False, warnings=warnings)
