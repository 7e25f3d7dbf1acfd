"""Sending while the store fails, and WeChat's receipts in both orders: nothing is lost, nothing goes twice."""

from typing import Any

import pytest

from shared.domain.appointment import Telecom, TelecomSystem
from shared.errors import StorageUnavailable
from tests.services.looks import next_due, released
from tests.services.rows import StoreThatStops
from tests.world import appointment, patient, world


async def test_when_the_claim_cannot_be_written_nothing_is_sent_and_the_next_delivery_sends() -> None:
    stores: list[StoreThatStops] = []

    def stop(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world(appointment(), around_rows=stop) as w:
        job, _ = await released(w)
        for answers in (0, 1, 2, 3):  # wire time, the line of the log, the mark of the day, the claim
            stores[0].writes, stores[0].answers = 0, answers
            with pytest.raises(StorageUnavailable):
                await w.services.send(job)
            assert w.whatsapp.ledger.entries == []
        stores[0].answers = None
        await w.services.send(job)
        assert len(w.whatsapp.ledger.entries) == 1
        assert len(await w.sent()) == 1


async def test_what_left_before_a_crash_is_in_the_list_of_sent_messages() -> None:
    """The answer was never recorded, and the receipts end the work: nothing is lost without a trace."""
    stores: list[StoreThatStops] = []

    def stop(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world(appointment(), around_rows=stop) as w:
        job, _ = await released(w)
        stores[0].writes, stores[0].answers = 0, 4  # wire time, line, mark, claim
        with pytest.raises(StorageUnavailable):
            await w.services.send(job)
        stores[0].answers = None
        w.clock.advance(seconds=5)
        await w.receipts()
        assert [view.status.state for view in await w.sent()] == ["read"]
        assert await next_due(w) is None


FOLLOWER = "oMock_follower_0001"


def follower(ending: str = "") -> Any:
    return appointment(of=patient(1, telecoms=(Telecom(TelecomSystem.OPENID, FOLLOWER + ending),)))


WECHAT = [{"channel": "wechat", "opt_in": "opt_out"}]


@pytest.mark.parametrize("ending", ["", "_early", "_twice"], ids=["after", "before the answer", "twice"])
async def test_wechat_receipts_join_by_message_id_in_both_orders(ending: str) -> None:
    async with world(follower(ending)) as w:
        job, message = await released(w, channels=WECHAT)
        await w.services.send(job)
        await w.receipts()
        assert (await w.told())["a1", "7d"] == "delivered"
        assert sorted(e.name for e in await w.storage.messages.events(message.id)) == [
            "accepted",
            "claimed",
            "delivered",
        ]
        assert await next_due(w) is None
        assert len(w.wechat.ledger.received(FOLLOWER + ending)) == 1


async def test_a_crash_between_wechats_answer_and_our_record_leaves_its_receipt_a_way() -> None:
    stores: list[StoreThatStops] = []

    def stop(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world(follower(), around_rows=stop) as w:
        job, _ = await released(w, channels=WECHAT)
        stores[0].writes, stores[0].answers = 0, 5  # wire time, line, mark, claim, join
        with pytest.raises(StorageUnavailable):
            await w.services.send(job)
        stores[0].answers = None
        await w.receipts()
        assert (await w.told())["a1", "7d"] == "delivered"


async def test_a_patient_who_blocks_the_account_is_a_failure_by_receipt() -> None:
    async with world(follower("_blocked")) as w:
        job, _ = await released(w, channels=WECHAT)
        await w.services.send(job)
        await w.receipts()
        assert (await w.told())["a1", "7d"].startswith("failed")
        assert [view.status.state for view in await w.sent()] == ["failed"]
