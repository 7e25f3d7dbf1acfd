"""A copy of what patients want: whole or refused, and taken back without weakening anything (promise 5)."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import InvalidInput, StorageUnavailable
from shared.services.callers import Caller
from shared.services.staff.consent import Wish
from shared.services.wishes.restore import Restored
from shared.storage.contract import ConsentMethod, Hold, OptIn
from shared.storage.contract.wishes import SealedRecord, StandingHold, StandingObjection
from shared.storage.places import CONSENTS, PATIENTS
from shared.storage.rows import Change, Row, Verb
from tests.services.conversation import PHONE, asked
from tests.services.rows import StoreThatStops, every_row
from tests.storage.wrappers import PassingRows
from tests.world import NOW, World, appointment, world

NURSE = Caller("key-1", "nurse station 2", frozenset({"riverside"}))
OUT, IN = Wish(False, ConsentMethod.PHONE), Wish(True, ConsentMethod.PHONE, "Rang: Robin wants them again")
ON_BOTH = [{"channel": "whatsapp", "opt_in": "required"}, {"channel": "wechat", "opt_in": "required"}]
LATER = NOW + timedelta(days=30)
OTHER_KEY = base64.b64encode(b"j" * 32).decode()


async def copied(w: World) -> list[str]:
    return [line async for line in w.services.operating.copy_wishes("riverside", Counter())]


async def restored(w: World, lines: Sequence[str], *, keep: bool = True) -> Restored:
    return await w.services.operating.restore_wishes(lambda: lines, lambda: None, keep=keep)


async def everything(w: World) -> list[object]:
    return [wish async for wish in w.storage.wishes.all("riverside")]


async def lived(w: World) -> None:
    """One of each: STOP, a STOP that was taken back, a hold, one that was lifted, yeses, and what staff recorded."""
    await w.clinic(channels=ON_BOTH)
    patients, at = w.storage.patients, w.clock.now()
    one, two, three = (w.pseudonyms.address("riverside", "whatsapp", f"+44770090000{n}") for n in (1, 2, 3))
    await patients.opt_out("riverside", "whatsapp", one, at, "stop")
    await patients.opt_out("riverside", "whatsapp", two, at, "stop")
    await patients.lift_opt_out("riverside", "whatsapp", two, at + timedelta(days=1))
    for number, address in enumerate((two, three)):
        await patients.hold(Hold("riverside", "whatsapp", address, f"{number}" * 26), at, "wrong_person")
    await patients.lift(Hold("riverside", "whatsapp", three, "1" * 26), at + timedelta(hours=1))
    await patients.mark_unreachable("riverside", "whatsapp", three, at, "131026", at + timedelta(days=9))
    await patients.wrote("riverside", "whatsapp", three, at)
    keys = [w.pseudonyms.patient("riverside", f"p{number}") for number in (1, 2)]
    await patients.opt_in("riverside", [OptIn(keys[0], "whatsapp", at, "form"), OptIn(keys[1], "wechat", at, "qr")])


async def test_an_empty_storage_has_everything_back_as_it_was() -> None:
    async with world(appointment()) as w, world() as empty:
        await lived(w)
        await w.plan()
        await w.services.consent(NURSE, "riverside", w.pseudonyms.patient("riverside", "p1"), "whatsapp", OUT)
        lines = await copied(w)
        await empty.clinic(channels=ON_BOTH)
        looked = await restored(empty, lines, keep=False)
        assert await everything(empty) == []
        done = await restored(empty, lines)
        assert (looked.taken, done.there, done.closed, done.withdrawn) == (done.taken, {}, 0, 0)
        assert done.taken == {"objection": 2, "hold": 2, "record": 1, "yes": 1}
        assert await everything(empty) == await everything(w)
        wanted = await every_row(w.storage.rows, CONSENTS)
        assert {k: r.columns for k, r in (await every_row(empty.storage.rows, CONSENTS)).items()} == {
            k: r.columns for k, r in wanted.items()
        }, "notes stay sealed, and open at their place"
        assert await empty.storage.runs.wanted("riverside") is not None
        before = await every_row(empty.storage.rows, PATIENTS, CONSENTS)
        again = await restored(empty, lines)
        assert (again.taken, await every_row(empty.storage.rows, PATIENTS, CONSENTS)) == ({}, before)


async def test_who_said_stop_is_not_written_to_by_a_storage_that_was_lost() -> None:
    async with asked() as talk:
        await talk.write("STOP")
        lines = await copied(talk.w)
    async with world(appointment()) as anew:
        await anew.clinic()
        await restored(anew, lines)
        await anew.plan()
        anew.clock.advance(hours=1)
        await anew.send_for(10)
        assert anew.whatsapp.ledger.of(PHONE) == []
        assert (await anew.told())["a1", "7d"] == "skipped opted_out"


async def test_a_yes_does_not_come_back_against_a_later_no() -> None:
    async with world(appointment()) as w:
        await lived(w)
        await w.plan()
        lines, patient = await copied(w), w.pseudonyms.patient("riverside", "p1")
        w.clock.advance(days=2)
        await w.services.consent(NURSE, "riverside", patient, "whatsapp", OUT)
        for keep in (False, True):
            done = await restored(w, lines, keep=keep)
            assert (done.withdrawn, done.taken) == (1, {})
        record = await w.storage.patients.record("riverside", patient, "whatsapp")
        assert record.opted_in == frozenset()
        w.clock.advance(days=1)
        await w.services.consent(NURSE, "riverside", patient, "whatsapp", IN)
        lines = await copied(w)
        assert (await restored(w, lines)).withdrawn == 0, "the last word is a yes"


async def test_a_copy_names_nobody_and_quotes_nothing() -> None:
    async with world(appointment()) as w:
        await lived(w)
        await w.plan()
        await w.services.consent(NURSE, "riverside", w.pseudonyms.patient("riverside", "p1"), "whatsapp", IN)
        text = "\n".join(await copied(w))
        for hidden in ("Robin", "Rang", "900001", "p1", "nurse station"):
            assert hidden not in text
        assert text.count('"kind":"record"') == 1


async def test_a_record_that_does_not_open_is_left_out_and_the_stop_is_not() -> None:
    async with world(appointment()) as w, world(ENCRYPTION_KEYS="k2:" + OTHER_KEY) as other:
        await lived(w)
        await w.plan()
        await w.services.consent(NURSE, "riverside", w.pseudonyms.patient("riverside", "p1"), "whatsapp", OUT)
        await other.clinic(channels=ON_BOTH)
        done = await restored(other, await copied(w))
        assert (done.closed, done.taken["objection"], done.taken["record"]) == (1, 2, 0)
        assert not any(isinstance(wish, SealedRecord) for wish in await everything(other))


def changed(lines: list[str], number: int, **fields: object) -> list[str]:
    line = json.dumps({**json.loads(lines[number]), **fields})
    return [*lines[:number], line, *lines[number + 1 :]]


BROKEN = {
    "cut off": (lambda lines: lines[:-1], "breaks off after"),
    "empty": (lambda _: [], "Line 1"),
    "a line lost": (lambda lines: [*lines[:1], *lines[2:]], "changed, lost or added"),
    "a line changed": (lambda lines: changed(lines, 1, at="2020-01-01T00:00:00+00:00"), "changed, lost or added"),
    "a line of no kind": (lambda lines: changed(lines, 1, kind="wish"), "Line 2 of this copy is no wish"),
    "a time without a zone": (lambda lines: changed(lines, 1, at="2020-01-01T00:00:00"), "Line 2"),
    "no JSON": (lambda lines: [*lines[:2], "{", *lines[3:]], "Line 3 of this copy cannot be read"),
    "something behind its end": (lambda lines: [*lines, "{}"], "changed, lost or added"),
    "another file": (lambda _: ['{"id": "riverside"}'], "no copy of patients' wishes"),
    "a later version": (lambda lines: changed(lines, 0, version=2), "another release"),
    "another index key": (lambda lines: changed(lines, 0, index="a" * 26), "another INDEX_KEY"),
    "no clinic": (lambda lines: changed(lines, 0, clinic="../x"), "does not name a clinic"),
}


@pytest.mark.parametrize(("broken", "said"), BROKEN.values(), ids=BROKEN)
async def test_a_copy_that_is_not_whole_is_refused_and_nothing_changes(broken: object, said: str) -> None:
    async with world(appointment()) as w, world() as empty:
        await lived(w)
        lines = await copied(w)
        await empty.clinic()
        with pytest.raises(InvalidInput) as refused:
            await restored(empty, broken(lines))  # type: ignore[operator]
        assert said in refused.value.message
        assert await everything(empty) == []


async def test_a_copy_of_another_index_key_or_of_a_clinic_that_is_not_here_is_refused() -> None:
    async with world() as w, world(INDEX_KEY=OTHER_KEY) as other:
        await lived(w)
        lines = await copied(w)
        await other.clinic()
        with pytest.raises(InvalidInput, match="another INDEX_KEY"):
            await restored(other, lines)
    async with world() as without:
        with pytest.raises(InvalidInput, match="riverside, which is not loaded here"):
            await restored(without, lines)


@pytest.mark.parametrize("answers", range(6))
async def test_stopped_anywhere_what_forbids_is_there_before_what_allows(answers: int) -> None:
    stores: list[StoreThatStops] = []

    def stopping(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world() as w, world(around_rows=stopping) as empty:
        await lived(w)
        lines = await copied(w)
        await empty.clinic(channels=ON_BOTH)
        stores[0].answers, stores[0].writes = answers, 0
        with pytest.raises(StorageUnavailable):
            await restored(empty, lines)
        there = await everything(empty)
        if any(isinstance(wish, OptIn) for wish in there):
            assert sum(isinstance(wish, StandingObjection | StandingHold) for wish in there) == 4
        stores[0].answers = None
        await restored(empty, lines)
        assert await everything(empty) == await everything(w)


async def test_what_somebody_says_between_the_look_and_the_write_stands() -> None:
    class Meanwhile(PassingRows):
        """Somebody says STOP anew right before the first objection of the copy is written."""

        said: Row | None = None

        async def write(self, table: str, change: Change) -> str:
            if self.said is None and table == PATIENTS and change.verb is Verb.INSERT:
                columns = {**change.row.columns, "at": LATER.isoformat()}
                self.said = replace(change.row, columns=columns)
                await self.inner.write(table, Change(Verb.UPSERT, self.said))
            return await super().write(table, change)

    stores: list[Meanwhile] = []

    def meanwhile(rows: object) -> Meanwhile:
        stores.append(Meanwhile(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world() as w, world(around_rows=meanwhile) as empty:
        await lived(w)
        await empty.clinic(channels=ON_BOTH)
        done = await restored(empty, await copied(w))
        said = stores[0].said
        assert said is not None
        there = await empty.storage.rows.get(PATIENTS, said.partition, said.key)
        assert there is not None
        assert there.columns == said.columns
        assert done.there.total() == 1
