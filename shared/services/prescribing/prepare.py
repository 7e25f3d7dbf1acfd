"""From an order to what would be sent: to whom, by which way, in which words. Preview and send make it alike."""

import hmac
from dataclasses import dataclass, replace

from shared.channels.contract import Channel, Charge
from shared.clock import Clock
from shared.domain.clinic import AddressKind, Clinic
from shared.domain.content import Content
from shared.domain.decision import PlanNote
from shared.domain.identity import Pseudonyms
from shared.domain.language import best_language
from shared.domain.masked import masked
from shared.domain.phone_number import PhoneAddress
from shared.domain.prescription.life import Prescription
from shared.domain.prescription.refusal import PrescriptionRefusal
from shared.domain.way import Way
from shared.errors import InvalidInput
from shared.services.callers import Caller
from shared.services.ports import OpenChannel
from shared.services.prescribing.order import OrderReader, PrescriptionOrder
from shared.services.prescribing.refusals import Refusals
from shared.services.prescribing.ways import FindWays, address_of
from shared.services.prescribing.words import CODE_ALONE, PrescriptionWords
from shared.storage.contract import ContactRow

PLACEHOLDER = "preview"  # stands for the page's token where nothing is sent
DIGITS = 3
NO_PAGE = "There is no page for the patient, since PUBLIC_URL is not set: the message holds the code only."


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be sent. Patient data: never log one."""

    clinic: Clinic
    contact: ContactRow
    way: Way
    channel: Channel
    content: Content
    text: str  # exactly what the patient would read
    language: str
    warnings: tuple[str, ...]
    prescription: Prescription | None = None

    @property
    def charge(self) -> Charge:
        return self.channel.charge(self.content)

    @property
    def asks_digits(self) -> bool:
        return self.way.channel.address_kind is AddressKind.PHONE

    @property
    def shown_to(self) -> str:
        """The number without its last digits, which a nurse types; or the channel's name where there is none."""
        return masked(address_of(self.way)) if self.asks_digits else self.channel.title

    def digits_are(self, typed: str) -> bool:
        """In constant time, though there is little to find out."""
        return hmac.compare_digest(typed.strip().encode(), address_of(self.way)[-DIGITS:].encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Reads, finds, composes; keeps nothing."""

    ways: FindWays
    words: PrescriptionWords
    open_channel: OpenChannel
    refusals: Refusals
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(self, caller: Caller, clinic: Clinic, order: PrescriptionOrder) -> Prepared:
        """Raises InvalidInput and Conflict, in words for a nurse."""
        now = self.clock.now()
        wanted = OrderReader(clinic, clinic.local_day(now), self.refusals)(order)
        contact = await self.ways.patient(clinic, order.patient_id, order.patient_number)
        language, warnings = self.language(clinic, contact, order.language)
        one = Prescription(
            id="",
            clinic_id=clinic.id,
            patient_key=contact.patient_key,
            patient_name=contact.name,
            birth_on=contact.birth_on,
            reference=wanted.reference,
            controlled=wanted.controlled,
            last_day=wanted.last_day,
            language=language,
            created_at=now,
            sent_by=f"{caller.name}: {order.sender.strip()}" if order.sender.strip() else caller.name,
            pharmacy=wanted.pharmacy,
            nominated=wanted.nominated,
            registration=wanted.registration,
        )
        return await self.of(clinic, contact, one, order.channel, warnings)

    async def of(
        self, clinic: Clinic, contact: ContactRow, one: Prescription, channel: str, warnings: tuple[str, ...] = ()
    ) -> Prepared:
        """By the first way that takes the words whole. Raises Conflict."""
        self._require_a_page(clinic, one)
        for way in await self.ways(clinic, contact, channel, self.clock.now()):
            if (found := await self.by(clinic, contact, one, way)) is not None:
                return replace(found, warnings=(*warnings, *found.warnings))
        raise self.refusals.of_prescription(PrescriptionRefusal.DOES_NOT_FIT, clinic)

    def content(self, prepared: Prepared, page_token: str) -> Content:
        """The same words, with the way to the page."""
        if prepared.prescription is None:
            return prepared.content
        return self.words.content(prepared.prescription, prepared.clinic, prepared.way.channel, page_token)

    def language(self, clinic: Clinic, contact: ContactRow, asked: str) -> tuple[str, tuple[str, ...]]:
        """Asked for, else the patient's; with a warning where the clinic has neither (health.md 8, H14)."""
        if asked and asked not in clinic.languages:
            raise InvalidInput(f"`language` must be one of: {', '.join(clinic.languages)}.")
        wanted = [language for language in (asked, contact.language) if language]
        found = best_language(wanted, clinic.languages)
        if found or not wanted:
            return found or clinic.languages[0], ()
        return clinic.languages[0], (self.refusals.text("plan_note", PlanNote.LANGUAGE_FALLBACK, clinic),)

    def notes(self, clinic: Clinic, way: Way) -> tuple[str, ...]:
        """What staff should look at twice."""
        new = isinstance(way.address, PhoneAddress) and way.address.new_range
        return (self.refusals.text("plan_note", PlanNote.NUMBER_NEW_RANGE, clinic),) if new else ()

    async def by(self, clinic: Clinic, contact: ContactRow, one: Prescription, way: Way) -> Prepared | None:
        """By this way; None: its channel would refuse it, or cut what must stand there."""
        channel = await self.open_channel(way.channel.channel, way.channel.account)
        content = self.words.content(one, clinic, way.channel, PLACEHOLDER)
        checked = channel.check(content)
        if checked.problems:
            return None
        text = channel.rendered(content)
        if not all(part in text for part in self.words.must_hold(one, clinic)):
            return None
        without = (NO_PAGE,) if self.words.purpose(clinic) == CODE_ALONE else ()
        notes = (*self.notes(clinic, way), *checked.warnings, *without)
        return Prepared(clinic, contact, way, channel, content, text, one.language, notes, one)

    def _require_a_page(self, clinic: Clinic, one: Prescription) -> None:
        if not clinic.prescriptions.ask_birthday:
            return
        if not self.words.public.base:
            raise self.refusals.of_prescription(PrescriptionRefusal.NO_PAGE, clinic)
        if one.birth_on is None:
            raise self.refusals.of_prescription(PrescriptionRefusal.BIRTHDAY_UNKNOWN, clinic)
