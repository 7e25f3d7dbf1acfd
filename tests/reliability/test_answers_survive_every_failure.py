"""Whatever call to the store fails while an answer is worked through, it ends as if nothing had been."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from shared.errors import StorageUnavailable
from shared.services.jobs import CallbackJob
from shared.storage.rows import Rows
from tests.services.conversation import OPENID, PHONE, Conversation, asked
from tests.services.rows import every_row
from tests.world import appointment

MOST_CALLS = 60


class FailingRows:
    """Every call passes here. `number`: the one that fails, counted from 1; `down`: all of them do."""

    def __init__(self, inner: Rows) -> None:
        self.inner = inner
        self.calls = 0
        self.number = 0
        self.after = False
        self.down = False
        self.told = ""

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            fails = self.calls == self.number
            if fails:
                self.told = f"{name} {arguments[0]}"
            if self.down or (fails and not self.after):
                raise StorageUnavailable("The store did not answer.")
            answer = await getattr(self.inner, name)(*arguments, **options)
            if fails:
                raise StorageUnavailable("The store did not answer.")
            return answer

        return call


@dataclass(frozen=True)
class End:
    """All that an answer may leave."""

    answers: Sequence[str]
    work: Sequence[str]
    heard: Sequence[str]
    inbound: int
    objects: bool
    held: str


async def lived_through(channel: str, case: str, number: int, *, after: bool) -> tuple[End, FailingRows]:
    """The answer comes while the store is down; then its job is delivered until it succeeds, one call failing."""
    rows: list[FailingRows] = []

    def around(inner: Rows) -> FailingRows:
        rows.append(FailingRows(inner))
        return rows[0]

    async with asked(channel=channel, around_rows=around) as talk:
        gate = rows[0]
        if case == "moved":
            talk.w.source.items[:] = [appointment(hour=16, of=talk.w.source.items[0].patient)]  # type: ignore[union-attr]
        gate.down = True
        with suppress(StorageUnavailable):
            await (talk.press("2") if case == "press" else talk.write("1" if case == "moved" else case))
        gate.down, gate.calls, gate.number, gate.after = False, 0, number, after
        [job] = [CallbackJob(name) for name in talk.blobs[0].put_contents]
        while True:
            try:
                await talk.w.services.receive(job)
                break
            except StorageUnavailable:
                assert number
        return await _end(talk, gate), gate


async def _end(talk: Conversation, gate: FailingRows) -> End:
    gate.number, calls = 0, gate.calls
    address = PHONE if talk.channel == "whatsapp" else OPENID
    key = talk.w.pseudonyms.address("riverside", talk.channel, address)
    standing = await talk.w.storage.patients.standing("riverside", talk.channel, key, talk.w.clock.now())
    end = End(
        answers=[e.detail for e in (await talk.w.message()).events if e.name == "answered"],
        work=await talk.told(),
        heard=await talk.heard(),
        inbound=len(await every_row(talk.w.storage.rows, "inbound")),
        objects=standing.opted_out,
        held=", ".join(standing.held),
    )
    gate.calls = calls
    return end


CASES = [
    ("whatsapp", "press", End(["pending_cancellation"], ["pending_cancellation"], ["…"], 1, False, "")),
    ("whatsapp", "1", End(["confirmed_attendance"], [], ["…"], 1, False, "")),
    ("whatsapp", "STOP", End([], ["opted_out phone_left"], ["…"], 1, True, "")),
    ("whatsapp", "moved", End([], ["needs_a_person appointment_changed confirm"], ["…"], 1, False, "")),
    ("wechat", "3", End(["pending_reschedule"], ["pending_reschedule"], ["…"], 1, False, "")),
    ("wechat", "wrong number", End([], ["needs_a_person wrong_person"], [], 1, False, "wrong_person")),
    ("whatsapp", "stop texting me", End([], ["needs_a_person stop_review"], [], 1, False, "stop_review")),
    ("wechat", "what?", End([], ["needs_a_person question"], [], 1, False, "")),
]


@pytest.mark.parametrize("after", [False, True], ids=["before it was done", "after it was done"])
@pytest.mark.parametrize(("channel", "case", "usual"), CASES, ids=[f"{c}-{name}" for c, name, _ in CASES])
async def test_every_call_may_fail_once(channel: str, case: str, usual: End, *, after: bool) -> None:
    undisturbed, gate = await lived_through(channel, case, 0, after=after)
    assert 5 < gate.calls < MOST_CALLS
    assert undisturbed == End(**{**vars(usual), "heard": undisturbed.heard})
    assert len(undisturbed.heard) == len(usual.heard)
    for number in range(1, gate.calls + 1):
        found, failing = await lived_through(channel, case, number, after=after)
        assert failing.told, "nothing failed"
        assert found == undisturbed, f"call {number}, {failing.told}"
