"""Clinic documents, account secrets, API keys and idempotency keys."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.permission import Permission
from shared.errors import IdempotencyMismatch, RowExists
from shared.storage.contract import ApiKey, FirstAnswer
from shared.storage.instants import to_text
from shared.storage.opened import OpenStorage
from shared.storage.rows import Change, Row, Verb
from tests.storage.conftest import OpenAnother
from tests.storage.samples import NOW, planned
from tests.storage.wrappers import RepeatingRows

WEEK = timedelta(days=7)
FIRST, SECOND = planned("A-1").id, planned("A-2").id


@pytest.mark.parametrize("length", [0, 1, 16_384, 16_385, 200_000])
async def test_a_document_of_any_length_comes_back(storage: OpenStorage, length: int) -> None:
    document = ('{"name": "診所 😀"}' * (length // 10 + 1))[:length]
    await storage.clinics.put("riverside", "x" * 50_000, NOW)
    await storage.clinics.put("riverside", document, NOW)
    assert await storage.clinics.read("riverside") == document


async def test_all_clinics_are_read_at_once(storage: OpenStorage) -> None:
    for clinic in ("riverside", "harbour-2"):
        await storage.clinics.put(clinic, clinic * 20_000, NOW)
    await storage.clinics.put_account("whatsapp", "riverside", {"token": "t"}, NOW)
    assert await storage.clinics.all() == {name: name * 20_000 for name in ("riverside", "harbour-2")}


@pytest.mark.parametrize("clinic", ["unknown", "", "../x", "Ä", "a" * 600])
async def test_a_clinic_that_is_not_there_is_none(storage: OpenStorage, clinic: str) -> None:
    assert await storage.clinics.read(clinic) is None


@pytest.mark.parametrize("account", ["100234", "a/b", "ä", ""])
async def test_the_secrets_of_an_account_come_back(storage: OpenStorage, account: str) -> None:
    assert await storage.clinics.account("whatsapp", account) is None
    await storage.clinics.put_account("whatsapp", account, {"access_token": "made-up"}, NOW)
    assert await storage.clinics.account("whatsapp", account) == {"access_token": "made-up"}
    assert await storage.clinics.account("wechat", account) is None


async def test_api_keys_stand_by_their_hash_also_when_they_are_revoked(storage: OpenStorage) -> None:
    reading = frozenset({Permission.READ})
    key = ApiKey("k-1", "Reception", frozenset({"riverside", "harbour-2"}), NOW, permissions=reading)
    everything = ApiKey("k-2", "Operator", frozenset(), NOW)
    assert await storage.api_keys.all() == {}
    await storage.api_keys.add("hash1", key)
    await storage.api_keys.add("hash2", everything)
    assert await storage.api_keys.all() == {"hash1": key, "hash2": everything}
    assert await storage.api_keys.revoke("k-1", NOW)
    assert await storage.api_keys.revoke("k-1", NOW + WEEK)
    assert not await storage.api_keys.revoke("k-9", NOW)
    assert await storage.api_keys.all() == {"hash1": replace(key, revoked_at=NOW), "hash2": everything}
    with pytest.raises(RowExists):
        await storage.api_keys.add("hash1", everything)


async def test_a_key_of_the_time_before_permissions_has_both(storage: OpenStorage) -> None:
    columns = {"id": "k-1", "name": "Reception", "clinics": "[]", "created_at": to_text(NOW)}
    await storage.rows.write("apikeys", Change(Verb.INSERT, Row("key", "hash1", columns)))
    assert (await storage.api_keys.all())["hash1"].permissions == {Permission.READ, Permission.SEND}


async def test_the_first_request_gets_its_own_answer_and_repeats_the_same(storage: OpenStorage) -> None:
    begin = storage.idempotency.begin
    assert await begin("riverside_whatsapp_raw", "key /#?", "b", FIRST, NOW, WEEK) == FirstAnswer(FIRST, repeat=False)
    for _ in range(2):
        assert await begin("riverside_whatsapp_raw", "key /#?", "b", SECOND, NOW, WEEK) == FirstAnswer(FIRST, True)


async def test_another_body_under_the_same_key_is_a_mismatch(storage: OpenStorage) -> None:
    await storage.idempotency.begin("s", "k", "body", FIRST, NOW, WEEK)
    with pytest.raises(IdempotencyMismatch):
        await storage.idempotency.begin("s", "k", "other body", SECOND, NOW, WEEK)
    assert not (await storage.idempotency.begin("t", "k", "other body", SECOND, NOW, WEEK)).repeat
    assert not (await storage.idempotency.begin("s", "l", "other body", SECOND, NOW, WEEK)).repeat


async def test_a_key_is_free_again_when_its_time_is_over(storage: OpenStorage) -> None:
    await storage.idempotency.begin("s", "k", "body", FIRST, NOW, WEEK)
    later = NOW + WEEK
    still = await storage.idempotency.begin("s", "k", "body", SECOND, later - timedelta(seconds=1), WEEK)
    assert still == FirstAnswer(FIRST, repeat=True)
    answers = await asyncio.gather(
        *(storage.idempotency.begin("s", "k", "other body", planned(f"B-{n}").id, later, WEEK) for n in range(10))
    )
    assert [answer.repeat for answer in answers].count(False) == 1
    assert len({answer.message_id for answer in answers}) == 1


async def test_of_many_at_once_one_is_the_first(storage: OpenStorage) -> None:
    answers = await asyncio.gather(
        *(storage.idempotency.begin("s", "k", "body", planned(f"B-{n}").id, NOW, WEEK) for n in range(30))
    )
    assert [answer.repeat for answer in answers].count(False) == 1
    assert len({answer.message_id for answer in answers}) == 1


async def test_our_own_repeated_begin_is_the_first(open_store: OpenAnother) -> None:
    storage = await open_store(around_rows=RepeatingRows)
    assert not (await storage.idempotency.begin("s", "k", "body", FIRST, NOW, WEEK)).repeat
    assert (await storage.idempotency.begin("s", "k", "body", SECOND, NOW, WEEK)).repeat
