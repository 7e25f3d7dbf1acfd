"""Receipts that name a message by the provider's id."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from shared.domain.inbound import Receipt, ReceiptState
from shared.storage.contract import Joined
from shared.storage.opened import OpenStorage
from tests.storage.samples import NOW, planned

ID = "2265/8842=#?"
JOINED = Joined(planned().id, "20261120090000_x")
RECEIPT = Receipt("wechat", "gh_1", ID, ReceiptState.DELIVERED, NOW, "ref", "43101", "recipient", "utility/regular")


async def test_a_joined_id_leads_to_its_message(storage: OpenStorage) -> None:
    assert await storage.provider_ids.join("wechat", "gh_1", ID, JOINED) == []
    assert await storage.provider_ids.find("wechat", "gh_1", ID) == JOINED
    assert await storage.provider_ids.wait(RECEIPT) == JOINED


@pytest.mark.parametrize("other", [("sms", "gh_1", ID), ("wechat", "gh_2", ID), ("wechat", "gh_1", ID + "1")])
async def test_an_id_is_one_of_its_channel_and_account(in_memory: OpenStorage, other: tuple[str, str, str]) -> None:
    await in_memory.provider_ids.join("wechat", "gh_1", ID, JOINED)
    assert await in_memory.provider_ids.find(*other) is None


async def test_receipts_that_come_first_wait_for_the_join(storage: OpenStorage) -> None:
    failed = replace(RECEIPT, state=ReceiptState.FAILED)
    for receipt in (RECEIPT, failed, RECEIPT):
        assert await storage.provider_ids.wait(receipt) is None
    assert set(await storage.provider_ids.join("wechat", "gh_1", ID, JOINED)) == {RECEIPT, failed}


async def test_no_receipt_is_lost_when_both_come_at_once(storage: OpenStorage) -> None:
    for n in range(25):
        receipt = replace(RECEIPT, provider_id=f"id-{n}")
        waited, joined = await asyncio.gather(
            storage.provider_ids.wait(receipt), storage.provider_ids.join("wechat", "gh_1", f"id-{n}", JOINED)
        )
        assert waited == JOINED or list(joined) == [receipt]
