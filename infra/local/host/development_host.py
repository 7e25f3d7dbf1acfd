"""The host as one object: start, use, wait until idle, stop."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Mapping, MutableMapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.host import wire
from infra.local.host.admin import admin_endpoints
from infra.local.host.engine import Engine, Failure, IndexedFunction, Outcome
from infra.local.host.http import HttpListener
from infra.local.host.invocations import InvocationError, Invoker, Report
from infra.local.host.outputs import OutputWriter
from infra.local.host.queue_storage import QueueStorage
from infra.local.host.queues import Pace, QueueListener
from infra.local.host.settings import HostSettings, environment_of
from infra.local.host.timers import Schedule, TimerListener, TimerStatus

IDLE_POLL_S = 0.05


def _silent(_: str) -> None:
    return


class DevelopmentHost:
    """Runs the app in `app_dir` with HTTP, queue and timer triggers, as an async context manager.

    `settings` are app settings: they win over the environment and local.settings.json, and stand in the process
    environment while the host runs. `port` 0 takes a free one. `report` gets one text per thing worth telling;
    without it nothing is printed. `timers=False` leaves timers to `fire`. `timer_status` carries what monitored
    timers know from one host to the next. Entering raises IndexingError, HostSettingsError, RouteError or
    ScheduleError for an app that the real host would refuse as well.
    """

    def __init__(
        self,
        app_dir: Path | str,
        settings: Mapping[str, str] | None = None,
        port: int = 0,
        *,
        report: Report | None = None,
        timers: bool = True,
        timer_status: MutableMapping[str, TimerStatus] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._app_dir = Path(app_dir)
        self._given_settings = dict(settings or {})
        self._port = port
        self._report = report or _silent
        self._timers_listen = timers
        self._timer_status = {} if timer_status is None else timer_status
        self._pace = pace or Pace()
        self._scope = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Where the host listens, without a trailing slash."""
        return f"http://127.0.0.1:{self._http.port}"

    @property
    def functions(self) -> Mapping[str, IndexedFunction]:
        """Every function of the app by name."""
        return self._functions

    @property
    def failures(self) -> list[tuple[str, Failure]]:
        """Function name and failure of the last invocations that failed, oldest first."""
        return list(self._invoker.failures)

    async def __aenter__(self) -> Self:
        settings = HostSettings.read(self._app_dir, os.environ, self._given_settings)
        async with AsyncExitStack() as scope:
            scope.enter_context(environment_of(_missing_from_environment(settings.app_settings)))
            await self._start(settings, scope)
            self._scope = scope.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more work, wait for what runs, then close."""
        await self._scope.aclose()

    async def fire(self, name: str, text: str = "", *, past_due: bool = False) -> None:
        """Run a timer function now, or a queue function with `text` as its message, and wait for it.

        Raises InvocationError if it fails, KeyError for an unknown name.
        """
        outcome = await self._by_hand(name, text, past_due)
        if outcome.failure is not None:
            raise InvocationError(name, outcome.failure)

    async def run_by_hand(self, name: str, text: str) -> Outcome:
        """As `fire`, for the admin endpoint: the failure is reported and returned, not raised."""
        return await self._by_hand(name, text, past_due=False)

    async def queues_idle(self, timeout_s: float) -> None:
        """Wait until no message of a trigger queue is visible, in flight or waiting for a retry, and nothing runs.

        Poison queues count only where a function listens to them. Raises TimeoutError with the queues' lengths.
        """
        deadline = time.monotonic() + timeout_s
        idle_before = False
        while True:
            started, lengths = self._invoker.started, {"(running)": self._invoker.in_flight}
            if not self._invoker.in_flight:
                lengths = await self._queue_lengths()
            idle = not any(lengths.values()) and self._invoker.started == started
            if idle and idle_before:
                return  # one look may pass from queue to queue while a message moves the other way
            idle_before = idle
            if time.monotonic() > deadline:
                raise TimeoutError(f"queues not idle after {timeout_s:g} s: {lengths}")
            await asyncio.sleep(IDLE_POLL_S)

    async def queue_length(self, connection: str, name: str) -> int:
        """Messages in any queue of the app's storage, hidden ones included; 0 if there is no such queue."""
        return await self._storage.length(connection, name)

    async def _start(self, settings: HostSettings, scope: AsyncExitStack) -> None:
        engine = Engine(self._app_dir)
        scope.callback(engine.close)
        scope.push_async_callback(engine.end_app)
        self._functions = {function.name: function for function in await engine.index()}
        self._storage = QueueStorage(settings)
        scope.push_async_callback(self._storage.close)
        self._invoker = Invoker(engine, OutputWriter(settings, self._storage), self._report)
        enabled = [function for function in self._functions.values() if not _disabled(function, settings)]
        self._timer_listeners = {
            function.name: self._timer_listener(function, settings)
            for function in _of(self._functions.values(), "timer")
        }
        self._queue_listeners = [self._queue_listener(function, settings) for function in _of(enabled, "queue")]
        self._http = HttpListener(_of(enabled, "http"), settings, self._invoker, admin_endpoints(self))
        await self._http.start(self._port)
        runs = [listener.listen() for listener in self._queue_listeners]
        if self._timers_listen:
            runs += [self._timer_listeners[function.name].listen() for function in _of(enabled, "timer")]
        self._tasks = [asyncio.create_task(run) for run in runs]
        scope.push_async_callback(self._come_to_rest)

    async def _come_to_rest(self) -> None:
        for queue_listener in self._queue_listeners:
            queue_listener.stop()
        for timer_listener in self._timer_listeners.values():
            timer_listener.stop()
        try:
            await self._http.stop()
            await asyncio.gather(*self._tasks)
        except asyncio.CancelledError:  # nobody waits any more: what runs is left, as where a host is killed
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            raise
        await self._invoker.drained()

    def _queue_listener(self, function: IndexedFunction, settings: HostSettings) -> QueueListener:
        name = settings.resolve(str(function.trigger.properties["queueName"]))
        return QueueListener(function, name, self._storage, settings.queues, self._invoker, self._report, self._pace)

    def _timer_listener(self, function: IndexedFunction, settings: HostSettings) -> TimerListener:
        schedule = Schedule(settings.resolve(str(function.trigger.properties["schedule"])))
        return TimerListener(function, schedule, self._invoker, self._timer_status)

    async def _by_hand(self, name: str, text: str, past_due: bool) -> Outcome:
        function = self._functions[name]
        if function.trigger.type == "timerTrigger":
            return await self._timer_listeners[name].fire(past_due)
        metadata = {"Id": wire.text("by-hand"), "DequeueCount": wire.json_value(1), "PopReceipt": wire.text("")}
        return await self._invoker.run(function, wire.text(text), metadata)

    async def _queue_lengths(self) -> dict[str, int]:
        listeners = self._queue_listeners
        lengths = await asyncio.gather(*(self._storage.length(item.connection, item.queue_name) for item in listeners))
        return {item.queue_name: length for item, length in zip(listeners, lengths, strict=True)}


def _of(functions: Iterable[IndexedFunction], kind: str) -> list[IndexedFunction]:
    return [function for function in functions if function.trigger.type == f"{kind}Trigger"]


def _disabled(function: IndexedFunction, settings: HostSettings) -> bool:
    return settings.app_settings.get(f"AzureWebJobs.{function.name}.Disabled", "").lower() in ("true", "1")


def _missing_from_environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if os.environ.get(name) != value}
