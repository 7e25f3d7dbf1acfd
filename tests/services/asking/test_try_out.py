"""A test message goes as every message does, with invented words, and never to a patient."""

import pytest

from shared.domain.message import State
from shared.errors import Conflict, InvalidInput
from shared.services.asking.try_out import EXPIRES, Draft
from shared.services.callers import Caller
from tests.services.looks import ONE_STEP
from tests.world import World, appointment, world

OPERATOR = Caller("operator", "operator robin", None)
OWN = "+447700900999"
PATIENTS = "+447700900001"  # patient(1) of the world has it


async def draft(w: World, channel: str = "whatsapp", to: str = OWN) -> Draft:
    clinic = await w.services.clinics.get("riverside")
    return await w.services.send_test.draft(OPERATOR, clinic, channel, to)


async def test_it_is_read_as_a_reminder_of_nobody_and_its_story_is_told() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        made = await draft(w)
        assert "Riverside Clinic" in made.text
        assert "Test" in made.text
        assert "Example" not in made.text
        message = await w.services.send_test(made)
        w.clock.advance(seconds=5)
        await w.send_due()
        w.clock.advance(minutes=1)
        await w.receipts()
        view = await w.services.reports.message(OPERATOR, str(message.id))
        assert view.status.state in (State.SENT, State.DELIVERED, State.READ)
        assert (view.message.to, view.message.sent_by) == (OWN, "operator robin")
        assert w.whatsapp.ledger.accepted == 1


async def test_a_draft_leaves_no_trace() -> None:
    async with world() as w:
        await w.clinic()
        made = await draft(w)
        assert await w.storage.messages.read(made.message.id) is None
        w.clock.advance(seconds=5)
        assert await w.send_due() == []


async def test_it_never_goes_to_a_patient() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        with pytest.raises(Conflict, match="patient of this clinic"):
            await draft(w, to=PATIENTS)


async def test_it_is_not_sent_late() -> None:
    async with world() as w:
        await w.clinic()
        message = await w.services.send_test(await draft(w))
        w.clock.advance(seconds=EXPIRES.total_seconds() + 1)
        await w.send_due()
        view = await w.services.reports.message(OPERATOR, str(message.id))
        assert (view.status.state, view.status.reason) == (State.DROPPED, "expired")


@pytest.mark.parametrize(
    ("channel", "to", "said"),
    [
        ("wechat", "oRobin_follower_1", "does not use that channel"),
        ("whatsapp", "07700 900999", "whole number"),
        ("whatsapp", "robin", "whole number"),
    ],
)
async def test_what_cannot_be_sent_is_refused(channel: str, to: str, said: str) -> None:
    async with world() as w:
        await w.clinic()
        with pytest.raises(InvalidInput, match=said):
            await draft(w, channel, to)
