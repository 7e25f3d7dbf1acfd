"""Running functions: one door for every listener, which counts what runs and says what failed."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Callable, Mapping

from azure.core.exceptions import AzureError

from infra.local.host import wire
from infra.local.host.engine import Engine, Failure, IndexedFunction, Outcome
from infra.local.host.outputs import OutputError, OutputWriter
from infra.local.host.queue_storage import MessageTooLargeError
from infra.local.host.settings import HostSettingsError

FAILURES_KEPT = 1_000

Report = Callable[[str], None]


class InvocationError(RuntimeError):
    """A function that was fired by hand failed. Carries the failure; the text is its kind, never its message."""

    def __init__(self, function_name: str, failure: Failure) -> None:
        super().__init__(f"{function_name}: {failure.exception_type} {failure.code or ''}".rstrip())
        self.failure = failure


class Invoker:
    """Runs functions on the engine and writes their outputs."""

    def __init__(self, engine: Engine, outputs: OutputWriter, report: Report) -> None:
        self._engine = engine
        self._outputs = outputs
        self._report = report
        self._idle = asyncio.Event()
        self._idle.set()
        self.in_flight = 0
        self.started = 0
        self.failures: deque[tuple[str, Failure]] = deque(maxlen=FAILURES_KEPT)

    async def run(
        self,
        function: IndexedFunction,
        trigger_value: wire.Message,
        metadata: Mapping[str, wire.Message] | None = None,
        trace_parent: str = "",
    ) -> Outcome:
        """Invoke, then write the outputs; a failed write fails the invocation."""
        self.started += 1
        self.in_flight += 1
        self._idle.clear()
        try:
            outcome = await self._engine.invoke(function, trigger_value, metadata, trace_parent)
            if outcome.failure is None:
                outcome = await self._write(function, outcome)
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self._idle.set()
        if outcome.failure is not None:
            self.failures.append((function.name, outcome.failure))
            self._report(described(function.name, outcome.failure))
        return outcome

    async def drained(self) -> None:
        """Wait until nothing runs."""
        await self._idle.wait()

    async def _write(self, function: IndexedFunction, outcome: Outcome) -> Outcome:
        try:
            await self._outputs.write(function, outcome)
        except (AzureError, OutputError, MessageTooLargeError, HostSettingsError) as error:
            return Outcome(failure=Failure(type(error).__name__, None, str(error), traceback.format_exc()))
        return outcome


def described(function_name: str, failure: Failure) -> str:
    """What is printed of a failure: a coded error by its code alone, anything else with its stack.

    A coded error's text is left out because the real engine prints what it catches, patient data included.
    """
    if failure.code is not None:
        return f"{function_name} failed: {failure.exception_type} {failure.code}"
    return f"{function_name} failed: {failure.exception_type}\n{failure.stack_trace.rstrip()}"
