"""Tallies and marks, and the rows that figures are made of."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta

import pytest

from shared.domain.decision import SkipReason
from shared.domain.message import EventName
from shared.domain.tally import CellFigures, DayTally, TalliedDecision, TalliedMessage
from shared.errors import RowChanged
from shared.storage.contract import Mark, PlanEntry
from shared.storage.instants import to_text
from shared.storage.opened import OpenStorage
from shared.storage.places import TALLIES
from shared.storage.rows import Change, Row, Value, Verb
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS, TODAY, decided, entry, event, planned, skipped
from tests.storage.wrappers import TinyPages

DAY = timedelta(days=1)
TALLY = DayTally(
    NOW, 12, {("whatsapp", "en"): CellFigures.of({"messages": 3, "failed:131026": 1}), ("", ""): CellFigures.of({})}
)


async def test_a_mark_stands_until_it_is_taken_away(storage: OpenStorage) -> None:
    await storage.tallies.mark(CLINIC, TODAY, NOW)
    await storage.tallies.mark("harbour", TODAY, NOW - DAY)
    assert await storage.tallies.marks() == [Mark("harbour", TODAY, NOW - DAY), Mark(CLINIC, TODAY, NOW)]
    kept = await storage.tallies.marked(CLINIC, TODAY)
    assert kept is not None
    assert await storage.tallies.unmark(kept)
    assert await storage.tallies.marked(CLINIC, TODAY) is None
    assert await storage.tallies.unmark(kept)  # gone already


async def test_a_mark_that_was_renewed_is_not_taken_away(storage: OpenStorage) -> None:
    await storage.tallies.mark(CLINIC, TODAY, NOW)
    kept = await storage.tallies.marked(CLINIC, TODAY)
    assert kept is not None
    await storage.tallies.mark(CLINIC, TODAY, NOW)
    assert not await storage.tallies.unmark(kept)
    assert await storage.tallies.marks_of(CLINIC, TODAY, TODAY) == [Mark(CLINIC, TODAY, NOW)]


async def test_marks_and_tallies_are_read_by_clinic_and_days(storage: OpenStorage) -> None:
    for n in range(-2, 3):
        await storage.tallies.mark(CLINIC, TODAY + n * DAY, NOW)
        await storage.tallies.keep(CLINIC, TODAY + n * DAY, TALLY, "")
    await storage.tallies.mark("river", TODAY, NOW)
    await storage.tallies.keep("river", TODAY, TALLY, "")
    days = [TODAY - DAY, TODAY, TODAY + DAY]
    assert [m.day for m in await storage.tallies.marks_of(CLINIC, days[0], days[-1])] == days
    assert await storage.tallies.tallies(CLINIC, days[0], days[-1]) == [(day, TALLY) for day in days]


async def test_a_tally_is_kept_over_the_version_that_was_read_and_no_other(storage: OpenStorage) -> None:
    assert (await storage.tallies.tally(CLINIC, TODAY)).value is None
    await storage.tallies.keep(CLINIC, TODAY, TALLY, "")
    with pytest.raises(RowChanged):
        await storage.tallies.keep(CLINIC, TODAY, TALLY, "")
    kept = await storage.tallies.tally(CLINIC, TODAY)
    assert kept.value == TALLY
    await storage.tallies.keep(CLINIC, TODAY, TALLY, kept.etag)
    with pytest.raises(RowChanged):
        await storage.tallies.keep(CLINIC, TODAY, TALLY, kept.etag)


@pytest.mark.parametrize("around", [lambda rows: rows, TinyPages])
async def test_the_rows_of_a_day_are_its_decisions_and_messages_with_their_events(
    open_store: OpenAnother, around: object
) -> None:
    storage: OpenStorage = await open_store(around_rows=around)
    step = entry("A-1")
    message, other = planned("A-1"), planned("A-2", starts_at=NOW + timedelta(days=4))
    day = message.id.day
    await storage.plans.write(CLINIC, [step, skipped("A-3", day=day), entry("A-4", step="7d")])
    await storage.messages.put(other)
    for name in (EventName.DELIVERED, EventName.READ):
        await storage.messages.append(event(message.id, name, provider_id="wamid.1", detail="d"))
    stray = planned("A-9")
    await storage.messages.append(event(stray.id, EventName.READ))  # of no message that is here
    found = [one async for one in storage.tallies.rows_of(CLINIC, day)]
    decisions = [one for one in found if isinstance(one, TalliedDecision)]
    messages = {one.digest: one for one in found if isinstance(one, TalliedMessage)}
    key = PSEUDONYMS.appointment(CLINIC, "A-3")
    assert TalliedDecision(key, reason=SkipReason.NO_OPT_IN) in decisions
    assert TalliedDecision(message.appointment_key, "whatsapp", None, message.id.digest) in decisions
    assert set(messages) == {message.id.digest, planned("A-4", step="7d").id.digest}
    told = messages[message.id.digest]
    assert [one.name for one in told.events] == [EventName.DELIVERED, EventName.READ]
    assert {one.provider_id for one in told.events} == {""}
    assert (told.template, told.starts_at, told.language) == ("own", message.starts_at, "en")


async def test_what_ended_is_off_the_index_of_what_waits_and_the_rest_stays(storage: OpenStorage) -> None:
    messages = [planned(f"A-{n}", starts_at=NOW + timedelta(days=3 + n % 2)) for n in range(6)]
    await storage.plans.write(CLINIC, [PlanEntry(decided(message), message) for message in messages[:5]])
    await storage.messages.put(messages[5])
    first, second = ({m.id for m in messages if m.id.day == (NOW + timedelta(days=d)).date()} for d in (3, 4))
    assert set(await storage.waiting.of_day(CLINIC, messages[0].id.day)) == first
    assert set(await storage.waiting.of_day(CLINIC, messages[1].id.day)) == second
    await storage.waiting.ended([messages[0].id, messages[1].id])
    await storage.waiting.ended([messages[0].id, messages[2].id])  # one is gone already
    assert set(await storage.waiting.of_day(CLINIC, messages[0].id.day)) == {messages[4].id}
    assert set(await storage.waiting.of_day("river", messages[0].id.day)) == set()


async def test_figures_of_a_version_that_counted_otherwise_are_read_by_their_names(in_memory: OpenStorage) -> None:
    stored = {"names": ["no_longer_counted", "messages"], "cells": [["whatsapp", "en", [7, 3], {"failed:1": 1}]]}
    figures = zlib.compress(json.dumps(stored).encode())
    columns: dict[str, Value] = {"as_of": to_text(NOW), "rows": 12, "figures": figures}
    await in_memory.rows.write(TALLIES, Change(Verb.UPSERT, Row(CLINIC, f"{TODAY:%Y%m%d}", columns)))
    tally = (await in_memory.tallies.tally(CLINIC, TODAY)).value
    assert tally is not None
    assert tally.cells == {("whatsapp", "en"): CellFigures.of({"messages": 3, "failed:1": 1})}
