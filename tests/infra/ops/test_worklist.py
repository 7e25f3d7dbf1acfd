"""`ops worklist` and `ops resolve`: what needs a person, and the operator's answer to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.ops.command import Desk
from shared.domain.message import Event, EventName, Message
from shared.services.work_items import public_id, read_public_id, unknown_outcome_id, work_id
from shared.storage.contract import WorkItem, WorkKind
from tests.infra.ops.conftest import Shell

NAME, PHONE = "Wilhelmina Quince", "07700 900123"


def an_item(shell: Shell, **changes: object) -> str:
    """The public id of an open item of a patient of riverside."""

    async def opened(desk: Desk) -> str:
        keys, now = desk.services.keys, desk.services.keys.clock.now()
        item = WorkItem(
            id=work_id(keys.pseudonyms, "riverside", WorkKind.NO_WAY, "a1"),
            clinic_id="riverside",
            kind=WorkKind.NO_WAY,
            opened_at=now,
            act_by=now,
            reason="no_address",
            patient_name=NAME,
            contact=PHONE,
        )
        await desk.storage.worklist.open([item])
        return public_id(item)

    return shell.look(opened)


def stored(shell: Shell, public: str) -> WorkItem:
    async def read(desk: Desk) -> WorkItem:
        place = read_public_id(public)
        item = await desk.storage.worklist.read(*place) if place else None
        assert item is not None
        return item

    return shell.look(read)


def unknown(shell: Shell, *, asked: bool = True) -> Message:
    """A reminder of which nobody knows, and (`asked`) the item that asks about it."""
    shell.clinic_with_a_list()

    async def make(desk: Desk) -> Message:
        clinic = await desk.services.clinics.get("ward")
        message = (await desk.services.explain(clinic, "A-8001")).messages[0].message
        at = message.created_at + timedelta(seconds=1)
        await desk.storage.messages.claim(Event(message.id, EventName.CLAIMED, at))
        await desk.storage.messages.append(Event(message.id, EventName.UNKNOWN, at, detail="timeout"))
        place = read_public_id(unknown_outcome_id(desk.services.keys.pseudonyms, message.id))
        assert place is not None
        item = WorkItem(place[1], "ward", WorkKind.UNKNOWN_OUTCOME, at, at, "timeout", "whatsapp", "", message.id)
        if asked:
            await desk.storage.worklist.open([item])
        return message

    return shell.look(make)


def names(shell: Shell, message: Message) -> set[str]:
    async def read(desk: Desk) -> set[str]:
        return {event.name for event in await desk.storage.messages.events(message.id)}

    return shell.look(read)


def test_the_list_says_what_to_do_and_names_patients_only_when_asked(shell: Shell) -> None:
    shell.clinic("riverside")
    assert "Nothing open" in shell("worklist", "list", "--clinic", "riverside").out
    item = an_item(shell)
    said = shell("worklist", "list", "--clinic", "riverside")
    assert (said.code, item in said.out, "done" in said.out) == (0, True, True)
    assert NAME not in said.out
    assert PHONE not in said.out
    whole = shell("worklist", "list", "--clinic", "riverside", "--patients")
    assert NAME.split(maxsplit=1)[0] in whole.out
    assert "Nothing open" in shell("worklist", "list", "--clinic", "riverside", "--kind", "stuck").out


def test_an_item_is_resolved_once_in_the_operators_name(shell: Shell) -> None:
    shell.clinic("riverside")
    item = an_item(shell)
    looked = shell("worklist", "resolve", item, "done", "--dry-run")
    assert (looked.code, "Nothing was changed" in looked.out) == (0, True)
    assert stored(shell, item).resolved_at is None
    assert shell("worklist", "resolve", item, "done", "--note", "Phoned").code == 0
    done = stored(shell, item)
    assert (done.resolution, done.note, done.resolved_by.startswith("operator")) == ("done", "Phoned", True)
    assert "is resolved as done already" in shell("worklist", "resolve", item, "done", "--dry-run").out
    assert shell("worklist", "resolve", item, "done", "--note", "again").code == 0
    assert stored(shell, item) == done
    assert item in shell("worklist", "list", "--clinic", "riverside", "--resolved").out


@pytest.mark.parametrize(("answer", "said"), [("send_again", "must be `done`"), ("gone", "must be `done`")])
def test_an_answer_that_does_not_fit_changes_nothing(shell: Shell, answer: str, said: str) -> None:
    shell.clinic("riverside")
    item = an_item(shell)
    for words in (["--dry-run"], []):
        refused = shell("worklist", "resolve", item, answer, *words)
        assert (refused.code, said in refused.err) == (1, True)
    assert stored(shell, item).resolved_at is None


def test_an_unknown_outcome_goes_once_more(shell: Shell) -> None:
    message = unknown(shell)
    assert shell("resolve", str(message.id), "send_again", "--dry-run").code == 0
    assert EventName.RESUMED not in names(shell, message)
    for _ in range(2):
        said = shell("resolve", str(message.id), "send_again")
        assert said.code == 0, said.err
    assert EventName.RESUMED in names(shell, message)
    refused = shell("resolve", str(message.id), "leave")
    assert (refused.code, "resolved before, as `send_again`" in refused.err) == (1, True)


def test_an_unknown_outcome_is_left(shell: Shell) -> None:
    message = unknown(shell)
    assert shell("resolve", str(message.id), "leave", "--note", "Phoned").code == 0
    assert EventName.RESUMED not in names(shell, message)


def test_what_arrived_meanwhile_is_not_sent_again(shell: Shell) -> None:
    message = unknown(shell)

    async def arrive(desk: Desk) -> None:
        await desk.storage.messages.append(Event(message.id, EventName.DELIVERED, message.created_at))

    shell.look(arrive)
    for words in (["--dry-run"], []):
        refused = shell("resolve", str(message.id), "send_again", *words)
        assert (refused.code, "has reached the patient" in refused.err) == (1, True)
    assert EventName.RESUMED not in names(shell, message)


def test_a_message_that_nobody_is_asked_about_is_not_sent_again(shell: Shell) -> None:
    message = unknown(shell, asked=False)
    refused = shell("resolve", str(message.id), "send_again")
    assert (refused.code, "it is unknown" in refused.err) == (1, True)
    assert EventName.RESUMED not in names(shell, message)
    assert "no message's id" in shell("resolve", "something", "leave").err
    there_is_none = str(message.id).replace(message.id.digest, "a" * 26)
    assert "There is no such message." in shell("resolve", there_is_none, "leave").err
