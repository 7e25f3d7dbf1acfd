"""A nurse at the form: previews, sends, and looks at what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from shared.channels.whatsapp.simulator.ledger import LedgerEntry
from shared.domain.appointment import Appointment
from shared.domain.prescription.life import PrescriptionState
from shared.services.callers import Caller
from shared.services.prescribing.order import PrescriptionOrder
from shared.services.prescribing.patient_page import Answer, PageView, Reader
from shared.services.prescribing.preview import Previewed
from shared.services.prescribing.send import Sent
from shared.wiring.prescribing import Prescribing
from tests.world import World, appointment, world

NURSE = Caller("k1", "Ward 3", None)
REFERENCE = "24F5DA-A83008-7EFE6Z"
ON_THE_DAY = [{"days": 0, "hour": "10:00"}]  # so that no reminder goes beside what a test is about
PUBLIC_URL = "https://app.example"
BOTH = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]
WECHAT_ONLY = [{"channel": "wechat", "opt_in": "opt_out"}]


@dataclass
class Desk:
    """What a nurse does, with the parts that she does not see."""

    w: World

    @property
    def prescribing(self) -> Prescribing:
        return self.w.services.prescribing

    def patient(self, number: int = 1) -> str:
        return self.w.pseudonyms.patient("riverside", f"p{number}")

    def order(self, number: int = 1, **changes: Any) -> PrescriptionOrder:
        """For patient `number`."""
        return replace(PrescriptionOrder(patient_id=self.patient(number), reference=REFERENCE), **changes)

    async def preview(self, caller: Caller = NURSE, **changes: Any) -> Previewed:
        return await self.prescribing.preview.prescription(caller, self.order(**changes))

    async def send(self, caller: Caller = NURSE, digits: str = "001", **changes: Any) -> Sent:
        """As the form does it: looked at, digits typed, sent."""
        seen = await self.preview(caller, **changes)
        order = self.order(**changes)
        return await self.prescribing.send(caller, replace(order, preview_token=seen.token, last_digits=digits))

    async def press(self, order: PrescriptionOrder) -> Sent:
        return await self.prescribing.send(NURSE, order)

    async def delivered(self, **changes: Any) -> tuple[Sent, str]:
        """Sent and on the patient's telephone, with the token of its page."""
        sent = await self.send(**changes)
        await self.later()
        return sent, self.token

    async def later(self) -> None:
        """What is due goes, receipts come."""
        self.w.clock.advance(seconds=2)
        await self.w.send_for(10)

    @property
    def received(self) -> list[LedgerEntry]:
        return self.w.whatsapp.ledger.entries

    @property
    def token(self) -> str:
        return self.received[-1].link.rpartition("/")[2]

    async def state(self, sent: Sent) -> PrescriptionState:
        return (await self.prescribing.reports.one(NURSE, sent.view.prescription.public_id)).state

    async def life(self, sent: Sent) -> list[str]:
        view = await self.prescribing.reports.one(NURSE, sent.view.prescription.public_id)
        return [str(moment.name) for moment in view.moments]

    async def open(self, token: str, language: str = "") -> PageView:
        return await self.prescribing.page.look(token, Reader(language))

    async def show(self, token: str, day: str = "", month: str = "", proof: str = "") -> PageView:
        return await self.prescribing.page.press(token, Reader(), Answer(day, month, proof))


@asynccontextmanager
async def desk(
    *items: Appointment, clinic: dict[str, Any] | None = None, public_url: str = PUBLIC_URL, **around: Any
) -> AsyncIterator[Desk]:
    """A clinic that has planned its day, so that its patients are known."""
    async with world(*(items or (appointment(1), appointment(2))), PUBLIC_URL=public_url, **around) as w:
        await w.clinic(**{"steps": ON_THE_DAY, **(clinic or {})})
        await w.plan()
        yield Desk(w)
