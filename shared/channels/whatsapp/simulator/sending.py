"""A send in the simulator: faults, checks, pace, acceptance, the patient's phone, and the receipts to come."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.channels.whatsapp.simulator.agenda import Agenda
from shared.channels.whatsapp.simulator.behaviours import Behaviours, ReceiptScript, scripts
from shared.channels.whatsapp.simulator.faults import FaultKind, FaultPlan
from shared.channels.whatsapp.simulator.graph_answer import GraphAnswer, Refused
from shared.channels.whatsapp.simulator.ledger import Ledger, LedgerEntry
from shared.channels.whatsapp.simulator.message_rules import ReadMessage, read_message
from shared.channels.whatsapp.simulator.numbers import SimulatedNumber
from shared.channels.whatsapp.simulator.pace import Pace
from shared.channels.whatsapp.simulator.simulated_templates import SimulatedTemplates
from shared.channels.whatsapp.simulator.webhook_bodies import Value, contact_of, status_value
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class SendRules:
    """`late_errors`: 131026 and 131047 come by receipt after a 200, as they mostly do (else as the answer itself).
    `only_to`: the allow-list of a test number; empty: anyone. `delay`: factor on every receipt's time."""

    late_errors: bool = True
    only_to: frozenset[str] = frozenset()
    delay: float = 1.0


@dataclass(slots=True)
class MessageIds:
    """Ids like Meta's, which hold the patient's number in base64: a leak of one is a leak of the number.

    With a seed the same in every run, without one never repeated.
    """

    seed: str = field(default_factory=lambda: secrets.token_hex(16))
    count: int = 0

    def next(self, patient: str) -> str:
        self.count += 1
        digest = hashlib.sha256(f"{self.seed}:{self.count}".encode()).hexdigest()[:18].upper().encode()
        address = patient.removeprefix("+").encode()
        parts = (b"\x1c\x18", bytes([len(address)]), address, b"\x15\x02\x00\x11\x18\x12", digest, b"\x00")
        return "wamid." + base64.b64encode(b"".join(parts)).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Everything a send touches."""

    clock: Clock
    ledger: Ledger
    faults: FaultPlan
    behaviours: Behaviours
    templates: SimulatedTemplates
    pace: Pace
    agenda: Agenda
    ids: MessageIds
    rules: SendRules

    async def send(self, number: SimulatedNumber, body: Mapping[str, Any]) -> GraphAnswer:
        """Raises Refused or NoAnswer."""
        fault = self.faults.take(_recipient_of(body))
        if fault is None:
            return await self._accept(number, body)
        fault.strike_before()
        early = fault.answer_before()
        if early is not None:
            return early
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.delay_s)
        held = fault.kind is FaultKind.HELD
        return fault.answer_after(await self._accept(number, body, held=held))

    async def _accept(self, number: SimulatedNumber, body: Mapping[str, Any], *, held: bool = False) -> GraphAnswer:
        message = read_message(body, self.templates)
        now = self.clock.now()
        if self.rules.only_to and message.to not in self.rules.only_to:
            raise Refused(131030, "Recipient phone number not in allowed list")
        script = scripts()["held"] if held else self._script(number, message, now)
        self.pace.check(number.id, message.to, now)
        provider_id = self.ids.next(message.to)
        self._reach(number, message, script, provider_id, now)
        await self._report(number, message, script, provider_id, now)
        status = "held_for_quality_assessment" if held else "accepted"
        return GraphAnswer(
            200,
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": message.given, **_matched(message.to)}],
                "messages": [{"id": provider_id, **({"message_status": status} if message.kind == "template" else {})}],
            },
        )

    def _script(self, number: SimulatedNumber, message: ReadMessage, now: datetime) -> ReceiptScript:
        free_form = message.kind != "template"
        if free_form and not number.window_is_open(message.to, now):
            script = scripts()["outside_window"]
        else:
            script = self.behaviours.script_for(message.to)
        if not self.rules.late_errors and not script.reaches and script.steps:
            raise Refused(script.steps[0].code, "Message undeliverable.")
        return script

    def _reach(
        self, number: SimulatedNumber, message: ReadMessage, script: ReceiptScript, provider_id: str, now: datetime
    ) -> None:
        self.ledger.accepted += 1
        if script.reaches:
            entry = LedgerEntry(
                to=message.to,
                text=message.text,
                at=now,
                reference=message.reference,
                provider_id=provider_id,
                kind=message.kind,
                sender=number.id,
                buttons=message.buttons,
                link=message.link,
            )
            self.ledger.add(entry)

    async def _report(
        self, number: SimulatedNumber, message: ReadMessage, script: ReceiptScript, provider_id: str, now: datetime
    ) -> None:
        values: list[tuple[datetime, Value]] = []
        priced = {"sent": False, "reached": False}
        for step in script.steps:
            at = now + timedelta(seconds=step.after_s * self.rules.delay)
            part = "sent" if step.status == "sent" else "reached"
            value = status_value(
                phone_number_id=number.id,
                provider_id=provider_id,
                to=message.to,
                status=step.status,
                at=at,
                reference=message.reference,
                code=step.code,
                first=not priced[part],
            )
            priced[part] = True
            number.history.setdefault(provider_id, []).append((step.status, at))
            values.append((at, value))
        await self._schedule(number, script, values)

    async def _schedule(
        self, number: SimulatedNumber, script: ReceiptScript, values: list[tuple[datetime, Value]]
    ) -> None:
        hook = number.hook()
        if hook is None or not values:
            return
        if script.together:
            self.agenda.add(values[-1][0], hook, [("messages", value) for _, value in values])
            return
        if script.before_answer:
            await self.agenda.post_now(hook, [("messages", values.pop(0)[1])])
        for at, value in values:
            self.agenda.add(at, hook, [("messages", value)])


def _matched(to: str) -> dict[str, str]:
    contact = contact_of(to)
    name = "wa_id" if "wa_id" in contact else "user_id"
    return {name: str(contact[name])}


def _recipient_of(body: Mapping[str, Any]) -> str:
    to = body.get("to") or body.get("recipient") or ""
    return f"+{to}" if isinstance(to, str) and to.isdigit() else str(to)
