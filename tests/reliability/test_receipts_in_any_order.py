"""Receipts in any order, repeated, before the send is recorded, days late, and for messages that we do not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.channels.whatsapp.simulator.agenda import signed
from shared.channels.whatsapp.simulator.ledger import LedgerEntry
from shared.channels.whatsapp.simulator.webhook_bodies import Value, status_value
from shared.domain.message import State, Status, fold
from shared.errors import StorageUnavailable
from shared.storage.message_rows import id_of, is_facts
from shared.storage.places import DUE, MESSAGES, PROVIDER_IDS
from tests.reliability.inside import Process
from tests.reliability.outside import Callback, Outside, Step, at_once
from tests.services.rows import every_row
from tests.world import appointment, clinic_document

ONE_STEP = clinic_document(steps=[{"days": 7, "hour": "10:00"}])
REFUSED = 131026

# What a receipt makes of a message: a later one never loses to an earlier one; `delivered` wins over `failed`.
NEVER_BACK = (State.SCHEDULED, State.SENDING, State.UNKNOWN, State.ACCEPTED, State.SENT, State.FAILED, State.DELIVERED,
              State.READ)  # fmt: skip
STATE = {"sent": State.SENT, "delivered": State.DELIVERED, "read": State.READ, "failed": State.FAILED}


class Answer(StrEnum):
    """How the send itself ends."""

    RECORDED = "accepted and recorded"
    TIMED_OUT = "timed out after it was accepted"
    NOT_RECORDED = "accepted, and the process died before it was recorded"


@dataclass(frozen=True)
class Arrival:
    """One receipt. `early`: before the send is recorded; `days`: since the receipt before it; `with_stranger`: in one
    body with a receipt for a message that we do not know."""

    status: str
    early: bool = False
    days: float = 0
    with_stranger: bool = False


arrivals = st.lists(
    st.builds(Arrival, st.sampled_from(sorted(STATE)), st.booleans(), st.sampled_from([0.0, 0.01, 1.5]), st.booleans()),
    max_size=7,
)


@dataclass
class Scene:
    """One message on its way, and the receipts for it."""

    early: Sequence[Arrival]
    answer: Answer
    outside: Outside = field(default_factory=lambda: Outside([appointment()]))
    sent: bool = False
    died: bool = False

    def __post_init__(self) -> None:
        self.process = Process(self.outside.settings, self.outside.appointments, self._gate)
        self.outside.providers.whatsapp.script("never_reports")

    async def play(self, late: Sequence[Arrival]) -> None:
        """From planning to the last receipt, and then for as long as anything is to be done."""
        await self.process.services.clinics.load(ONE_STEP, "test")
        while not self.sent:
            await self._steps(1)
        for arrival in late:
            self.outside.clock.advance(days=arrival.days)
            await self._arrive(arrival)
        await self._steps(10_000)

    async def _steps(self, most: int) -> None:
        for _ in range(most):
            step = self.outside.next_step()
            if step is None:
                return
            try:
                await self.process.perform(step)
                self.outside.done(step)
            except StorageUnavailable:
                self.outside.failed(step)

    async def _gate(self, target: str, name: str, *arguments: Any, **options: Any) -> Any:
        if self.sent and not self.died and self.answer is Answer.NOT_RECORDED and name == "write":
            self.died = True
            raise StorageUnavailable("The process is gone.")
        answer = await getattr(getattr(self.outside, target), name)(*arguments, **options)
        if target == "wire":
            for arrival in self.early:
                await self._arrive(arrival)
            self.sent = True
            if self.answer is Answer.TIMED_OUT:
                raise httpx.ReadTimeout("cut off")
        return answer

    async def _arrive(self, arrival: Arrival) -> None:
        [entry] = self.outside.providers.whatsapp.ledger.entries
        values = [self.value(entry, arrival.status, entry.provider_id, entry.reference)]
        if arrival.with_stranger:
            values.insert(0, self.value(entry, arrival.status, "wamid.UNKNOWN", "somebody else's"))
        before = self.status()
        await self.receive(values)
        assert _rank(self.status()) >= _rank(before), "never backwards"

    async def receive(self, values: Sequence[Value]) -> None:
        hook = self.outside.providers.whatsapp.numbers.all[0].hook()
        assert hook is not None
        headers, body = signed(hook, [("messages", value) for value in values])
        callback = Callback("whatsapp", {}, {name.lower(): text for name, text in headers.items()}, body)
        _, job = await self.process.services.accept("whatsapp", "default", {}, callback.headers, body)
        await self.process.perform(Step("callback", self.outside.clock.now(), job.to_json()))

    def value(self, entry: LedgerEntry, status: str, provider_id: str, reference: str) -> Value:
        return status_value(
            phone_number_id=entry.sender,
            provider_id=provider_id,
            to=entry.to,
            status=status,
            at=self.outside.clock.now(),
            reference=reference,
            code=REFUSED,
            first=True,
        )

    def status(self) -> Status:
        [facts] = [row for row in at_once(every_row(self.outside.rows, MESSAGES)).values() if is_facts(row)]
        whole = at_once(self.outside.storage.messages.whole(id_of(facts)))
        assert whole is not None
        return fold(whole.events, whole.message.scheduled_for)

    def rows(self, table: str) -> int:
        return len(at_once(every_row(self.outside.rows, table)))


def _rank(status: Status) -> int:
    return NEVER_BACK.index(status.state)


def expected(received: Sequence[Arrival], answer: Answer) -> State:
    """The furthest state that any receipt tells of; without one, what we know of the send."""
    without = State.ACCEPTED if answer is Answer.RECORDED else State.UNKNOWN
    return max((STATE[arrival.status] for arrival in received), key=NEVER_BACK.index, default=without)


@settings(max_examples=250)
@example([Arrival("read", early=True), Arrival("failed"), Arrival("sent", days=6.9)], Answer.NOT_RECORDED)
@example([Arrival("failed", early=True), Arrival("delivered", days=6.9)], Answer.TIMED_OUT)
@given(arrivals, st.sampled_from(list(Answer)))
async def test_receipts_in_any_order_come_to_the_same_end(received: Sequence[Arrival], answer: Answer) -> None:
    early = [arrival for arrival in received if arrival.early]
    late = [arrival for arrival in received if not arrival.early]
    scene = Scene(early, answer)
    await scene.play(late)
    assert scene.status().state is expected(received, answer)
    assert len(scene.outside.providers.whatsapp.ledger.entries) == 1
    assert scene.rows(DUE) == 0, "nothing is left to be done a week after its expiry"


@settings(max_examples=30)
@given(st.lists(st.sampled_from(sorted(STATE)), min_size=1, max_size=6))
async def test_receipts_for_messages_that_we_do_not_know_are_kept_and_harm_nothing(statuses: Sequence[str]) -> None:
    scene = Scene([], Answer.RECORDED)
    strangers = [Arrival(status, with_stranger=True) for status in statuses]
    await scene.play(strangers)
    assert scene.status().state is expected(strangers, Answer.RECORDED)
    assert scene.rows(PROVIDER_IDS) == len(set(statuses)), "each waits for its message, once"


async def test_a_receipt_for_a_message_that_is_not_written_yet_counts_once_it_is() -> None:
    """The reference is ours, the message's row is not there: another run may still be writing it."""
    scene = Scene([], Answer.RECORDED)
    await scene.play([])
    [facts] = [row for row in at_once(every_row(scene.outside.rows, MESSAGES)).values() if is_facts(row)]
    message = await scene.outside.storage.messages.read(id_of(facts))
    assert message is not None
    empty = Scene([], Answer.RECORDED)
    await empty.process.services.clinics.load(ONE_STEP, "test")
    [entry] = scene.outside.providers.whatsapp.ledger.entries
    await empty.receive([empty.value(entry, "delivered", entry.provider_id, entry.reference)])
    assert await empty.outside.storage.messages.whole(message.id) is None
    await empty.outside.storage.messages.put(message)
    assert empty.status().state is State.DELIVERED


async def test_the_same_receipts_leave_the_same_rows_whatever_their_order() -> None:
    """Not only the same state: the same events stand in the table, so that a page of the message reads the same."""
    forwards = [Arrival(status) for status in ("sent", "delivered", "read", "failed")]
    told = []
    for received in (forwards, forwards[::-1], [*forwards, *forwards], [forwards[i] for i in (2, 0, 3, 1)]):
        scene = Scene([], Answer.RECORDED)
        await scene.play(received)
        told.append(sorted(key for _, _, key in at_once(every_row(scene.outside.rows, MESSAGES))))
    assert told == [told[0]] * len(told)
