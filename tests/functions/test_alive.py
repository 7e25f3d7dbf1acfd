"""What must run says so in the log, once it went well and not too often; alerts listen to exactly those who do."""

from __future__ import annotations

import ast
import logging
import re
from pathlib import Path

import pytest

from functions.edge import alive as edge
from functions.edge.alive import alive

ROOT = Path(__file__).parents[2]


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == edge.__name__]


async def test_a_timer_that_went_well_is_told_at_most_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)

    @alive
    async def sweep() -> int:
        return 7

    assert [await sweep(), await sweep()] == [7, 7]
    assert lines(caplog) == ["timer_ran trigger=sweep"]
    monkeypatch.setattr(edge, "EVERY_S", 0.0)
    await sweep()
    assert lines(caplog) == ["timer_ran trigger=sweep"] * 2


async def test_a_timer_that_failed_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    @alive
    async def sweep() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await sweep()
    assert lines(caplog) == []


def test_alerts_listen_to_those_who_tell() -> None:
    told = {
        node.name
        for file in (ROOT / "functions").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
        and "alive" in [one.id for one in node.decorator_list if isinstance(one, ast.Name)]
    }
    bicep = (ROOT / "infra" / "azure" / "modules" / "alerts.bicep").read_text(encoding="utf-8")
    assert set(re.findall(r'"timer_ran trigger=(\w+)"', bicep)) == told != set()
