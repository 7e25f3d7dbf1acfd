"""Look before anything is sent: exactly what the patient would read, to whom it would go, and a token for the send.

The token is bound to the caller, the clinic, the patient, the address, the rendered words and the fields of the form,
for 15 minutes. So what is sent is what somebody has looked at: a changed number, name or word in between stops it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.channels.contract import Charge
from shared.clock import Clock
from shared.domain.content import TextContent
from shared.domain.identity import Pseudonyms
from shared.domain.prescription.reference import PrescriptionKind
from shared.domain.prescription.refusal import PrescriptionRefusal
from shared.domain.way import Way
from shared.errors import InvalidInput
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.prescribing.draw_code import draw_code
from shared.services.prescribing.limits import LONGEST_TEXT
from shared.services.prescribing.order import AUTO, PrescriptionOrder
from shared.services.prescribing.prepare import Prepare, Prepared
from shared.services.prescribing.signed import Signed, Standing
from shared.services.prescribing.ways import address_of

LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class TextOrder:
    """Free words to a patient, as the form has them."""

    clinic_id: str = ""
    patient_id: str = ""
    patient_number: str = ""
    channel: str = AUTO
    text: str = ""


@dataclass(frozen=True, slots=True)
class OtherWay:
    """How the same would read on another channel that may be used for the patient."""

    channel: str
    shown_to: str
    text: str
    charge: Charge


@dataclass(frozen=True, slots=True)
class Previewed:
    """What the form shows before the button is pressed."""

    prepared: Prepared
    token: str
    until: datetime
    others: tuple[OtherWay, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewTokens:
    """Gives tokens for what was shown, and tells whether one is of what is about to be sent."""

    signed: Signed
    pseudonyms: Pseudonyms

    def issue(self, caller: Caller, prepared: Prepared, now: datetime) -> tuple[str, datetime]:
        until = now.replace(microsecond=0) + LASTS
        return self.signed.issue(until, *self._bound_to(caller, prepared)), until

    def fault(self, token: str, caller: Caller, prepared: Prepared, now: datetime) -> PrescriptionRefusal | None:
        """Why this token allows nothing; None: it is of exactly this."""
        match self.signed.standing(token, now, *self._bound_to(caller, prepared)):
            case Standing.GOOD:
                return None
            case Standing.EXPIRED:
                return PrescriptionRefusal.PREVIEW_EXPIRED
            case Standing.FOREIGN:
                return PrescriptionRefusal.PREVIEW_OF_ANOTHER

    def _bound_to(self, caller: Caller, prepared: Prepared) -> tuple[str, ...]:
        """Digests only, so that even the key's holder reads no patient data out of a signature's making."""
        clinic, channel = prepared.clinic, prepared.way.channel
        where = self.pseudonyms.address(clinic.id, channel.channel, address_of(prepared.way))
        text = self.pseudonyms.digest("previewed-text", prepared.text)
        fields = self.pseudonyms.digest("previewed-fields", *_fields(prepared))
        return (
            caller.id,
            clinic.id,
            prepared.contact.patient_key,
            channel.channel,
            channel.account,
            where,
            text,
            fields,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`POST /api/{channel}/v1/previews`. Sends nothing and keeps nothing."""

    prepare: Prepare
    tokens: PreviewTokens
    clinics: ClinicBook
    clock: Clock

    async def prescription(self, caller: Caller, order: PrescriptionOrder) -> Previewed:
        """Raises as Prepare. A clinic code that is not given is drawn here: the form's send carries it."""
        clinic = await self.clinics.of_caller(caller, order.clinic_id)
        kind = order.kind or clinic.prescriptions.kinds[0]
        if not order.reference.strip() and kind in (PrescriptionKind.CLINIC_CODE, PrescriptionKind.INDIA):
            order = replace(order, reference=draw_code().code)
        prepared = await self.prepare(caller, clinic, order)
        token, until = self.tokens.issue(caller, prepared, self.clock.now())
        return Previewed(prepared, token, until, await self._others(prepared))

    async def text(self, caller: Caller, order: TextOrder) -> Previewed:
        """Free words. Raises InvalidInput, Conflict."""
        clinic = await self.clinics.of_caller(caller, order.clinic_id)
        if not order.text.strip() or len(order.text) > LONGEST_TEXT:
            raise InvalidInput(f"Write a text of at most {LONGEST_TEXT} characters.")
        ways, now = self.prepare.ways, self.clock.now()
        contact = await ways.patient(clinic, order.patient_id, order.patient_number)
        way = (await ways(clinic, contact, order.channel, now))[0]
        channel = await self.prepare.open_channel(way.channel.channel, way.channel.account)
        content = TextContent(order.text)
        checked = channel.check(content)
        if checked.problems:
            raise InvalidInput("The message cannot be sent as it stands.", checked.problems)
        warnings = (*self.prepare.notes(clinic, way), *checked.warnings, _window(channel.reply_window))
        language, _ = self.prepare.language(clinic, contact, "")
        text = channel.rendered(content)
        prepared = Prepared(clinic, contact, way, channel, content, text, language, warnings)
        token, until = self.tokens.issue(caller, prepared, now)
        return Previewed(prepared, token, until)

    async def _others(self, prepared: Prepared) -> tuple[OtherWay, ...]:
        """The clinic's other channels that may be used."""
        found: list[OtherWay] = []
        clinic, contact, one = prepared.clinic, prepared.contact, prepared.prescription
        for channel in clinic.channels:
            if one is None or channel.channel == prepared.way.channel.channel:
                continue
            way = await self.prepare.ways.by(clinic, contact, channel, self.clock.now())
            other = await self.prepare.by(clinic, contact, one, way) if isinstance(way, Way) else None
            if other is not None:
                found.append(OtherWay(channel.channel, other.shown_to, other.text, other.charge))
        return tuple(found)


def _fields(prepared: Prepared) -> tuple[str, ...]:
    one = prepared.prescription
    if one is None:
        return ("text", prepared.language)
    days = (one.last_day.isoformat(), str(one.controlled), str(one.nominated))
    return (one.reference.kind, one.reference.code, *days, one.pharmacy, one.registration, one.language)


def _window(window: timedelta) -> str:
    hours = int(window.total_seconds()) // 3600
    return f"Free text reaches the patient only if they have written to the clinic in the last {hours} hours."
