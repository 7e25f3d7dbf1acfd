"""A patient as staff see them in a list: who, and how each channel stands with them. No whole number or birth date.

The day and month of birth tell namesakes apart and are what a nurse asks on the telephone. The year is left out: with
name and number it is what others check identities by, and what a flow reads stays in its run history for weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.clock import Clock
from shared.domain.clinic import Clinic, ClinicChannel
from shared.domain.decision import SkipReason
from shared.domain.identity import DIGEST, Pseudonyms
from shared.domain.masked import masked
from shared.domain.message import State, fold
from shared.domain.number_forms import number_forms
from shared.errors import NotFound
from shared.services.abreast import abreast
from shared.services.ports import OpenChannel
from shared.services.reply_window import window_ends
from shared.storage.contract import AddressStanding, ConsentRecord, Consents, ContactRow, MessageLog, Messages, Patients

LATEST_WISHES = 5
_VOID = frozenset(
    {SkipReason.CANCELLED, SkipReason.MOVED, SkipReason.NOT_BOOKED, SkipReason.NO_START, SkipReason.NOT_IN_LIST}
)
MESSAGES_LOOKED_AT = 10  # newest first by their time: those of appointments ahead come first


@dataclass(frozen=True, slots=True)
class PatientChannel:
    """How a channel of the clinic stands with a patient. `held`: a person must look first. `free_text_until`: staff may
    answer in their own words until then."""

    channel: str
    contact: str  # masked; empty: we know no address
    opted_in: bool
    opted_out: bool
    held: bool
    unreachable: bool
    free_text_until: datetime | None


@dataclass(frozen=True, slots=True)
class PatientView:
    """Holds patient data: never log one."""

    patient_id: str  # ours, opaque
    name: str
    born_on: str  # MM-DD; empty: not known
    language: str
    channels: Sequence[PatientChannel]
    next_appointment_at: datetime | None
    wishes: Sequence[ConsentRecord]  # as people recorded them, newest first


@dataclass(frozen=True, slots=True)
class Standing:
    """A channel, the addresses by which the patient has it, and what is known of each."""

    way: ClinicChannel
    address: str
    keys: tuple[str, ...]  # of every form of the number
    of_each: tuple[AddressStanding, ...]
    opted_in: bool

    @property
    def opted_out(self) -> bool:
        return any(one.opted_out for one in self.of_each)

    @property
    def wrote_at(self) -> datetime | None:
        return max((one.wrote_at for one in self.of_each if one.wrote_at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewPatient:
    """Reads only."""

    patients: Patients
    consents: Consents
    messages: Messages
    open_channel: OpenChannel
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(self, clinic: Clinic, contact: ContactRow) -> PatientView:
        async def of(way: ClinicChannel) -> PatientChannel:
            return await self.channel(await self.standing(clinic, contact, way))

        return PatientView(
            patient_id=contact.patient_key,
            name=contact.name,
            born_on=f"{contact.birth_on:%m-%d}" if contact.birth_on else "",
            language=contact.language,
            channels=await abreast(of, clinic.channels),
            next_appointment_at=await self._next(clinic, contact.patient_key),
            wishes=await self.consents.latest(clinic.id, contact.patient_key, LATEST_WISHES),
        )

    async def standing(self, clinic: Clinic, contact: ContactRow, way: ClinicChannel) -> Standing:
        """How one channel stands with the patient, under every form of their number."""
        record = await self.patients.record(clinic.id, contact.patient_key, way.channel)
        address = record.addresses.get(way.channel, "") or contact.addresses.get(way.address_kind, "")
        forms = number_forms(address) if address else ()
        keys = tuple(self.pseudonyms.address(clinic.id, way.channel, form) for form in forms)
        now = self.clock.now()
        of_each = [await self.patients.standing(clinic.id, way.channel, key, now) for key in keys]
        return Standing(way, address, keys, tuple(of_each), way.channel in record.opted_in)

    async def channel(self, found: Standing) -> PatientChannel:
        return PatientChannel(
            channel=found.way.channel,
            contact=masked(found.address),
            opted_in=found.opted_in,
            opted_out=found.opted_out,
            held=any(one.held for one in found.of_each),
            unreachable=any(one.unreachable for one in found.of_each),
            free_text_until=await self._free_text_until(found),
        )

    async def _free_text_until(self, found: Standing) -> datetime | None:
        if found.wrote_at is None or found.opted_out:
            return None
        channel = await self.open_channel(found.way.channel, found.way.account)
        until = window_ends(found.wrote_at, channel)
        return until if until > self.clock.now() else None

    async def _next(self, clinic: Clinic, patient_key: str) -> datetime | None:
        """Of the appointments that a message was planned for: we keep no list of our own."""
        page = await self.messages.history(clinic.id, patient_key, MESSAGES_LOOKED_AT, "")
        now = self.clock.now()
        ahead = [message_id for message_id in page.items if message_id.day >= clinic.local_day(now)]
        wholes = [whole for whole in await abreast(self.messages.whole, ahead) if whole is not None]
        starts = [whole.message.starts_at for whole in wholes if not _is_void(whole)]
        return min((start for start in starts if start is not None and start > now), default=None)


def _is_void(whole: MessageLog) -> bool:
    """Whether it was planned for an appointment that does not stand as it was."""
    status = fold(whole.events, whole.message.scheduled_for)
    return status.state is State.DROPPED and status.reason in _VOID


async def known_patient(patients: Patients, clinic: Clinic, patient_key: str) -> ContactRow:
    """Raises NotFound, also for what is no patient's id."""
    found = await patients.contact(clinic.id, patient_key) if DIGEST.fullmatch(patient_key) else None
    if found is None:
        raise NotFound("There is no such patient at this clinic.")
    return found
