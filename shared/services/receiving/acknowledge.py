"""One short answer to a patient who wrote: that it was noted, or why not.

Only to answers that acted, or came too late: an answer to everything would talk with other machines for ever. It is due
at once; its id is determined by what it answers, so that repeats of a callback are one answer.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.content import TemplateContent, TextContent
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.message import Kind, Message, Priority
from shared.services.ports import OpenChannel
from shared.services.receiving.bind import Sender
from shared.services.reply_window import window_ends
from shared.storage.contract import Due, DueRow, Messages, Patients
from shared.wording import Wording


class Answer(StrEnum):
    """Names of phrases. `Message.step` of an answer says which one it is."""

    CONFIRMED = "answer_confirmed"
    CANCELLATION = "answer_cancellation"
    RESCHEDULE = "answer_reschedule"
    CHANGED = "answer_changed"
    PASSED = "answer_passed"
    STOPPED = "answer_stopped"  # the one message that still goes to somebody who has just opted out


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Puts the answer in line. Repeatable."""

    messages: Messages
    due: Due
    patients: Patients
    open_channel: OpenChannel
    wording: Wording
    pseudonyms: Pseudonyms
    clock: Clock
    mock: bool

    async def __call__(self, clinic: Clinic, sender: Sender, answer: Answer, to: Message, owner: str) -> None:
        """`to`: the message that the patient answered. `owner`: key of what they wrote."""
        standing = await self.patients.standing(clinic.id, sender.channel, to.address_key, self.clock.now())
        if not (standing.opted_out or standing.paused):
            await self._keep(clinic, sender, answer, to, self.pseudonyms.digest("reply", clinic.id, owner))

    async def stopped(self, clinic: Clinic, sender: Sender, to: Message | None, address_key: str) -> None:
        """Once for each address and day. `to`: the last message to that address, where there is one."""
        day = clinic.local_day(sender.at).isoformat()
        digest = self.pseudonyms.digest("reply-stop", clinic.id, sender.channel, address_key, day)
        await self._keep(clinic, sender, Answer.STOPPED, to, digest)

    async def _keep(self, clinic: Clinic, sender: Sender, answer: Answer, to: Message | None, digest: str) -> None:
        channel = await self.open_channel(sender.channel, sender.account)
        expires_at = window_ends(sender.at, channel)
        message_id = self.pseudonyms.placed(clinic.id, clinic.local_day(sender.at), digest)
        if self.clock.now() >= expires_at or await self.messages.read(message_id) is not None:
            return
        message = self._message(message_id, clinic, sender, answer, to, expires_at)
        await self.due.put([DueRow.ahead_of(message, self.clock.now())])
        await self.messages.put(message)

    def _message(
        self,
        message_id: MessageId,
        clinic: Clinic,
        sender: Sender,
        answer: Answer,
        to: Message | None,
        expires_at: datetime,
    ) -> Message:
        """Without the appointment: an answer about one that has passed must still go."""
        language = self.wording.resolve([to.language] if to else [], clinic.languages[0])
        address = to.to if to else sender.address
        return Message(
            id=message_id,
            kind=Kind.REPLY,
            channel=sender.channel,
            account=sender.account,
            to=address,
            content=TextContent(self.wording.preview(answer, language, _values(clinic, language, to))),
            language=language,
            scheduled_for=sender.at,
            expires_at=expires_at,
            created_at=self.clock.now(),
            patient_key=to.patient_key if to else "",
            patient_name=to.patient_name if to else "",
            step=answer,
            mock=self.mock,
            address_key=self.pseudonyms.address(clinic.id, sender.channel, address),
            zone=to.zone if to else "",
            priority=Priority.ANSWER,
        )


def _values(clinic: Clinic, language: str, to: Message | None) -> dict[str, str]:
    """The day as the patient read it in the reminder."""
    name = clinic.name.get(language) or clinic.name.get(clinic.languages[0]) or next(iter(clinic.name.values()))
    said = to.content.values if to and isinstance(to.content, TemplateContent) else {}
    return {"clinic": name, "clinic_phone": clinic.phone, "date": said.get("date", "")}
