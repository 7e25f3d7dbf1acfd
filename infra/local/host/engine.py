"""The engine behind the host: index an app, load its functions, invoke them.

Speaks to `azure-functions-runtime` through its five documented coroutines and nothing else
(azure.github.io/azure-functions-python-worker, architecture of Python 3.13 and later). The engine keeps its state in
module globals, so each `Engine` works on a copy of the package of its own: several hosts can live in one process.
"""

from __future__ import annotations

import importlib
import json
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from infra.local.host import wire

ENGINE_PACKAGE = "azure_functions_runtime"
APP_MODULE = "function_app"


class IndexingError(RuntimeError):
    """The engine refused the app, or found none. The text is the engine's own and names the function."""


@dataclass(frozen=True)
class Binding:
    """One binding of a function: its parameter name, type (`httpTrigger`, `queue`, …) and raw properties."""

    name: str
    type: str
    direction: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class IndexedFunction:
    """A function as the engine indexed it."""

    name: str
    function_id: str
    bindings: tuple[Binding, ...]

    @property
    def trigger(self) -> Binding:
        """The binding that starts the function; the SDK lets none be built without one."""
        return next(binding for binding in self.bindings if binding.type.endswith("Trigger"))

    def output(self, name: str) -> Binding:
        """The output binding of that parameter name (or `$return`)."""
        return next(binding for binding in self.bindings if binding.name == name and binding.direction == "OUT")


@dataclass(frozen=True)
class Failure:
    """An exception that reached the engine. `code` is set for the app's coded errors; `text` may hold anything."""

    exception_type: str
    code: str | None
    text: str
    stack_trace: str


@dataclass(frozen=True)
class Outcome:
    """What an invocation gave: a return value, values of output bindings by parameter name, or a failure."""

    return_value: wire.Message | None = None
    outputs: Mapping[str, wire.Message] = field(default_factory=dict)
    failure: Failure | None = None


class Engine:
    """One app on a private copy of the engine. Raises IndexingError where the engine refuses the app."""

    def __init__(self, app_dir: Path) -> None:
        self._app_dir = app_dir.resolve()
        self._coroutines = _private_copy(ENGINE_PACKAGE)
        self._path_is_ours = False
        self._app: ModuleType | None = None

    async def index(self) -> tuple[IndexedFunction, ...]:
        """Index and load the app, as the real host does when it starts a worker for it."""
        with self._app_importable():
            answer = await self._coroutines.worker_init_request(
                wire.request("worker_init_request", capabilities={}, function_app_directory=str(self._app_dir))
            )
        _refuse_failure(answer.result)
        return await self._load()

    async def specialize(self, environment: Mapping[str, str]) -> tuple[IndexedFunction, ...]:
        """Turn a waiting placeholder worker into this app's, as Consumption and Flex Consumption do.

        Replaces the process environment and the working directory: for a process of its own only.
        """
        with self._app_importable():
            answer = await self._coroutines.function_environment_reload_request(
                wire.request(
                    "function_environment_reload_request",
                    environment_variables=dict(environment),
                    function_app_directory=str(self._app_dir),
                )
            )
        _refuse_failure(answer.result)
        return await self._load()

    async def _load(self) -> tuple[IndexedFunction, ...]:
        listing = await self._coroutines.functions_metadata_request(wire.request("functions_metadata_request"))
        if not listing.function_metadata_results:
            raise IndexingError(f"0 functions found: {self._app_dir.name} has no function_app.py or registers nothing")
        functions = tuple(_indexed(metadata) for metadata in listing.function_metadata_results)
        for function in functions:
            load = wire.request("function_load_request", function_id=function.function_id)
            _refuse_failure((await self._coroutines.function_load_request(load)).result)
        self._coroutines.start_threadpool_executor()
        return functions

    async def invoke(
        self,
        function: IndexedFunction,
        trigger_value: wire.Message,
        metadata: Mapping[str, wire.Message] | None = None,
        trace_parent: str = "",
    ) -> Outcome:
        """Run a function once. Whatever the function raises comes back as `Outcome.failure`."""
        answer = await self._coroutines.invocation_request(
            wire.request(
                "invocation_request",
                invocation_id=str(uuid.uuid4()),
                function_id=function.function_id,
                input_data=[wire.Message(name=function.trigger.name, data=trigger_value)],
                trigger_metadata=dict(metadata or {}),
                trace_context=wire.Message(trace_parent=trace_parent, trace_state="", attributes={}),
                retry_context=wire.Message(retry_count=0, max_retry_count=0, exception=None),
            )
        )
        if answer.result.status == wire.StatusResult.Failure:
            return Outcome(failure=_failure(answer.result.exception))
        outputs = {item.name: item.data for item in answer.output_data if item.data is not None}
        return Outcome(return_value=answer.return_value, outputs=outputs)

    async def end_app(self) -> None:
        """Await the app's own `aclose`, if function_app has one. In Azure the process ends and nothing is called."""
        aclose = getattr(self._app, "aclose", None)
        if aclose is not None:
            await aclose()

    def close(self) -> None:
        """Wait for the threads of synchronous functions, end them, and leave sys.path as it was."""
        self._coroutines.stop_threadpool_executor()
        if self._path_is_ours:
            sys.path.remove(str(self._app_dir))
            self._path_is_ours = False

    @contextmanager
    def _app_importable(self) -> Iterator[None]:
        """Let the engine import this app's `function_app`, and no other app's that was imported before."""
        path, before = str(self._app_dir), sys.modules.pop(APP_MODULE, None)
        sys.path.insert(0, path)
        importlib.invalidate_caches()
        try:
            yield
        finally:
            self._app = sys.modules.pop(APP_MODULE, None) or self._app
            if before is not None:
                sys.modules[APP_MODULE] = before
            sys.path.remove(path)
            if path not in sys.path:  # late imports of the app still resolve, after everything else
                sys.path.append(path)
                self._path_is_ours = True


def _indexed(metadata: wire.Message) -> IndexedFunction:
    raw = [json.loads(binding) for binding in metadata.raw_bindings]
    bindings = tuple(Binding(item["name"], item["type"], item["direction"].upper(), item) for item in raw)
    return IndexedFunction(metadata.name, metadata.function_id, bindings)


def _refuse_failure(result: wire.Message) -> None:
    if result.status == wire.StatusResult.Failure:
        raise IndexingError(f"{result.exception.message}\n{result.exception.stack_trace}")


def _failure(reported: wire.RpcException) -> Failure:
    text = reported.message.partition(": ")[2]
    code = reported.code if isinstance(reported.code, str) else None
    return Failure(reported.exception_type, code, text, reported.stack_trace)


def _private_copy(package: str) -> ModuleType:
    """Import `package` afresh and leave sys.modules as it was: the copy shares no globals with another one."""
    shared = _take_modules(package)
    try:
        return importlib.import_module(package)
    finally:
        _take_modules(package)
        sys.modules.update(shared)


def _take_modules(package: str) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == package or name.startswith(f"{package}.")]
    return {name: sys.modules.pop(name) for name in names}
