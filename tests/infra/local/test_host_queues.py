"""Queue triggers: leases, retries, poison queues, concurrency, and knowing when all is done."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from infra.local.host.development_host import DevelopmentHost
from infra.local.host.invocations import InvocationError
from infra.local.host.queues import Pace
from tests.conftest import StartHost

SETTINGS = {"WORK_QUEUE": "work"}
RETRY_AFTER_2_S = {**SETTINGS, "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:02"}


@pytest.fixture
async def host(start_host: StartHost, apps: Path) -> DevelopmentHost:
    return await start_host(apps / "queues", SETTINGS)


async def add(connection_string: str, *contents: str, queue_name: str = "work", raw: bool = False) -> None:
    async with QueueClient.from_connection_string(connection_string, queue_name) as queue:
        with contextlib.suppress(ResourceExistsError):
            await queue.create_queue()
        for content in contents:
            await queue.send_message(content if raw else base64.b64encode(content.encode()).decode())


async def taken(connection_string: str) -> None:
    """Wait until no message is visible in the queue."""
    async with QueueClient.from_connection_string(connection_string, "work") as queue:
        while await queue.peek_messages():  # noqa: ASYNC110 - storage tells nobody
            await asyncio.sleep(0.01)


async def lengths(connection_string: str, *names: str) -> list[int | None]:
    """Messages in each queue, hidden ones too; None: there is no such queue."""
    found: list[int | None] = []
    for name in names:
        async with QueueClient.from_connection_string(connection_string, name) as queue:
            try:
                found.append((await queue.get_queue_properties()).approximate_message_count)
            except ResourceNotFoundError:
                found.append(None)
    return found


async def report(session: aiohttp.ClientSession, host: DevelopmentHost) -> dict[str, Any]:
    async with session.get(f"{host.url}/api/seen") as answer:
        content: dict[str, Any] = await answer.json(content_type=None)
        return content


async def runs(session: aiohttp.ClientSession, host: DevelopmentHost) -> list[tuple[str, str, int]]:
    seen = (await report(session, host))["seen"]
    return [(entry["by"], entry["body"], entry["dequeue_count"]) for entry in seen]


async def test_a_message_reaches_its_function_with_its_metadata(
    session: aiohttp.ClientSession, host: DevelopmentHost, empty_storage: str
) -> None:
    await add(empty_storage, "hello 中")
    await host.queues_idle(timeout_s=10)
    [entry] = (await report(session, host))["seen"]
    assert entry["body"] == "hello 中"
    assert entry["dequeue_count"] == 1
    assert entry["id"]
    assert entry["inserted"]
    assert entry["receipt"]


async def test_a_failing_message_is_tried_three_times_and_then_poisoned(
    session: aiohttp.ClientSession, host: DevelopmentHost, empty_storage: str
) -> None:
    await add(empty_storage, "fail")
    await host.queues_idle(timeout_s=10)
    assert await runs(session, host) == [
        ("work", "fail", 1),
        ("work", "fail", 2),
        ("work", "fail", 3),
        ("buried", "fail", 1),
    ]


async def test_a_message_that_fails_once_succeeds_after_the_retry_delay(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path, empty_storage: str
) -> None:
    host = await start_host(apps / "queues", RETRY_AFTER_2_S)
    await add(empty_storage, "fail once")
    begun = time.monotonic()
    await host.queues_idle(timeout_s=10)
    assert await runs(session, host) == [("work", "fail once", 1), ("work", "fail once", 2)]
    assert 1.5 < time.monotonic() - begun < 9


async def test_a_message_that_is_not_base64_goes_to_the_poison_queue_unread(
    session: aiohttp.ClientSession, host: DevelopmentHost, empty_storage: str
) -> None:
    await add(empty_storage, "{plain text}", raw=True)
    with pytest.raises(TimeoutError, match="work-poison"):
        await host.queues_idle(timeout_s=2)
    assert await runs(session, host) == []
    assert await lengths(empty_storage, "work", "work-poison", "work-poison-poison") == [0, 1, None]


async def test_a_poison_queue_has_no_poison_queue(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path, empty_storage: str
) -> None:
    """What fails there stays hidden until its lease ends, and is tried again."""
    host = await start_host(apps / "queues", SETTINGS, pace=Pace(lease_s=1))
    await add(empty_storage, "bury me once", queue_name="work-poison")
    await host.queues_idle(timeout_s=10)
    assert await runs(session, host) == [("buried", "bury me once", 1), ("buried", "bury me once", 2)]
    assert await lengths(empty_storage, "work-poison", "work-poison-poison") == [0, None]


async def test_a_message_that_was_taken_too_often_is_poisoned_without_a_run(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path, empty_storage: str
) -> None:
    """As after crashes: nobody settled it, and each lease ended."""
    await add(empty_storage, "crasher")
    async with QueueClient.from_connection_string(empty_storage, "work") as queue:
        for _ in range(3):
            [message] = [found async for found in queue.receive_messages(visibility_timeout=60)]
            await queue.update_message(message, visibility_timeout=0)
    host = await start_host(apps / "queues", SETTINGS)
    await host.queues_idle(timeout_s=10)
    assert await runs(session, host) == [("buried", "crasher", 1)]


async def test_no_more_than_batch_size_plus_threshold_run_at_once(
    session: aiohttp.ClientSession, host: DevelopmentHost, empty_storage: str
) -> None:
    await add(empty_storage, *["busy"] * 30)
    await host.queues_idle(timeout_s=20)
    content = await report(session, host)
    assert len(content["seen"]) == 30
    assert 2 <= content["most_at_once"] <= 6


async def test_a_lease_is_renewed_while_the_function_runs(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path, empty_storage: str
) -> None:
    """The function takes three seconds, longer than the lease of two, and runs once all the same."""
    host = await start_host(apps / "queues", SETTINGS, pace=Pace(lease_s=2))
    await add(empty_storage, "very slow")
    await host.queues_idle(timeout_s=10)
    assert await runs(session, host) == [("work", "very slow", 1)]
    assert host.failures == []


async def test_what_a_function_queues_is_done_before_the_host_is_idle(
    session: aiohttp.ClientSession, host: DevelopmentHost, empty_storage: str
) -> None:
    await add(empty_storage, "25", queue_name="plan")
    await host.queues_idle(timeout_s=20)
    assert sorted(body for _, body, _ in await runs(session, host)) == sorted(f"item {n}" for n in range(25))


async def test_an_output_of_the_host_itself_wakes_the_listener(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path
) -> None:
    host = await start_host(apps / "queues", SETTINGS, pace=Pace(longest_poll_delay_s=30))
    await host.fire("plan", "0")
    await asyncio.sleep(1.2)  # polls have backed off by now
    begun = time.monotonic()
    async with session.post(f"{host.url}/api/add", data="quick") as answer:
        assert answer.status == 202
    await host.queues_idle(timeout_s=10)
    assert ("work", "quick", 1) in await runs(session, host)
    assert time.monotonic() - begun < 5


async def test_a_host_that_stops_finishes_what_it_took(apps: Path, empty_storage: str) -> None:
    settings = {**SETTINGS, "AzureWebJobsStorage": empty_storage}
    await add(empty_storage, "slow")
    async with DevelopmentHost(apps / "queues", settings):
        await taken(empty_storage)
    async with QueueClient.from_connection_string(empty_storage, "work") as queue:
        assert (await queue.get_queue_properties()).approximate_message_count == 0


async def test_idle_is_not_reported_while_a_message_waits_for_its_retry(
    start_host: StartHost, apps: Path, empty_storage: str
) -> None:
    host = await start_host(apps / "queues", RETRY_AFTER_2_S)
    await add(empty_storage, "fail")
    with pytest.raises(TimeoutError, match="work"):
        await host.queues_idle(timeout_s=1)


async def test_a_queue_function_can_be_fired_by_hand(session: aiohttp.ClientSession, host: DevelopmentHost) -> None:
    async with session.post(f"{host.url}/admin/functions/work", json={"input": "by hand"}) as answer:
        assert answer.status == 202
    await host.queues_idle(timeout_s=10)
    assert await runs(session, host) == [("work", "by hand", 1)]
    with pytest.raises(InvocationError, match="RuntimeError"):
        await host.fire("work", "fail")
