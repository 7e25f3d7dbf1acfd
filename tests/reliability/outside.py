"""What goes on whatever becomes of our process: storage, the queue, the providers, time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from shared.channels.whatsapp.simulator import PaceLimits
from shared.domain.appointment import Appointment
from shared.services.planning.schedule import daily_run_id
from shared.services.reference import read_reference
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.contract import RunState
from shared.storage.instants import to_instant
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.opened import storage_over
from shared.storage.places import DUE, OUTBOX
from tests.services.publishing.audience import Audience
from tests.services.rows import every_row
from tests.world import SETTINGS, MovedClock, SimulatedProviders

CLINIC = "riverside"
HORIZON = timedelta(days=35)  # the last look at a message without receipts comes within twice its fortnight
REPEATED = 0.2  # share of jobs and callbacks that come twice: at the same time, or again when they are done
DELIVERED = frozenset(
    {"plan", "send", "check", "callback", "tell", "webhook"}
)  # until they succeed; timers come by themselves


@dataclass(frozen=True, slots=True)
class Callback:
    """A provider's request to our webhook."""

    channel: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    account: str = "default"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the platform asks of our process: a timer, a job or a request."""

    kind: str
    now: datetime
    text: str = ""  # of a job
    callback: Callback | None = None
    repeated: bool = False


def at_once[T](work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing: memory and simulators need no event loop."""
    try:
        while True:
            work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result


class Outside:
    """The platform around our process. `seed`: steps come in an order of its own, some twice; None: first come, first
    served, none twice. Nothing that lies behind `horizon` is waited for. `audience`: those who
    want to be told of events."""

    def __init__(
        self,
        appointments: Sequence[Appointment],
        seed: int | None = None,
        horizon: timedelta = HORIZON,
        audience: Audience | None = None,
    ) -> None:
        self.appointments = list(appointments)
        self.random = random.Random(seed)
        self.shuffles = seed is not None
        self.clock = MovedClock()
        self.rows, self.blobs, self.queue = MemoryRows(), MemoryBlobs(), Queue(self)
        self.settings = read_settings(SETTINGS)
        self.storage = storage_over(self.rows, self.blobs, encryption_keys(self.settings), index_key(self.settings))
        no_limits = PaceLimits(per_second=0, pair_every_s=0)
        self.providers = SimulatedProviders(self.settings, self.clock, no_limits, automatic=False)
        self.providers.deliver = self._posted
        self.wire = Wire(self.providers)
        self._began = self.clock.now()
        self._horizon = self._began + horizon
        self.audience = audience
        self._timers = ("schedule", "release", "publish") if audience else ("schedule", "release")
        self._open: list[Step] = list(map(self._step, self._timers))
        self._in_hand = 0

    def next_step(self) -> Step | None:
        """Something to be done, and time moves on where nothing is. None: nothing for you (`over`: for nobody)."""
        while not self._open and not self._in_hand and not self.over:
            self._time_moves_on()
        if not self._open:
            return None
        self._in_hand += 1
        place = self.random.randrange(len(self._open)) if self.shuffles else 0
        step = self._open.pop(place)
        self._perhaps_once_more(step)
        return replace(step, now=self.clock.now())

    def done(self, step: Step) -> None:
        self._in_hand -= 1
        self._perhaps_once_more(step)

    def failed(self, step: Step) -> None:
        """It will be delivered again."""
        self._in_hand -= 1
        if step.kind in DELIVERED:
            self._open.append(step)

    def open(self, kind: str, text: str) -> None:
        self._open.append(self._step(kind, text))

    @property
    def waiting(self) -> int:
        """How many things could be done now."""
        return len(self._open)

    @property
    def over(self) -> bool:
        """Nothing is left to be done, or only what will not end before the horizon."""
        return not self._open and not self._in_hand and self._next_instant() is None

    def _perhaps_once_more(self, step: Step) -> None:
        if self.shuffles and step.kind in DELIVERED and not step.repeated and self.random.random() < REPEATED:
            self._open.append(replace(step, repeated=True))

    def _step(self, kind: str, text: str = "", callback: Callback | None = None) -> Step:
        return Step(kind, self.clock.now(), text, callback)

    async def _posted(
        self, channel: str, _account: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> str:
        self._open.append(self._step("webhook", callback=Callback(channel, dict(query), dict(headers), body)))
        return ""

    def _time_moves_on(self) -> None:
        instant = self._next_instant()
        assert instant is not None
        self.clock.at = instant
        at_once(self.providers.whatsapp.deliver_due())
        at_once(self.providers.wechat.deliver_due())
        self._open += map(self._step, self._timers)

    def _next_instant(self) -> datetime | None:
        now, instants = self.clock.now(), []
        instants += [to_instant(str(row.columns["at"])) for row in at_once(every_row(self.rows, DUE)).values()]
        told = at_once(every_row(self.rows, OUTBOX)).values() if self.audience else ()
        instants += [to_instant(str(row.columns["due_at"])) for row in told]
        callbacks = (self.providers.whatsapp.agenda.next_due_at, self.providers.wechat.next_due_at)
        instants += [instant for instant in callbacks if instant is not None]
        run = at_once(self.storage.runs.read(CLINIC, daily_run_id(CLINIC, self._began.date())))
        if run is None or run.state is not RunState.COMPLETE:
            instants.append(now + timedelta(minutes=1))
        # What is overdue was not ended by the sweep of this instant: the next one comes a minute later.
        ahead = min((max(i, now + timedelta(minutes=1)) if i <= now else i for i in instants), default=None)
        return ahead if ahead is not None and ahead <= self._horizon else None


class Queue:
    """The queues, as output bindings see them."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def put(self, kind: str, texts: Sequence[str]) -> None:
        for text in texts:
            self._outside.open(kind, text)


class Wire:
    """The network between us and the providers."""

    def __init__(self, providers: SimulatedProviders) -> None:
        self._providers = providers
        self._transports: Mapping[str, httpx.AsyncBaseTransport] = {
            "whatsapp": providers.whatsapp.transport,
            "wechat": providers.wechat.transport(),
        }

    async def exchange(
        self, channel: str, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer. Raises httpx.TransportError."""
        request = httpx.Request(method, url, headers=headers, content=content)
        try:
            response = await self._transports[channel].handle_async_request(request)
        except httpx.TransportError as failure:
            raise type(failure)("simulated") from None
        return response.status_code, dict(response.headers), await response.aread()

    def received(self) -> Counter[str]:
        """How often which message is on its patient's phone, by its digest: a retry has another reference."""
        found: Counter[str] = Counter()
        for entry in self._providers.whatsapp.ledger.entries:
            joined = read_reference(entry.reference)
            assert joined is not None, "everything that arrives is ours"
            found[joined.message_id.digest] += 1
        for taken in self._providers.wechat.ledger:
            found[taken.client_msg_id] += taken.reached
        return found
