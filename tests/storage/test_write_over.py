"""What depends on what stands there is written only where that is still so: a later word that came first stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Conflict
from shared.storage.opened import OpenStorage
from shared.storage.patient_keys import objection_key, objection_of
from shared.storage.places import PATIENTS, patient_partition
from shared.storage.rows import Change, Row, Rows, Verb
from shared.storage.write_over import write_over
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS
from tests.storage.wrappers import PassingRows

ADDRESS = PSEUDONYMS.address(CLINIC, "whatsapp", "+447700900001")
LATER = NOW + timedelta(minutes=5)


class Overtaken(PassingRows):
    """Somebody else writes between reading and writing, so often."""

    def __init__(self, inner: Rows) -> None:
        super().__init__(inner)
        self.by: OpenStorage | None = None
        self.times = 1

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        there = await super().get(table, partition, key)
        if self.by is not None and self.times > 0:
            self.times -= 1
            by, self.by = self.by, None
            await by.patients.wrote(CLINIC, "whatsapp", ADDRESS, LATER)
            await by.patients.opt_out(CLINIC, "whatsapp", ADDRESS, LATER, "reply")
            self.by = by
        return there


async def overtaken(open_store: OpenAnother) -> OpenStorage:
    made: list[Overtaken] = []
    storage = await open_store(around_rows=lambda rows: made.append(Overtaken(rows)) or made[0])
    made[0].by = storage
    return storage


async def test_an_older_word_does_not_go_over_a_later_one_that_came_in_between(open_store: OpenAnother) -> None:
    storage = await overtaken(open_store)
    await storage.patients.wrote(CLINIC, "whatsapp", ADDRESS, NOW)
    standing = await storage.patients.standing(CLINIC, "whatsapp", ADDRESS, LATER)
    assert standing.wrote_at == LATER


async def test_an_older_stop_does_not_go_over_a_later_one_that_came_in_between(open_store: OpenAnother) -> None:
    storage = await overtaken(open_store)
    await storage.patients.opt_out(CLINIC, "whatsapp", ADDRESS, NOW, "reply")
    key = objection_key("whatsapp", ADDRESS)
    row = await storage.rows.get(PATIENTS, patient_partition(CLINIC, ADDRESS), key)
    assert row is not None
    assert objection_of(row.columns).at == LATER


class AlwaysOvertaken(PassingRows):
    async def get(self, table: str, partition: str, key: str) -> Row | None:
        there = await super().get(table, partition, key)
        await self.inner.write(table, Change(Verb.UPSERT, Row(partition, key, {"n": 1})))
        return there


async def test_what_others_change_all_the_time_is_given_up_aloud(in_memory: OpenStorage) -> None:
    rows = AlwaysOvertaken(in_memory.rows)
    with pytest.raises(Conflict):
        await write_over(rows, PATIENTS, "riverside_01", "x", lambda _: Row("riverside_01", "x", {"n": 2}))


async def test_what_is_to_stay_is_not_written(in_memory: OpenStorage) -> None:
    assert await write_over(in_memory.rows, PATIENTS, "riverside_01", "x", lambda _: None) is False
    assert await in_memory.rows.get(PATIENTS, "riverside_01", "x") is None
