"""Patients who are asked and who answer, in the test world: on any channel, in any language."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.appointment import Appointment, Patient, Telecom, TelecomSystem
from shared.domain.message import Status, fold
from shared.services.clinics import UNASSIGNED
from shared.services.jobs import CallbackJob
from shared.storage.contract import WorkItem
from tests.storage.wrappers import KeepingBlobs
from tests.world import World, appointment, patient, world

PHONE = "+447700900001"
OPENID = "oMock_follower_0001"
WEEK_BEFORE = [{"days": 7, "hour": "10:00"}]


def someone(channel: str, language: str = "en", number: int = 1) -> Patient:
    """A patient with an address on the channel."""
    if channel == "whatsapp":
        return patient(number, languages=(language,))
    openid = f"oMock_follower_{number:04d}"
    return patient(number, languages=(language,), telecoms=(Telecom(TelecomSystem.OPENID, openid),))


@dataclass
class Conversation:
    """One patient's phone. `asked`: how many reminders it had before the patient wrote."""

    w: World
    channel: str
    asked: int = 0
    blobs: list[KeepingBlobs] = field(default_factory=list)

    async def write(self, words: str, **more: Any) -> None:
        """The patient writes now; what they wrote goes its whole way, signed, through the callback."""
        if self.channel == "whatsapp":
            await self.w.whatsapp.patients.write(PHONE, words, **more)
        else:
            await self.w.wechat.people.write(OPENID, words)

    async def press(self, label: str) -> None:
        await self.w.whatsapp.patients.press(PHONE, label)

    async def again(self) -> None:
        """Every callback once more: as the queue delivers a job again, and as the provider sends a body again."""
        for reference in [name for kept in self.blobs for name in kept.put_contents]:
            await self.w.services.receive(CallbackJob(reference))
            stored = await self.w.storage.callbacks.read(reference)
            assert stored is not None
            anew = replace(stored, received_at=self.w.clock.now())
            await self.w.services.receive(CallbackJob(await self.w.storage.callbacks.store(anew)))

    async def heard(self) -> list[str]:
        """What we answered, once everything that is due has gone."""
        self.w.clock.advance(seconds=10)
        await self.w.send_for(6)
        return self.on_the_phone()[self.asked :]

    def on_the_phone(self) -> list[str]:
        if self.channel == "whatsapp":
            return [entry.text for entry in self.w.whatsapp.ledger.of(PHONE)]
        return [entry.text for entry in self.w.wechat.ledger.received(OPENID)]

    async def status(self, appointment_id: str = "a1", step: str = "7d") -> Status:
        log = await self.w.message(appointment_id, step)
        return fold(log.events, log.message.scheduled_for)

    async def work(self, clinic_id: str = "riverside") -> Sequence[WorkItem]:
        """What is open on the clinic's worklist, without what planning puts there."""
        page = await self.w.storage.worklist.open_items(clinic_id, frozenset(), 100, "")
        return [item for item in page.items if item.kind != "no_way"]

    async def told(self, clinic_id: str = "riverside") -> list[str]:
        """The same as `kind reason suggestion`."""
        items = await self.work(clinic_id)
        return sorted(" ".join(filter(None, (i.kind, i.reason, i.suggestion))) for i in items)

    async def unassigned(self) -> list[str]:
        return await self.told(UNASSIGNED)


@asynccontextmanager
async def asked(
    *appointments: Appointment, channel: str = "whatsapp", language: str = "en", **options: Any
) -> AsyncGenerator[Conversation]:
    """A patient who got the reminders of the week before, an hour ago. Without appointments: of one."""
    items = appointments or (appointment(of=someone(channel, language)),)
    clinic = options.pop("clinic", {})
    blobs: list[KeepingBlobs] = []

    def keep(inner: Any) -> KeepingBlobs:
        blobs.append(KeepingBlobs(inner))
        return blobs[0]

    async with world(*items, around_blobs=keep, **options) as w:
        names = {language: "Riverside Clinic"}
        channels = [{"channel": channel, "opt_in": "opt_out"}]
        ours = {"languages": [language], "name": names, "channels": channels, "steps": WEEK_BEFORE}
        await w.clinic(**{**ours, **clinic})
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_for(6)
        w.clock.advance(hours=1)
        await w.receipts()
        blobs[0].put_contents.clear()
        talk = Conversation(w, channel, blobs=blobs)
        talk.asked = len(talk.on_the_phone())
        yield talk
