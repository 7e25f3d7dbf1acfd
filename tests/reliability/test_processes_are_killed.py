"""A process that is killed at any call sends nothing twice and loses nothing. More of it: `dev.py bench crash`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest

from tests.conftest import ROOT

SEED = 20_261_120
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


async def killing(*arguments: str) -> dict[str, Any]:
    """What `tests.reliability.killing` says, run in a process of its own."""
    command = (sys.executable, "-m", "tests.reliability.killing", *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
    said, complaints = await process.communicate()
    assert said, complaints.decode()
    tally: dict[str, Any] = json.loads(said)
    print(" ".join(arguments), tally)
    assert process.returncode == bool(tally["wrong"]), complaints.decode()
    return tally


async def test_killed_before_or_after_any_call_nothing_is_sent_twice_or_lost() -> None:
    tally = await killing("--every")
    assert (tally["wrong"], tally["duplicates"], tally["lost"]) == ([], 0, 0)
    assert {f"{when} wire.exchange" for when in ("before", "after")} <= set(tally["killed_at"])
    assert tally["killed_at"]["after rows.write messages"] >= 5, "the claim, its outcome and each receipt"
    assert tally["states"]["unknown"] == 2, "killed after the claim and before the call: a person is told"


async def test_killed_by_chance_side_by_side_nothing_is_sent_twice_or_lost() -> None:
    tally = await killing("--kills", "40", "--seed", str(SEED))
    assert (tally["wrong"], tally["duplicates"], tally["lost"]) == ([], 0, 0)
    assert tally["kills"] == 40
