"""To whom a reply goes: whoever wrote an item of the worklist, whoever got a message, or a patient. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.clinic import Clinic
from shared.domain.identity import CLINIC_ID, MessageId
from shared.domain.message import Message
from shared.domain.number_forms import number_forms
from shared.errors import FieldProblem, InvalidInput, NotFound
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.staff.patient_view import known_patient
from shared.services.staff.report import AUTO_CHANNEL, message_for
from shared.services.staff.worklist import item_for
from shared.services.work_items import read_public_id
from shared.storage.contract import Messages, Patients, WorkItem, Worklist


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """What is answered: exactly one of the three ids."""

    item_id: str = ""
    message_id: str = ""
    patient_id: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput."""
        if sum(map(bool, (self.item_id, self.message_id, self.patient_id))) != 1:
            problem = FieldProblem("worklistId", "Give one of `worklistId`, `messageId` and `patientId`.")
            raise InvalidInput("It must be clear whom the reply is for.", (problem,))


@dataclass(frozen=True, slots=True)
class Addressee:
    """One address that a reply may go to. Holds patient data: never log one.

    `wrote_it`: it is where the words came from that are answered, so whoever reads there is who asked.
    """

    channel: str
    account: str
    to: str
    patient_key: str = ""
    patient_name: str = ""
    language: str = ""
    zone: str = ""
    wrote_it: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAddressee:
    """An answer to something goes by its channel; an answer to a patient by the one asked for, or by any."""

    messages: Messages
    worklist: Worklist
    patients: Patients
    clinics: ClinicBook

    async def clinic(self, caller: Caller, asked: ReplyTo, clinic_id: str) -> Clinic:
        """Raises NotFound, Forbidden."""
        if asked.patient_id:
            return await self.clinics.of_caller(caller, clinic_id)
        if asked.item_id:
            place = read_public_id(asked.item_id)
            named = place[0] if place else ""
        else:
            named = _clinic_of(asked.message_id)
        if not CLINIC_ID.fullmatch(named) or not caller.may_see(named):
            raise NotFound("There is no such item on your worklist." if asked.item_id else "There is no such message.")
        return await self.clinics.get(named)

    async def __call__(
        self, caller: Caller, clinic: Clinic, asked: ReplyTo, channel: str
    ) -> tuple[Sequence[Addressee], WorkItem | None]:
        """Addresses in the order in which they are to be tried, none where we know none; and the item that is answered.
        Raises NotFound."""
        if asked.patient_id:
            return await self._of_patient(clinic, asked.patient_id, channel), None
        if asked.message_id:
            whole = await message_for(caller, asked.message_id, self.messages)
            return (_of_message(whole.message),), None
        item = await item_for(caller, asked.item_id, self.worklist)
        return await self._of_item(clinic, item), item

    async def _of_item(self, clinic: Clinic, item: WorkItem) -> Sequence[Addressee]:
        message = await self.messages.read(item.message_id) if item.message_id else None
        way = clinic.channel(item.channel)
        if item.wrote_from and way is not None:
            account = message.account if message and message.channel == item.channel else way.account
            known = (item.patient_key, item.patient_name, message.language if message else "")
            if message and item.wrote_from not in number_forms(message.to):
                known = ("", "", "")  # somebody else pressed the patient's button
            return (Addressee(item.channel, account, item.wrote_from, *known, wrote_it=True),)
        if message is not None:
            return (_of_message(message),)
        return (
            await self._of_patient(clinic, item.patient_key, item.channel or AUTO_CHANNEL) if item.patient_key else ()
        )

    async def _of_patient(self, clinic: Clinic, patient_key: str, channel: str) -> Sequence[Addressee]:
        contact = await known_patient(self.patients, clinic, patient_key)
        found = []
        for way in clinic.channels:
            if channel in (AUTO_CHANNEL, way.channel):
                record = await self.patients.record(clinic.id, patient_key, way.channel)
                address = record.addresses.get(way.channel, "") or contact.addresses.get(way.address_kind, "")
                if address:
                    known = (patient_key, contact.name, contact.language)
                    found.append(Addressee(way.channel, way.account, address, *known))
        return found


def _of_message(message: Message) -> Addressee:
    known = (message.patient_key, message.patient_name, message.language, message.zone)
    return Addressee(message.channel, message.account, message.to, *known)


def _clinic_of(message_id: str) -> str:
    try:
        return MessageId.parse(message_id).clinic_id
    except ValueError:
        return ""
