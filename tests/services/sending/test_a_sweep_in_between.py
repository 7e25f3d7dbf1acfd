"""A sweep that falls between a due row and its message costs nobody two minutes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.appointment import Telecom, TelecomSystem
from shared.services.callers import Caller
from shared.services.work_items import public_id
from shared.storage.rows import Change, Rows
from tests.services.asking.test_submitting import WHATSAPP
from tests.services.conversation import asked
from tests.services.looks import ONE_STEP, open_items, released
from tests.storage.wrappers import PassingRows
from tests.world import World, appointment, patient, world

NURSE = Caller("k1", "nurses of riverside", frozenset({"riverside"}))
BOTH = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]


class SweptInBetween(PassingRows):
    """Once armed: when a due row has been written, everything that is due is swept before the next write."""

    def __init__(self, inner: Rows) -> None:
        super().__init__(inner)
        self.swept = 0
        self._sweep: Callable[[], Awaitable[object]] | None = None
        self._written = False

    def arm(self, sweep: Callable[[], Awaitable[object]]) -> None:
        self._sweep, self._written = sweep, False

    async def write(self, table: str, change: Change) -> str:
        await self._before(table)
        return await super().write(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        await self._before(table)
        return await super().apply(table, changes)

    async def _before(self, table: str) -> None:
        sweep, written = self._sweep, self._written
        self._written = table == "due"
        if sweep is not None and written and table != "due":
            self._sweep = None
            await sweep()
            self.swept += 1


def arm(w: World) -> SweptInBetween:
    rows = w.storage.rows
    assert isinstance(rows, SweptInBetween)
    rows.arm(w.send_due)
    return rows


async def test_a_callers_message_goes_with_the_next_sweep() -> None:
    async with world(around_rows=SweptInBetween) as w:
        await w.clinic()
        await w.whatsapp.patients.write(WHATSAPP["to"], "Hello")
        rows = arm(w)
        await w.services.submit(NURSE, "whatsapp", "riverside", WHATSAPP, "")
        w.clock.advance(seconds=5)
        await w.send_due()
        assert (rows.swept, len(w.whatsapp.ledger.entries)) == (1, 1)


async def test_a_message_for_now_goes_with_the_next_sweep() -> None:
    async with world(around_rows=SweptInBetween) as w:
        await w.clinic()
        await w.whatsapp.patients.write(WHATSAPP["to"], "Hello")
        rows, row = arm(w), {"sendAt": w.clock.now().isoformat(), "message": WHATSAPP}
        await w.services.schedules(NURSE, "whatsapp", "riverside", [row], "")
        w.clock.advance(seconds=5)
        await w.send_due()
        assert (rows.swept, len(w.whatsapp.ledger.entries)) == (1, 1)


async def test_a_patient_who_answers_is_answered_with_the_next_sweep() -> None:
    async with asked(around_rows=SweptInBetween) as talk:
        rows = arm(talk.w)
        await talk.write("1")
        talk.w.clock.advance(seconds=6)
        await talk.w.send_due()
        assert (rows.swept, len(talk.on_the_phone())) == (1, talk.asked + 1)


async def test_another_channel_goes_with_the_next_sweep() -> None:
    twice = (*patient(1).telecoms, Telecom(TelecomSystem.OPENID, "oMock_follower_0001"))
    async with world(appointment(of=patient(1, telecoms=twice)), around_rows=SweptInBetween) as w:
        job, _ = await released(w, channels=BOTH)
        w.whatsapp.fault(FaultKind.ERROR, code=131026)
        await w.services.send(job)
        [check] = (await w.services.release()).check
        rows = arm(w)
        await w.services.look_after(check)
        w.clock.advance(seconds=5)
        await w.send_due()
        assert (rows.swept, len(w.wechat.ledger)) == (1, 1)


async def test_what_a_person_sends_again_goes_with_the_next_sweep() -> None:
    async with world(appointment(), around_rows=SweptInBetween) as w:
        job, _ = await released(w, steps=ONE_STEP)
        w.whatsapp.fault(FaultKind.TIMEOUT_BEFORE)
        await w.services.send(job)
        w.clock.advance(minutes=10)
        for _ in range(3):
            await w.send_due()
            w.clock.advance(minutes=2)
        [item] = await open_items(w)
        rows = arm(w)
        await w.services.work.resolve(NURSE, "", public_id(item), "send_again", "")
        w.clock.advance(seconds=5)
        await w.send_due()
        assert (rows.swept, len(w.whatsapp.ledger.entries)) == (1, 1)
