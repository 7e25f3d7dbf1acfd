"""Raw callbacks, and what patients wrote or did."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.inbound import ContactChange, ContactEvent, InboundMessage
from shared.errors import BodyTooLarge, Unsealable
from shared.storage.contract import StoredCallback
from shared.storage.opened import OpenStorage
from shared.storage.rows import Span
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, NUMBER
from tests.storage.wrappers import RepeatingRows

CALLBACK = StoredCallback("whatsapp", "default", NOW, {"msg_signature": "ä%"}, b"\x00{not json")
TEXT = InboundMessage("whatsapp", "default", NUMBER, "wamid.A", NOW, "text", "I cannot come")
LEFT = ContactEvent("wechat", "gh_1", "o-made-up", ContactChange.UNSUBSCRIBED, NOW, "gh_1:o-made-up:1", "7")


async def test_a_callback_comes_back_byte_for_byte(storage: OpenStorage) -> None:
    reference = await storage.callbacks.store(CALLBACK)
    assert await storage.callbacks.read(reference) == CALLBACK


async def test_a_callback_of_three_megabytes_is_kept(storage: OpenStorage) -> None:
    large = replace(CALLBACK, body=bytes(range(256)) * 12_288)
    assert await storage.callbacks.read(await storage.callbacks.store(large)) == large
    with pytest.raises(BodyTooLarge):
        await storage.callbacks.store(replace(large, body=large.body + b"x"))


@pytest.mark.parametrize("account", ["default", "../..", "a/b?c#d", "", "ä" * 200])
async def test_a_reference_is_fit_for_an_address_whatever_the_account(in_memory: OpenStorage, account: str) -> None:
    callback = replace(CALLBACK, account=account)
    reference = await in_memory.callbacks.store(callback)
    assert re.fullmatch(r"20261120/[0-9a-f]/090000/whatsapp/[A-Za-z0-9-]{1,64}/[0-9a-f]{32}", reference)
    assert await in_memory.callbacks.read(reference) == callback


NOWHERE = ["", "x", "../../etc/passwd", "20261120/whatsapp/default/" + "0" * 32]


@pytest.mark.parametrize("reference", [*NOWHERE, "20261120/0/090000/whatsapp/default/" + "0" * 32])
async def test_a_reference_that_leads_nowhere_is_none(storage: OpenStorage, reference: str) -> None:
    assert await storage.callbacks.read(reference) is None


async def test_callbacks_are_found_by_when_they_came(storage: OpenStorage) -> None:
    came = [NOW + timedelta(minutes=minutes) for minutes in (-61, -60, -1, 0, 5, 59, 60, 180)]
    references = {at: await storage.callbacks.store(replace(CALLBACK, received_at=at)) for at in reversed(came)}
    span = (NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    found = [kept async for kept in storage.callbacks.between(*span)]
    assert [kept.reference for kept in found] == [references[at] for at in came[1:6]]
    assert {(kept.channel, kept.account) for kept in found} == {("whatsapp", "default")}
    assert [kept.received_at for kept in found] == came[1:6]
    assert [kept async for kept in storage.callbacks.between(*span, newest_first=True)] == found[::-1]
    assert [kept async for kept in storage.callbacks.between(NOW, NOW)] == []
    assert [kept.received_at async for kept in storage.callbacks.between(NOW, NOW + timedelta(seconds=1))] == [NOW]


async def test_a_callback_moved_to_another_name_does_not_open(in_memory: OpenStorage) -> None:
    one, other = [await in_memory.callbacks.store(CALLBACK) for _ in range(2)]
    content = await in_memory.blobs.get("callbacks", one)
    assert content is not None
    await in_memory.blobs.put("callbacks", other, content)
    with pytest.raises(Unsealable):
        await in_memory.callbacks.read(other)


@pytest.mark.parametrize("item", [TEXT, LEFT])
async def test_an_event_is_kept_once(storage: OpenStorage, item: InboundMessage | ContactEvent) -> None:
    assert await storage.inbound.add(CLINIC, item, NOW)
    assert not await storage.inbound.add(CLINIC, item, NOW + timedelta(days=6))
    assert await storage.inbound.add("elsewhere", item, NOW)


async def test_of_twenty_repeats_at_once_one_is_the_first(storage: OpenStorage) -> None:
    came = await asyncio.gather(*(storage.inbound.add(CLINIC, TEXT, NOW) for _ in range(20)))
    assert sum(came) == 1


async def test_our_own_repeated_insert_is_the_first(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=RepeatingRows)
    assert await storage.inbound.add(CLINIC, TEXT, NOW)
    assert not await storage.inbound.add(CLINIC, TEXT, NOW)


async def test_what_came_is_found_by_its_day(in_memory: OpenStorage) -> None:
    await in_memory.inbound.add(CLINIC, TEXT, NOW)
    assert len((await in_memory.rows.query("inbound", Span.within(f"{CLINIC}_20261120"))).rows) == 1


@pytest.mark.parametrize(
    "item",
    [
        InboundMessage("whatsapp", "default", "+447700900123", "wamid.1", NOW, "button", "Yes", "confirm:x", "wamid.0"),
        ContactEvent("wechat", "gh_1", "oMadeUp", ContactChange.UNSUBSCRIBED, NOW, "oMadeUp-1", "scene"),
    ],
    ids=["message", "event"],
)
async def test_what_was_kept_is_read_by_its_reference(
    storage: OpenStorage, item: InboundMessage | ContactEvent
) -> None:
    reference = storage.inbound.reference("riverside", item)
    assert await storage.inbound.read(reference) is None
    await storage.inbound.add("riverside", item, NOW)
    assert await storage.inbound.read(reference) == item
    assert await storage.inbound.read(storage.inbound.reference("lakeside", item)) is None
