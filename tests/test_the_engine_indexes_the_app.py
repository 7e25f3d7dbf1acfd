"""The first test: Microsoft's engine takes the project's own app and lists every function of it.

An app that the engine refuses shows "0 functions found" in Azure, whatever the unit tests say.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import subprocess
import sys
from pathlib import Path

import azure.functions as func
import pytest

ROOT = Path(__file__).resolve().parents[1]
BLUEPRINT_FILES = sorted(path for path in (ROOT / "functions").glob("*.py") if not path.name.startswith("_"))

# Index once in a process of its own, where nothing that a test imported can help the app along.
INDEX = """
import asyncio, json, pathlib, sys
from infra.local.host.engine import Engine
engine = Engine(pathlib.Path(sys.argv[1]))
functions = asyncio.run(engine.index() if sys.argv[2] == "start" else engine.specialize(json.loads(sys.argv[3])))
print(json.dumps([function.name for function in functions]))
"""


def declared() -> list[str]:
    """What the blueprints of functions/ declare, by the SDK alone."""
    app = func.FunctionApp()
    for path in BLUEPRINT_FILES:
        app.register_functions(importlib.import_module(f"functions.{path.stem}").make_blueprint(object()))
    return [str(function.get_function_name()) for function in app.get_functions()]


async def indexed(how: str) -> list[str]:
    environment = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", INDEX, str(ROOT), how, json.dumps(environment),
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    names: list[str] = json.loads(out.splitlines()[-1])
    return sorted(names)


@pytest.mark.parametrize("how", ["start", "placeholder"])
async def test_the_engine_lists_every_function(how: str) -> None:
    """`placeholder`: as on Flex Consumption, where a waiting worker is turned into ours."""
    assert await indexed(how) == sorted(declared())


@pytest.mark.parametrize("path", BLUEPRINT_FILES, ids=lambda path: path.stem)
def test_every_file_of_functions_has_a_blueprint_that_function_app_registers(path: Path) -> None:
    module = ast.parse(path.read_text())
    makers = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "make_blueprint"]
    assert len(makers) == 1
    assert [argument.arg for argument in makers[0].args.args] == ["deps"]
    assert path.stem in (ROOT / "function_app.py").read_text()
