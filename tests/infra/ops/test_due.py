"""`ops due list`: what leaves next, by clinic, account and priority, without a word about anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.ops.command import Desk
from shared.clock import SystemClock
from shared.domain.message import Priority
from shared.storage.contract import DueAction, DueRow
from tests.infra.ops.conftest import Shell
from tests.storage.samples import planned

FIRST = planned("A-1")


def waiting(shell: Shell) -> None:
    """One waits, one was passed over, one comes in two hours, one in thirty, one is looked after."""

    async def put(desk: Desk) -> None:
        now = SystemClock().now()
        one = DueRow.of(FIRST, now - timedelta(minutes=5), DueAction.SEND)
        others = [planned(f"A-{number}") for number in range(2, 6)]
        two, three, four, five = (DueRow.of(other, now, DueAction.SEND) for other in others)
        await desk.storage.due.put(
            [
                one,
                replace(two, at=now + timedelta(minutes=1), since=now, priority=Priority.TODAY, lane="wechat:own-one"),
                replace(three, at=now + timedelta(hours=2)),
                replace(four, at=now + timedelta(hours=30)),
                replace(five, action=DueAction.CHECK),
            ]
        )

    shell.look(put)


def test_what_is_due_is_counted_by_clinic_account_and_priority(shell: Shell) -> None:
    shell.clinic("riverside")
    assert "Nothing is due" in shell("due", "list").out
    waiting(shell)
    said = shell("due", "list")
    assert said.code == 0, said.err
    flat = " ".join(said.out.split())
    assert "riverside whatsapp:default 4 later days 1 1 1" in flat
    assert "riverside wechat:own-one 2 today's appointments 1 0 0" in flat
    assert said.out.splitlines()[-1].startswith("2 wait now, 1 come until ")
    assert str(FIRST.id) in said.out
    assert FIRST.to not in said.out
    assert FIRST.patient_name not in said.out


@pytest.mark.parametrize(
    ("words", "short"),
    [
        (["--hours", "0"], "1 wait now, 0 come until"),
        (["--hours", "48"], "2 wait now, 2 come until"),
        (["--channel", "wechat", "--account", "own-one"], "1 wait now, 0 come until"),
        (["--priority", "4"], "1 wait now, 1 come until"),
        (["--clinic", "riverside"], "2 wait now, 1 come until"),
        (["--clinic", "elsewhere"], "Nothing is due until"),
    ],
)
def test_less_may_be_asked_for(shell: Shell, words: list[str], short: str) -> None:
    shell.clinic("riverside")
    waiting(shell)
    assert shell("due", "list", *words).out.splitlines()[-1].startswith(short)


def test_only_the_first_are_listed(shell: Shell) -> None:
    shell.clinic("riverside")
    waiting(shell)
    said = shell("due", "list", "--top", "1").out
    assert said.count("riverside_2") == 1
    assert str(FIRST.id) in said
    assert shell("due", "list", "--hours", "-1").code == 2
