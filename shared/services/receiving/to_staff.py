"""What a patient wrote or did, put on the worklist. Repeatable: the item's id is determined by what they wrote."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic, ClinicChannel, OptInRule
from shared.domain.identity import Pseudonyms
from shared.domain.message import Message
from shared.domain.plain_text import shortened
from shared.domain.reply import Meaning, WhyAPerson
from shared.services.clinics import UNASSIGNED
from shared.services.receiving.bind import Bound, Correspondence, Prompt, Sender
from shared.services.work_items import about_message, contact_of, of_patient, work_id
from shared.storage.contract import ContactRow, Hold, Patients, WorkItem, WorkKind, Worklist

READ_WITHIN = timedelta(hours=4)  # nobody has judged yet how urgent it is: before what is due tomorrow
LONGEST_SAID = 4096


@dataclass(frozen=True, slots=True)
class Said:
    """What a patient wrote or did, with the key that tells it from everything else. Holds patient data."""

    sender: Sender
    owner: str  # 26 characters; also the owner of the event that it makes
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellStaff:
    """Opens items for staff."""

    worklist: Worklist
    patients: Patients
    pseudonyms: Pseudonyms
    clock: Clock

    async def judge(
        self,
        said: Said,
        bound: Bound,
        why: WhyAPerson,
        suggestion: Meaning | None = None,
        about: Message | None = None,
        *,
        hold: bool = False,
    ) -> None:
        """Something that only a person may judge. `about`: the message it answers, where that is known; else the only
        appointment ahead, if there is one. `hold`: until then nothing goes to the address."""
        chosen, at = bound.chosen, said.sender.at
        ahead = chosen.ahead(at) if chosen else ()
        about = about or (ahead[0].message if len(ahead) == 1 else None)
        who = about or (chosen.logs[0].message if chosen and chosen.logs else None)
        starts_at = about.starts_at if about else None
        act_by = min(at + READ_WITHIN, starts_at) if starts_at and starts_at > at else at + READ_WITHIN
        item = self._item(WorkKind.NEEDS_A_PERSON, said, chosen.clinic.id if chosen else UNASSIGNED, act_by)
        holds = await self._held(said, bound, why) if hold else ()
        item = replace(item, reason=why, suggestion=suggestion or "", holds=holds)
        await self._open(about_message(item, about) if about else item, who, await self._contact(who))

    async def judged(self, said: Said, bound: Bound) -> WorkItem | None:
        """What `judge` has put before a person already, who may be done with it."""
        clinics = {bound.chosen.clinic.id if bound.chosen else UNASSIGNED, UNASSIGNED}
        for clinic_id in sorted(clinics):
            item = await self.worklist.read(clinic_id, self._id(WorkKind.NEEDS_A_PERSON, said, clinic_id))
            if item is not None:
                return item
        return None

    async def _held(self, said: Said, bound: Bound, code: str) -> tuple[Hold, ...]:
        """Every form of the number, held before there is an item by which a person lifts it."""
        channel = said.sender.channel
        holds = tuple(Hold(c.clinic.id, channel, key, said.owner) for c in bound.concerned for key in c.address_keys)
        for one in holds:
            await self.patients.hold(one, said.sender.at, code)
        return holds

    async def request(self, said: Said, kind: WorkKind, prompt: Prompt) -> None:
        """A patient cannot come, or asks for another time."""
        message = prompt.message
        item = self._item(kind, said, message.id.clinic_id, prompt.starts_at)
        await self._open(about_message(item, message), message, await self._contact(message))

    async def opted_out(self, said: Said, correspondence: Correspondence) -> None:
        """One item for each appointment ahead that was asked about: staff see which way to the patient is left."""
        for prompt in correspondence.ahead(said.sender.at):
            message = prompt.message
            contact = await self._contact(message)
            other = await self._other_way(message, correspondence.clinic, contact)
            why = WhyAPerson.OTHER_CHANNEL_LEFT if other else WhyAPerson.PHONE_LEFT
            apart = message.appointment_key
            item = self._item(WorkKind.OPTED_OUT, said, correspondence.clinic.id, prompt.starts_at, apart)
            await self._open(replace(about_message(item, message), reason=why, note=other), message, contact)

    async def _other_way(self, message: Message, clinic: Clinic, contact: ContactRow | None) -> str:
        """The clinic's first other channel by which we know this patient can be reached; empty: we know none."""
        for way in clinic.channels:
            if way.channel != message.channel and await self._reaches(way, message, contact):
                return way.channel
        return ""

    async def _reaches(self, way: ClinicChannel, message: Message, contact: ContactRow | None) -> bool:
        clinic_id = message.id.clinic_id
        record = await self.patients.record(clinic_id, message.patient_key, way.channel)
        met = contact.addresses.get(way.address_kind, "") if contact else ""
        address = record.addresses.get(way.channel, "") or met
        if not address or (way.opt_in is OptInRule.REQUIRED and way.channel not in record.opted_in):
            return False
        key = self.pseudonyms.address(clinic_id, way.channel, address)
        standing = await self.patients.standing(clinic_id, way.channel, key, self.clock.now())
        return standing.may_be_reached

    def _item(self, kind: WorkKind, said: Said, clinic_id: str, act_by: datetime, apart: str = "") -> WorkItem:
        """`apart`: tells several items from one thing said."""
        return WorkItem(
            id=self._id(kind, said, clinic_id, apart),
            clinic_id=clinic_id,
            kind=kind,
            opened_at=self.clock.now(),
            act_by=act_by,
            channel=said.sender.channel,
            contact=said.sender.address,
            wrote_from=said.sender.address,
            said=shortened(said.text, LONGEST_SAID),
        )

    def _id(self, kind: WorkKind, said: Said, clinic_id: str, apart: str = "") -> str:
        return work_id(self.pseudonyms, clinic_id, kind, said.owner, apart)

    async def _contact(self, who: Message | None) -> ContactRow | None:
        return await contact_of(self.patients, who.id.clinic_id, who.patient_key) if who else None

    async def _open(self, item: WorkItem, who: Message | None, contact: ContactRow | None) -> None:
        """With the patient, where one is known, and a number to phone rather than an id that nobody can dial."""
        phone = contact.phone if contact else ""
        item = replace(item, contact=phone or item.contact)
        await self.worklist.open([of_patient(item, who) if who else item])
