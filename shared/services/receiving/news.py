"""What a patient wrote, and that they stopped a channel, told to those other systems that asked to hear of it."""

from dataclasses import dataclass

from shared.domain.inbound import InboundMessage
from shared.domain.message import Message
from shared.domain.reply import Understood
from shared.services.clinics import UNASSIGNED
from shared.services.publishing.publish import Heard, Objected, Publish
from shared.services.receiving.bind import Bound, Correspondence, Prompt
from shared.services.receiving.to_staff import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class TellOthers:
    """Before what it tells of is written. Repeatable."""

    publish: Publish

    async def reply(
        self, item: InboundMessage, said: Said, bound: Bound, understood: Understood, prompt: Prompt | None
    ) -> None:
        """`prompt`: what it answers, where that is certain."""
        message = prompt.message if prompt else _about(bound, said)
        chosen = bound.chosen
        who = message or (chosen.logs[0].message if chosen and chosen.logs else None)
        heard = Heard(
            clinic_id=chosen.clinic.id if chosen else UNASSIGNED,
            item=item,
            understood=understood,
            at=said.sender.at,
            about=message.id if message else None,
            patient_key=who.patient_key if who and bound.fits else "",  # of another sender nobody knows who it is
        )
        await self.publish.reply(heard)

    async def objection(self, said: Said, one: Correspondence, source: str) -> None:
        """The same person may have several forms of one number: they are told of once."""
        last = one.logs[0].message if one.logs else None
        objected = Objected(
            clinic_id=one.clinic.id,
            channel=said.sender.channel,
            address_key=one.address_keys[0],
            at=said.sender.at,
            source=source,
            cause=said.owner,
            about=last.id if last else None,
            patient_key=last.patient_key if last else "",
        )
        await self.publish.opted_out(objected)


def _about(bound: Bound, said: Said) -> Message | None:
    """The message that a button names; else that of the only appointment ahead."""
    if bound.named is not None:
        return bound.named.message
    ahead = bound.chosen.ahead(said.sender.at) if bound.chosen else ()
    return ahead[0].message if len(ahead) == 1 else None
