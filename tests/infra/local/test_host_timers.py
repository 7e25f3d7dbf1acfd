"""Timer triggers: NCRONTAB, catching up, firing by hand."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.storage.queue.aio import QueueClient

from infra.local.host.development_host import DevelopmentHost
from infra.local.host.invocations import InvocationError
from infra.local.host.timers import Schedule, ScheduleError, TimerStatus
from tests.conftest import StartHost

YEARLY = {"YEARLY": "0 30 6 1 1 *"}


async def runs(session: aiohttp.ClientSession, host: DevelopmentHost) -> list[dict[str, Any]]:
    async with session.get(f"{host.url}/api/runs") as answer:
        content: list[dict[str, Any]] = await answer.json(content_type=None)
        return content


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("0 */15 * * * *", "2030-03-01T10:07:30", "2030-03-01T10:15:00"),
        ("*/10 * * * * *", "2030-03-01T10:07:31", "2030-03-01T10:07:40"),
        ("0 0 9 * * 1-5", "2030-03-01T10:00:00", "2030-03-04T09:00:00"),
        ("*/5 * * * *", "2030-03-01T10:07:31", "2030-03-01T10:10:00"),
        ("0 0 0 13 * 5", "2030-03-01T00:00:00", "2030-09-13T00:00:00"),
        ("0 0 1 31 3 *", "2030-03-31T00:30:00", "2030-03-31T01:00:00"),
    ],
    ids=["every quarter", "every ten seconds", "weekdays", "five fields", "day and weekday must both match", "utc"],
)
def test_a_schedule_is_ncrontab_in_utc(expression: str, after: str, expected: str) -> None:
    following = Schedule(expression).after(datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert following == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("expression", ["", "* * * *", "61 * * * * *", "every day", "* * * * * * *"])
def test_what_is_not_a_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError):
        Schedule(expression)


async def test_a_timer_comes_when_it_is_due(session: aiohttp.ClientSession, start_host: StartHost, apps: Path) -> None:
    host = await start_host(apps / "timers", YEARLY, timers=True)
    begun = time.monotonic()
    found: list[dict[str, Any]] = []
    while [run["by"] for run in found].count("every_second") < 3 and time.monotonic() - begun < 20:
        await asyncio.sleep(0.1)
        found = await runs(session, host)
    assert time.monotonic() - begun > 1.9
    assert [run["by"] for run in found].count("at_start") == 1
    assert not any(run["past_due"] for run in found)
    assert not any(run["by"] == "yearly" for run in found)


async def test_a_monitored_timer_that_was_missed_runs_at_start_as_past_due(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    status = {"yearly": TimerStatus(last=yesterday - timedelta(days=365), next=yesterday)}
    host = await start_host(apps / "timers", YEARLY, timers=True, timer_status=status)
    await asyncio.sleep(0.2)
    [run] = [run for run in await runs(session, host) if run["by"] == "yearly"]
    assert run["past_due"]
    assert status["yearly"].next > datetime.now(UTC)
    assert (status["yearly"].next.month, status["yearly"].next.hour, status["yearly"].next.minute) == (1, 6, 30)


async def test_a_timer_can_be_fired_by_hand(session: aiohttp.ClientSession, start_host: StartHost, apps: Path) -> None:
    host = await start_host(apps / "timers", YEARLY)
    await host.fire("yearly")
    await host.fire("yearly", past_due=True)
    assert [run["past_due"] for run in await runs(session, host)] == [False, True]
    async with session.post(f"{host.url}/admin/functions/yearly", json={"input": ""}) as answer:
        assert answer.status == 202
    await host.queues_idle(timeout_s=5)
    assert len(await runs(session, host)) == 3


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [("nobody", b"{}", 404), ("yearly", b"not json", 400), ("runs", b"{}", 400), ("yearly", b"[]", 400)],
)
async def test_firing_by_hand_refuses_what_it_cannot_do(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path, name: str, body: bytes, expected: int
) -> None:
    host = await start_host(apps / "timers", YEARLY)
    async with session.post(f"{host.url}/admin/functions/{name}", data=body) as answer:
        assert answer.status == expected


async def test_a_timer_writes_its_output_binding(start_host: StartHost, apps: Path, empty_storage: str) -> None:
    host = await start_host(apps / "timers", YEARLY)
    await host.fire("into_queue")
    async with QueueClient.from_connection_string(empty_storage, "from-timer") as queue:
        assert [message.content async for message in queue.receive_messages()] == ["dGljaw=="]


async def test_a_timer_that_fails_says_so_to_whoever_fired_it(start_host: StartHost, apps: Path) -> None:
    host = await start_host(apps / "timers", YEARLY)
    with pytest.raises(InvocationError, match="broken: RuntimeError"):
        await host.fire("broken")
