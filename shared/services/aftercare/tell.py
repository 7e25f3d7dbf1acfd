"""Tell a person of a message: one item on the clinic's worklist, and an event that the message's page shows."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.clinic import AddressKind, Clinic
from shared.domain.identity import Pseudonyms
from shared.domain.message import Event, EventName, Message, Status
from shared.services.record import Recorder
from shared.services.work_items import SYSTEM, about_message, of_patient, phone_of, work_id
from shared.storage.contract import Hold, MessageLog, Patients, WorkItem, WorkKind, Worklist


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Each thing once: the item's id is what the item is about. Repeatable."""

    worklist: Worklist
    patients: Patients
    recorder: Recorder
    pseudonyms: Pseudonyms

    async def __call__(
        self,
        clinic: Clinic,
        whole: MessageLog,
        kind: WorkKind,
        reason: str,
        now: datetime,
        code: str = "",
        holds: tuple[Hold, ...] = (),
    ) -> None:
        """`reason`: a code that has words; `code`: the provider's own, which has none. `holds`: what the item lifts."""
        message = whole.message
        if not _told(whole, kind):
            item = await self._item(clinic, message, kind, reason, now)
            await self.worklist.open([replace(item, note=code, holds=holds)])
            await self.recorder.record(message, Event(message.id, EventName.TOLD, now, detail=kind))

    async def settled(self, whole: MessageLog, status: Status, now: datetime) -> None:
        """What was told as unknown is known now: nobody needs to phone because of it."""
        if _told(whole, WorkKind.UNKNOWN_OUTCOME):
            item_id = self._id(whole.message, WorkKind.UNKNOWN_OUTCOME)
            await self.worklist.resolve(whole.message.id.clinic_id, item_id, str(status.state), SYSTEM, now)

    def _id(self, message: Message, kind: WorkKind) -> str:
        return work_id(self.pseudonyms, message.id.clinic_id, kind, str(message.id))

    async def _item(self, clinic: Clinic, message: Message, kind: WorkKind, reason: str, now: datetime) -> WorkItem:
        item = WorkItem(
            id=self._id(message, kind),
            clinic_id=clinic.id,
            kind=kind,
            opened_at=now,
            act_by=message.starts_at or message.expires_at,
            reason=reason,
            channel=message.channel,
            contact=await self._contact(clinic, message),
        )
        return of_patient(about_message(item, message), message)

    async def _contact(self, clinic: Clinic, message: Message) -> str:
        """A number to phone; the address itself where it is one."""
        way = clinic.channel(message.channel)
        if way is not None and way.address_kind is AddressKind.PHONE:
            return message.to
        return await phone_of(self.patients, clinic.id, message.patient_key)


def _told(whole: MessageLog, kind: WorkKind) -> bool:
    return any(event.name is EventName.TOLD and event.detail == kind for event in whole.events)
