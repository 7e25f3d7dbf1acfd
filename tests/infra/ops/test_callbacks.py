"""`ops callbacks`: a callback whose job was lost is worked through later, and once more changes nothing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from datetime import timedelta

import pytest

from infra.ops.command import Desk
from shared.clock import SystemClock
from shared.domain.message import Event, EventName, Message
from shared.errors import StorageUnavailable
from shared.services.jobs import CallbackJob
from shared.services.receiving.receive import ReceiveCallback
from shared.services.reference import write_reference
from shared.storage.contract import Joined
from shared.storage.places import MARKS
from tests.callbacks import receipt, said, signed, whatsapp_body
from tests.infra.ops.conftest import Shell
from tests.services.rows import every_row

CANNOT_COME = "2"


def handed_over(shell: Shell) -> Message:
    """The reminder of A-8001, accepted by the provider a moment ago."""

    async def hand_over(desk: Desk) -> Message:
        found = await desk.services.explain(await desk.services.clinics.get("ward"), "A-8001")
        message = next(view.message for view in found.messages if view.message.channel == "whatsapp")
        at = SystemClock().now() - timedelta(minutes=5)
        await desk.storage.messages.claim(Event(message.id, EventName.CLAIMED, at))
        await desk.storage.messages.append(Event(message.id, EventName.ACCEPTED, at, provider_id="wamid.out"))
        return message

    return shell.look(hand_over)


def comes_in(shell: Shell, *values: dict[str, object]) -> None:
    """A callback is accepted and stored, and its job is lost."""

    async def accept(desk: Desk) -> None:
        body = whatsapp_body(*values)
        await desk.services.accept("whatsapp", "default", {}, signed(body), body)

    shell.look(accept)


def all_that_is_stored(shell: Shell) -> Mapping[object, object]:
    """Column for column, without the marks of days that are to be counted: those end by themselves."""

    async def read(desk: Desk) -> Mapping[object, object]:
        return {at: row.columns for at, row in (await every_row(desk.storage.rows)).items() if at[0] != MARKS}

    return shell.look(read)


def replay(*more: str) -> tuple[str, ...]:
    return ("callbacks", "replay", "--from", f"{SystemClock().now() - timedelta(hours=1):%Y-%m-%dT%H:%M%z}", *more)


def names(shell: Shell, message: Message) -> list[str]:
    async def read(desk: Desk) -> list[str]:
        return [event.name for event in await desk.storage.messages.events(message.id)]

    return shell.look(read)


@pytest.fixture
def lost(shell: Shell) -> tuple[Shell, Message]:
    """A receipt, an answer and a STOP came, each with its callback, and none of their jobs."""
    shell.clinic_with_a_list()
    message, at = handed_over(shell), SystemClock().now()
    reference = write_reference(Joined(message.id, ""))
    answer = said("text", {"body": CANNOT_COME}, provider_id="wamid.in1", at=at, sender=message.to)
    stop = said("text", {"body": "STOP"}, provider_id="wamid.in2", at=at + timedelta(seconds=1), sender=message.to)
    for value in (receipt("delivered", reference=reference, provider_id="wamid.out", at=at), answer, stop):
        comes_in(shell, value)
    return shell, message


def test_what_was_lost_with_the_queue_is_worked_through_and_once_more_changes_nothing(
    lost: tuple[Shell, Message],
) -> None:
    shell, message = lost
    before = all_that_is_stored(shell)
    looked = shell(*replay("--dry-run"))
    assert (looked.code, "3 callbacks came" in looked.out, "Nothing was changed" in looked.out) == (0, True, True)
    assert all_that_is_stored(shell) == before

    done = shell(*replay())
    assert done.code == 0, done.err
    assert "3 of 3 callbacks were worked through; 3 receipts and answers in them were new." in done.out
    assert {"delivered", "answered", "opted_out"} <= set(names(shell, message))
    assert "cannot come" in shell("worklist", "list", "--clinic", "ward", "--kind", "pending_cancellation").out

    async def objects(desk: Desk) -> bool:
        found = await desk.storage.patients.standing("ward", "whatsapp", message.address_key, SystemClock().now())
        return found.opted_out

    assert shell.look(objects)
    after = all_that_is_stored(shell)
    again = shell(*replay())
    assert (again.code, "0 receipts and answers in them were new" in again.out) == (0, True)
    assert all_that_is_stored(shell) == after
    for text in (done.out, done.err, again.out, again.err):
        assert message.to not in text
        assert "STOP" not in text


def test_they_are_counted_by_the_hour_or_listed_each(lost: tuple[Shell, Message]) -> None:
    shell, _ = lost
    span = replay()[2:]
    assert "3 callbacks came" in shell("callbacks", "list", *span).out
    each = shell("callbacks", "list", *span, "--each", "--newest", "--top", "2").out
    assert each.count("/whatsapp/default/") == 2
    assert "These are 2 of 3" in each
    gone = shell("callbacks", "list", "--from", "2026-01-01", "--to", "2026-01-02")
    assert (gone.code, "No callback came" in gone.out) == (0, True)


@pytest.mark.parametrize(("span", "code"), [(("2026-01-02", "2026-01-01"), 1), (("yesterday", "2026-01-01"), 2)])
def test_a_time_that_is_none_is_refused(shell: Shell, span: tuple[str, str], code: int) -> None:
    shell.clinic("riverside")
    for command in ("list", "replay"):
        assert shell("callbacks", command, "--from", span[0], "--to", span[1]).code == code


def test_one_that_fails_keeps_no_other_from_its_turn_and_is_named_without_a_word_of_it(
    lost: tuple[Shell, Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, message = lost
    works, calls = ReceiveCallback.__call__, 0

    async def once_bad(self: ReceiveCallback, job: CallbackJob) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError(message.to)
        return await works(self, job)

    monkeypatch.setattr(ReceiveCallback, "__call__", once_bad)
    said = shell(*replay())
    assert (said.code, "2 of 3 callbacks were worked through" in said.out) == (1, True)
    assert "1 could not be (replay_callback: ValueError at test_callbacks.py" in said.err
    assert message.to not in said.err + said.out


def test_where_the_storage_goes_away_it_stops_and_the_next_one_brings_the_rest(
    lost: tuple[Shell, Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, message = lost
    works, calls = ReceiveCallback.__call__, 0

    async def away_after_one(self: ReceiveCallback, job: CallbackJob) -> int:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise StorageUnavailable("The store did not answer.")
        return await works(self, job)

    monkeypatch.setattr(ReceiveCallback, "__call__", away_after_one)
    said = shell(*replay())
    assert (said.code, "Go on later with the same command" in said.err) == (1, True)
    assert "1 of 3 callbacks were worked through; 1 receipts and answers in them were new." in said.out
    monkeypatch.setattr(ReceiveCallback, "__call__", works)
    rest = shell(*replay())
    assert "3 of 3 callbacks were worked through; 2 receipts and answers in them were new." in rest.out
    assert {"delivered", "answered", "opted_out"} <= set(names(shell, message))


def test_who_ends_it_reads_how_far_it_came(lost: tuple[Shell, Message], monkeypatch: pytest.MonkeyPatch) -> None:
    shell, _ = lost
    pressed: list[CallbackJob] = []

    async def ctrl_c(_self: ReceiveCallback, job: CallbackJob) -> int:
        pressed.append(job)
        if len(pressed) == 1:
            signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(ReceiveCallback, "__call__", ctrl_c)
    said = shell(*replay())
    assert (said.code, "stopped: you ended it. Go on later with the same command" in said.err) == (130, True)
