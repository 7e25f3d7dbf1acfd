"""Whatever call to the outside fails, before or after it was done, everything ends as if nothing had been."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import httpx
import pytest

from shared.domain.appointment import Appointment, Telecom, TelecomSystem
from shared.domain.message import State
from shared.errors import StorageUnavailable
from shared.storage.rows import Change
from tests.reliability.fates import Fate, fates, untruths
from tests.reliability.inside import Process, live_through
from tests.reliability.outside import Outside
from tests.world import appointment, clinic_document, patient

MOST_CALLS = 400
FOLLOWERS = (Telecom(TelecomSystem.OPENID, "oMock_follower_0001"), Telecom(TelecomSystem.OPENID, "oMock_follower_0002"))


class How(StrEnum):
    BEFORE = "before it was done"
    AFTER = "after it was done, so that only its answer is lost"


class FailingOnce:
    """A gate at which the call of that number fails. `told`: which one it was."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self.calls = 0
        self.number: int | None = None
        self.how = How.BEFORE
        self.told = ""

    async def __call__(self, target: str, name: str, *arguments: Any, **options: Any) -> Any:
        method = getattr(getattr(self._outside, target), name)
        self.calls += 1
        if self.calls != self.number:
            return await method(*arguments, **options)
        self.told = f"{target}.{name} {_what(arguments)}"
        if self.how is How.AFTER:
            await method(*arguments, **options)
        raise _failure(target, self.how)


def _what(arguments: Sequence[Any]) -> str:
    """Table, verb and key of a write, as far as there are any."""
    change = arguments[-1] if arguments else None
    if isinstance(change, Change):
        return f"{arguments[0]} {change.verb} {change.row.key}"
    return str(arguments[0]) if arguments else ""


def _failure(target: str, how: How) -> Exception:
    if target != "wire":
        return StorageUnavailable("The store did not answer.")
    return httpx.ReadTimeout("cut off") if how is How.AFTER else httpx.ConnectError("cut off")


async def lived_through(
    appointments: Sequence[Appointment], clinic: str, number: int | None, how: How
) -> tuple[Sequence[Fate], FailingOnce]:
    """From the first timer until nothing is left to be done, with the call of that number failing."""
    outside = Outside(appointments)
    gate = FailingOnce(outside)
    process = Process(outside.settings, appointments, gate)
    await process.services.clinics.load(clinic, "test")
    gate.calls, gate.number, gate.how = 0, number, how
    await live_through(outside, process)
    return fates(outside), gate


# Where a failure leaves a message unknown for good, so that a person is told. A claim whose answer was lost: nobody can
# know whether somebody sends. WeChat echoes nothing of ours: without its MsgID its receipts find no message.
CLAIM = "insert m_.*_go_1"
WEEK_BEFORE = [{"days": 7, "hour": "10:00"}]
CASES = {
    "whatsapp": ([appointment(1), appointment(2)], clinic_document(steps=WEEK_BEFORE), CLAIM),
    "wechat": (
        [appointment(n, of=patient(n, telecoms=(FOLLOWERS[n - 1],))) for n in (1, 2)],
        clinic_document(steps=WEEK_BEFORE, channels=[{"channel": "wechat", "opt_in": "opt_out"}]),
        f"{CLAIM}|wire.exchange|providerids upsert .*_join",
    ),
}


@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize(("appointments", "clinic", "may_stay_unknown"), CASES.values(), ids=CASES)
async def test_every_call_may_fail_once(
    appointments: Sequence[Appointment], clinic: str, may_stay_unknown: str, how: How
) -> None:
    undisturbed, gate = await lived_through(appointments, clinic, None, how)
    assert [fate.received for fate in undisturbed] == [1, 1]
    assert gate.calls < MOST_CALLS
    for number in range(1, gate.calls + 1):
        found, failing = await lived_through(appointments, clinic, number, how)
        where = f"call {number}, {failing.told}, failed {how}"
        assert failing.told, where
        assert untruths(found, reported=False) == [], where
        differing = [fate for fate, usual in zip(found, undisturbed, strict=True) if fate != usual]
        assert all(fate.state is State.UNKNOWN for fate in differing), f"{where}: {differing}"
        assert len(differing) <= (re.search(may_stay_unknown, failing.told) is not None), f"{where}: {differing}"
