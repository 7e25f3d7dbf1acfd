"""What a patient writes to a prescription reference: nothing acts but STOP, and all else reaches a person."""

from __future__ import annotations

import pytest

from shared.errors import Conflict
from shared.services.prescribing.patient_page import PageKind
from shared.storage.contract import WorkKind
from tests.services.prescribing.desk import Desk, desk


async def answered(at: Desk, words: str) -> None:
    await at.w.whatsapp.patients.write("+447700900001", words)
    await at.later()


async def kinds(at: Desk) -> list[WorkKind]:
    return [item.kind for item in (await at.w.storage.worklist.open_items("riverside", frozenset(), 20, "")).items]


@pytest.mark.parametrize("words", ["1", "2", "Thank you", "Which pharmacy is it?"])
async def test_no_answer_acts_on_a_prescription_and_each_reaches_a_person(words: str) -> None:
    async with desk() as at:
        sent, token = await at.delivered()
        await answered(at, words)
        assert WorkKind.NEEDS_A_PERSON in await kinds(at)
        assert await at.life(sent) == ["sent", "delivered"]
        assert (await at.open(token)).kind is PageKind.COVER


async def test_after_stop_nothing_more_is_sent_and_the_code_that_they_have_still_opens() -> None:
    async with desk() as at:
        _, token = await at.delivered()
        await answered(at, "STOP")
        with pytest.raises(Conflict) as caught:
            await at.preview()
        assert caught.value.code == "opted_out"
        assert (await at.show(token)).kind is PageKind.CODE, "they need their medicine"


async def test_who_says_that_it_is_not_them_gets_no_other_code() -> None:
    async with desk() as at:
        await at.delivered()
        await answered(at, "wrong number")
        with pytest.raises(Conflict) as caught:
            await at.preview()
        assert caught.value.code == "unreachable"
