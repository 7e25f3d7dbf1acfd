"""What Microsoft's engine takes and refuses, and that several apps can live in one process."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import aiohttp
import pytest

from infra.local.host.development_host import DevelopmentHost
from infra.local.host.engine import Engine, IndexingError
from infra.local.host.routes import RouteError
from infra.local.host.settings import HostSettingsError
from tests.conftest import StartHost

HEADER = """
import functools
import os
import typing
import azure.functions as func
from typing import List, TYPE_CHECKING
if TYPE_CHECKING:
    from decimal import Decimal
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""
QUEUE_OUTPUT = """
@app.route(route="x")
@app.queue_output(arg_name="out", queue_name="q", connection="AzureWebJobsStorage")
"""

REFUSED = {
    "an argument with a default that is no binding": """
        @app.route(route="x")
        async def x(req: func.HttpRequest, client=None) -> func.HttpResponse: ...
    """,
    "an annotation imported for type checking only": """
        @app.route(route="x")
        async def x(req: func.HttpRequest, other: "Decimal") -> func.HttpResponse: ...
    """,
    "func.Out of a builtin list": QUEUE_OUTPUT
    + """
        async def x(req: func.HttpRequest, out: func.Out[list[str]]) -> func.HttpResponse: ...
    """,
    "a union as the answer": """
        @app.route(route="x")
        async def x(req: func.HttpRequest) -> func.HttpResponse | None: ...
    """,
    "a model as the queue message": """
        class Job: ...
        @app.queue_trigger(arg_name="job", queue_name="q", connection="AzureWebJobsStorage")
        async def x(job: Job) -> None: ...
    """,
    "two functions of one name": """
        first, second = func.Blueprint(), func.Blueprint()
        def declare(blueprint, route):
            @blueprint.route(route=route)
            async def x(req: func.HttpRequest) -> func.HttpResponse: ...
        declare(first, "a")
        declare(second, "b")
        app.register_functions(first)
        app.register_functions(second)
    """,
    "a second app": """
        other = func.FunctionApp()
        @app.route(route="x")
        async def x(req: func.HttpRequest) -> func.HttpResponse: ...
    """,
    "a setting that is missing at import": """
        os.environ["NOT_SET_ANYWHERE"]
        @app.route(route="x")
        async def x(req: func.HttpRequest) -> func.HttpResponse: ...
    """,
    "an app without functions": "",
}

ACCEPTED = {
    "func.Out of typing.List": QUEUE_OUTPUT
    + """
        async def x(req: func.HttpRequest, out: func.Out[List[str]]) -> func.HttpResponse: ...
    """,
    "a wrapped function under its trigger": """
        def recorded(function):
            @functools.wraps(function)
            async def run(*args, **kwargs):
                return await function(*args, **kwargs)
            return run
        @app.route(route="x")
        @recorded
        async def x(req: func.HttpRequest) -> func.HttpResponse: ...
    """,
    "a trigger inside make_blueprint": """
        def make_blueprint(deps):
            blueprint = func.Blueprint()
            @blueprint.route(route="x")
            async def x(req: func.HttpRequest) -> func.HttpResponse: ...
            return blueprint
        app.register_functions(make_blueprint(None))
    """,
}


def app_of(folder: Path, source: str) -> Path:
    (folder / "function_app.py").write_text(HEADER + "\n".join(textwrap.dedent(part) for part in [source]))
    return folder


@pytest.mark.parametrize("form", REFUSED)
async def test_the_engine_refuses(form: str, tmp_path: Path) -> None:
    engine = Engine(app_of(tmp_path, _dedented(REFUSED[form])))
    with pytest.raises(IndexingError):
        await engine.index()
    engine.close()


@pytest.mark.parametrize("form", ACCEPTED)
async def test_the_engine_accepts(form: str, tmp_path: Path) -> None:
    engine = Engine(app_of(tmp_path, _dedented(ACCEPTED[form])))
    assert [function.name for function in await engine.index()] == ["x"]
    engine.close()


def _dedented(source: str) -> str:
    """Cases are indented for reading; decorators shared by several are not."""
    return "\n".join(line.removeprefix("        ") for line in source.splitlines())


async def test_an_empty_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(IndexingError, match="0 functions found"):
        await Engine(tmp_path).index()


async def test_two_apps_with_a_function_of_one_name_do_not_meet(
    session: aiohttp.ClientSession, start_host: StartHost, tmp_path: Path
) -> None:
    hosts = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        source = f"""
        @app.route(route="x")
        async def x(req: func.HttpRequest) -> func.HttpResponse:
            return func.HttpResponse("{name}")
        """
        hosts.append(await start_host(app_of(tmp_path / name, _dedented(source))))
    for host, expected in zip(hosts, ("first", "second"), strict=True):
        async with session.get(f"{host.url}/api/x") as answer:
            assert await answer.text() == expected


async def test_a_host_leaves_the_process_as_it_found_it(apps: Path, empty_storage: str) -> None:
    before = (list(sys.path), sys.modules.get("function_app"))
    settings = {"AzureWebJobsStorage": empty_storage, "OUT_QUEUE": "q", "ONLY_WHILE_THE_HOST_RUNS": "1"}
    import os

    async with DevelopmentHost(apps / "http", settings):
        assert os.environ["ONLY_WHILE_THE_HOST_RUNS"] == "1"
    assert "ONLY_WHILE_THE_HOST_RUNS" not in os.environ
    assert (list(sys.path), sys.modules.get("function_app")) == before


async def test_a_function_without_a_return_binding_must_return_nothing(start_host: StartHost, tmp_path: Path) -> None:
    source = """
        @app.timer_trigger(schedule="0 0 0 1 1 *", arg_name="timer")
        async def x(timer: func.TimerRequest) -> None:
            return 1
    """
    host = await start_host(app_of(tmp_path, _dedented(source)))
    with pytest.raises(RuntimeError, match="x: RuntimeError"):
        await host.fire("x")


@pytest.mark.parametrize(
    ("decorator", "error"),
    [
        ('@app.route(route="a/{id:colour}")', RouteError),
        ('@app.route(route="a/{b?}/c")', RouteError),
        ('@app.route(route="a/{b}x{")', RouteError),
    ],
)
async def test_a_route_that_the_real_host_refuses_is_refused(
    start_host: StartHost, tmp_path: Path, decorator: str, error: type[Exception]
) -> None:
    source = f"{decorator}\nasync def x(req: func.HttpRequest) -> func.HttpResponse: ...\n"
    with pytest.raises(error):
        await start_host(app_of(tmp_path, source))


async def test_a_setting_named_in_a_binding_must_be_set(start_host: StartHost, apps: Path) -> None:
    with pytest.raises(HostSettingsError, match="YEARLY"):
        await start_host(apps / "timers")
