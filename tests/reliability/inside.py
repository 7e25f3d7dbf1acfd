"""Our process, as the platform runs it: services whose every call to the outside passes a gate that a test supplies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import httpx

from functions.interface.news import news_body
from shared.clock import Clock
from shared.domain.appointment import Appointment
from shared.errors import PatientMessagingError
from shared.services.jobs import CallbackJob, CheckJob, PlanJob, SendJob, TellJob
from shared.services.ports import OpenSource
from shared.settings import Settings, encryption_keys, index_key
from shared.storage.opened import storage_over
from shared.wiring.services import Services, build_services
from tests.reliability.outside import Callback, Outside, Step
from tests.world import ListSource, MovedClock

Gate = Callable[..., Awaitable[Any]]
"""(target, method, *arguments) -> what the target's method answers. Targets: rows, blobs, wire, queue, audience."""


class Through:
    """An object whose every method is called through the gate."""

    def __init__(self, target: str, gate: Gate) -> None:
        self._target = target
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        return partial(self._gate, self._target, name)


class GatedTransport(httpx.AsyncBaseTransport):
    def __init__(self, channel: str, gate: Gate) -> None:
        self._channel = channel
        self._gate = gate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = (request.method, str(request.url), dict(request.headers), await request.aread())
        status, headers, content = await self._gate("wire", "exchange", self._channel, *sent)
        return httpx.Response(status, headers=headers, content=content, request=request)


class GatedProviders:
    """Implements `shared.wiring.channels.Providers`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def client(self, channel: str, _account: str, _secrets: Mapping[str, str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=GatedTransport(channel, self._gate), trust_env=False)


class Process:
    """One life of our process. `gate`: the way out. Without a `clock` of its own each step sets the time; without
    `open_source` every clinic's list holds `appointments`."""

    def __init__(
        self,
        settings: Settings,
        appointments: Sequence[Appointment],
        gate: Gate,
        clock: Clock | None = None,
        open_source: OpenSource | None = None,
    ) -> None:
        self.clock = MovedClock()
        self._gate = gate
        self._source = ListSource(list(appointments))
        rows, blobs = Through("rows", gate), Through("blobs", gate)
        storage = storage_over(rows, blobs, encryption_keys(settings), index_key(settings))
        self.services: Services = build_services(
            settings,
            storage,
            clock or self.clock,
            GatedProviders(gate),
            open_source or self._opened,
            Through("audience", gate),
        )

    async def perform(self, step: Step) -> None:
        """What functions/ does with a timer, a job or a request."""
        self.clock.at = step.now
        if step.callback is not None:
            await self._webhook(step.callback)
        elif step.text:
            await self._job(step.kind, step.text)
        else:
            await self._timer(step.kind)

    async def _webhook(self, asked: Callback) -> None:
        headers, body = asked.headers, asked.body
        _, job = await self.services.accept(asked.channel, asked.account, asked.query, headers, body)
        await self._put("callback", [job.to_json()])

    async def _job(self, queue: str, text: str) -> None:
        """A new queue is one case here."""
        match queue:
            case "plan":
                await self.services.plan(PlanJob.from_json(text))
            case "send":
                await self.services.send(SendJob.from_json(text))
            case "check":
                await self.services.look_after(CheckJob.from_json(text))
            case "callback":
                await self.services.receive(CallbackJob.from_json(text))
            case "tell":
                await self.services.tell_subscriber(TellJob.from_json(text), news_body)
            case _:
                raise AssertionError(queue)

    async def _timer(self, name: str) -> None:
        """A new timer is one case here."""
        match name:
            case "schedule":
                await self._put("plan", [job.to_json() for job in await self.services.schedule()])
            case "release":
                released = await self.services.release()
                await self._put("send", [job.to_json() for job in released.send])
                await self._put("check", [job.to_json() for job in released.check])
            case "publish":
                await self._put("tell", [job.to_json() for job in await self.services.feed_subscribers()])
            case "watch":
                await self.services.tell_unsent()
                await self.services.watch_failures()
                await self.services.tell_unknown_waiting()
            case "tally":
                await self.services.tally()
            case _:
                raise AssertionError(name)

    async def _put(self, kind: str, texts: Sequence[str]) -> None:
        if texts:
            await self._gate("queue", "put", kind, texts)

    async def _opened(self, _clinic: object) -> ListSource:
        return self._source


def straight_through(outside: Outside) -> Gate:
    """A gate that lets everything pass."""

    async def gate(target: str, name: str, *arguments: Any, **options: Any) -> Any:
        return await getattr(getattr(outside, target), name)(*arguments, **options)

    return gate


async def live_through(outside: Outside, process: Process) -> None:
    """Step by step until nothing is left to be done; what fails is delivered again."""
    while (step := outside.next_step()) is not None:
        try:
            await process.perform(step)
        except PatientMessagingError as failure:
            if not failure.retryable:
                raise  # another delivery would not help
            outside.failed(step)
        else:
            outside.done(step)
    assert outside.over
