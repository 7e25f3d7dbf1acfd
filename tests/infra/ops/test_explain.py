"""`ops explain`: one appointment's story on the operator's terminal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.ops.command import Desk
from shared.domain.message import Event, EventName, Message
from tests.infra.ops.conftest import Shell


async def planned(desk: Desk) -> Message:
    clinic = await desk.services.clinics.get("ward")
    found = await desk.services.explain(clinic, "A-8001")
    return found.messages[0].message


def test_the_story_is_told_in_words_and_without_a_whole_number(shell: Shell) -> None:
    shell.clinic_with_a_list()
    message = shell.look(planned)

    async def fail(desk: Desk) -> None:
        at = message.created_at + timedelta(seconds=1)
        await desk.storage.messages.claim(Event(message.id, EventName.CLAIMED, at))
        await desk.storage.messages.append(
            Event(message.id, EventName.FAILED, at, detail="no_whatsapp", error_class="recipient")
        )

    shell.look(fail)
    said = shell("explain", "A-8001", "--clinic", "ward", "--words")
    assert said.code == 0, said.err
    for words in (
        "Appointment A-8001 of ward: ",
        "in the appointment system now: booked, ",
        "7d for ",
        f"Message {message.id}",
        "now: ",
        "claimed",
        "failed",
        "Ways to this patient",
        "  whatsapp: ",
        "    | ",
    ):
        assert words in said.out
    assert message.to not in said.out
    assert "Ward Seven" not in shell("explain", "A-8001", "--clinic", "ward").out


def test_an_appointment_that_no_run_has_met_is_told_as_such(shell: Shell) -> None:
    shell.clinic_with_a_list()
    said = shell("explain", "A-1", "--clinic", "ward")
    assert said.code == 0
    assert "it is not there" in said.out
    assert "no run has met this appointment from 20" in said.out
    assert "`ops tomorrow ward`" in said.out
    assert "appointment system now" not in shell("explain", "A-1", "--clinic", "ward", "--no-source").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["A-1", "--clinic", "nowhere"], 1, "There is no clinic nowhere. There are: riverside."),
        (["A-1", "--clinic", "riverside", "--day", "tomorrow"], 2, "--day"),
        (["A-1"], 2, "--clinic"),
    ],
)
def test_what_cannot_be_explained_is_refused(shell: Shell, words: list[str], code: int, said: str) -> None:
    shell.clinic("riverside")
    refused = shell("explain", *words)
    assert (refused.code, said in refused.err) == (code, True)
