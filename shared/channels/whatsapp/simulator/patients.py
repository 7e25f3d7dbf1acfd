"""What simulated patients do: write, press a button, stop marketing, change their number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.channels.whatsapp.simulator.agenda import Agenda
from shared.channels.whatsapp.simulator.ledger import Ledger
from shared.channels.whatsapp.simulator.numbers import SimulatedNumber, SimulatedNumbers
from shared.channels.whatsapp.simulator.sending import MessageIds
from shared.channels.whatsapp.simulator.webhook_bodies import message_value, preference_value
from shared.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPatients:
    """Each action is posted to the webhook at once; the answer is the id of the patient's message. A `sender` is a
    number with +, or a business-scoped user id for a patient whose number is not shown."""

    clock: Clock
    numbers: SimulatedNumbers
    ledger: Ledger
    agenda: Agenda
    ids: MessageIds

    async def write(self, sender: str, text: str, *, quoting: str = "", to: str = "") -> str:
        """Opens the customer service window."""
        return await self.send(sender, "text", {"body": text}, quoting=quoting, to=to)

    async def press(self, sender: str, label: str, *, to: str = "") -> str:
        """Presses the button of the last message that has one whose label begins with `label`. Raises LookupError."""
        for entry in reversed(self.ledger.of(sender)):
            for shown, payload in entry.buttons:
                if shown.startswith(label):
                    part = {"payload": payload, "text": shown}
                    return await self.send(sender, "button", part, quoting=entry.provider_id, to=to or entry.sender)
        raise LookupError("this patient has no such button")

    async def send(self, sender: str, kind: str, part: Mapping[str, Any], *, quoting: str = "", to: str = "") -> str:
        """A message of any kind, `part` being its object."""
        number, at, provider_id = self._number(to), self.clock.now(), self.ids.next(sender)
        number.heard_from(sender, at)
        value = message_value(
            phone_number_id=number.id,
            sender=sender,
            provider_id=provider_id,
            at=at,
            kind=kind,
            part=part,
            quoted=quoting,
        )
        await self._post(number, "messages", value)
        return provider_id

    async def set_marketing(self, sender: str, *, stop: bool, to: str = "") -> None:
        number = self._number(to)
        value = preference_value(
            phone_number_id=number.id, sender=sender, value="stop" if stop else "resume", at=self.clock.now()
        )
        await self._post(number, "user_preferences", value)

    async def change_number(self, old: str, new: str, *, to: str = "") -> str:
        """Meta tells it as a system message from the old number."""
        part = {"body": "User changed their number", "type": "user_changed_number", "wa_id": new.removeprefix("+")}
        return await self.send(old, "system", part, to=to)

    def _number(self, to: str) -> SimulatedNumber:
        return self.numbers[to] if to else self.numbers.all[0]

    async def _post(self, number: SimulatedNumber, name: str, value: dict[str, Any]) -> None:
        hook = number.hook()
        if hook is not None:
            await self.agenda.post_now(hook, [(name, value)])
