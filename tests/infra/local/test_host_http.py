"""HTTP triggers: routing, keys, what a function sees of a request, what a caller sees of the answer."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.storage.queue.aio import QueueClient
from yarl import URL

from infra.local.host.development_host import DevelopmentHost
from tests.conftest import StartHost

FAST_QUEUES = {"OUT_QUEUE": "made-by-http"}


@pytest.fixture
async def host(start_host: StartHost, apps: Path) -> DevelopmentHost:
    return await start_host(apps / "http", FAST_QUEUES)


async def seen(session: aiohttp.ClientSession, host: DevelopmentHost, path: str, **request: Any) -> dict[str, Any]:
    url = URL(f"{host.url}/api/{path}", encoded=True)
    async with session.request(request.pop("method", "GET"), url, **request) as answer:
        assert answer.status == 200, answer.status
        content: dict[str, Any] = await answer.json()
        return content


async def status(session: aiohttp.ClientSession, host: DevelopmentHost, method: str, path: str, **request: Any) -> int:
    async with session.request(method, f"{host.url}{path}", **request) as answer:
        assert answer.status < 400 or await answer.read() == b""
        return answer.status


@pytest.mark.parametrize(
    ("path", "by", "route"),
    [
        ("hooks/status", "literal", {}),
        ("hooks/whatsapp", "parameter", {"channel": "whatsapp"}),
        ("hooks/whatsapp/", "parameter", {"channel": "whatsapp"}),
        ("HOOKS/STATUS", "literal", {}),
        ("hooks/whatsapp/main", "parameter", {"channel": "whatsapp", "account": "main"}),
        ("hooks/a/b/c", "catch_all", {"rest": "a/b/c"}),
        ("numbers/42", "constrained", {"id": "42"}),
        ("numbers/4x", "unconstrained", {"name": "4x"}),
        ("numbers/a%20b", "unconstrained", {"name": "a b"}),
        ("numbers/a%2Fb", "unconstrained", {"name": "a%2Fb"}),
        ("unrouted", "unrouted", {}),
    ],
)
async def test_the_most_specific_route_answers(
    session: aiohttp.ClientSession, host: DevelopmentHost, path: str, by: str, route: dict[str, str]
) -> None:
    answer = await seen(session, host, path)
    assert (answer["by"], answer["route"]) == (by, route)


async def test_a_route_that_does_not_take_the_method_leaves_the_request_to_the_next(
    session: aiohttp.ClientSession, host: DevelopmentHost
) -> None:
    assert (await seen(session, host, "hooks/status", method="POST"))["by"] == "parameter"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/nowhere"), ("GET", "/unrouted"), ("POST", "/api/unrouted"), ("HEAD", "/api/unrouted")],
)
async def test_an_unknown_path_or_method_is_404_without_a_body(
    session: aiohttp.ClientSession, host: DevelopmentHost, method: str, path: str
) -> None:
    assert await status(session, host, method, path) == 404


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ({}, "", 401),
        ({"x-functions-key": "wrong"}, "", 401),
        ({"x-functions-key": "local"}, "", 200),
        ({}, "?code=local", 200),
    ],
)
async def test_a_function_that_is_not_anonymous_asks_for_a_key(
    session: aiohttp.ClientSession, host: DevelopmentHost, headers: dict[str, str], query: str, expected: int
) -> None:
    assert await status(session, host, "GET", f"/api/keyed{query}", headers=headers) == expected


async def test_a_body_arrives_as_the_bytes_that_were_sent(
    session: aiohttp.ClientSession, host: DevelopmentHost
) -> None:
    body = gzip.compress(b"\x00\xff not text \r\n")
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = await seen(session, host, "hooks/wechat", method="POST", data=body, headers=headers)
    assert bytes.fromhex(answer["body"]) == body


async def test_header_names_are_lower_case_and_repeated_values_joined(
    session: aiohttp.ClientSession, host: DevelopmentHost
) -> None:
    headers = [("X-Many", "a"), ("X-Many", "b"), ("X-Empty", "")]
    answer = await seen(session, host, "unrouted?a=1&A=2&empty=&plus=a+b&percent=%E4%B8%AD", headers=headers)
    assert answer["headers"]["x-many"] == "a,b"
    assert "x-empty" not in answer["headers"]
    assert answer["query"] == {"a": "1,2", "plus": "a b", "percent": "中"}


async def test_status_headers_cookies_and_bytes_of_an_answer_arrive(
    session: aiohttp.ClientSession, host: DevelopmentHost
) -> None:
    async with session.get(f"{host.url}/api/teapot") as answer:
        assert answer.status == 418
        assert answer.headers["X-Made-By"] == "pot"
        assert answer.headers["Content-Type"] == "application/tea"
        assert answer.cookies["cup"].value == "full"
        assert answer.cookies["cup"]["httponly"]
        assert await answer.read() == bytes(range(256))


async def test_a_function_that_raises_is_500_without_a_body(
    session: aiohttp.ClientSession, host: DevelopmentHost
) -> None:
    assert await status(session, host, "GET", "/api/broken") == 500
    [(name, failure)] = host.failures
    assert (name, failure.exception_type, failure.code) == ("broken", "RuntimeError", None)


async def test_a_coded_error_is_printed_by_its_code_alone(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path
) -> None:
    printed: list[str] = []
    host = await start_host(apps / "http", FAST_QUEUES, report=printed.append)
    assert await status(session, host, "GET", "/api/coded") == 500
    assert printed == ["coded failed: CodedError contact.not_e164"]


async def test_synchronous_functions_run_beside_each_other(
    session: aiohttp.ClientSession, host: DevelopmentHost
) -> None:
    async with session.get(f"{host.url}/api/sync?name=Ada") as answer:
        assert await answer.text() == "hello Ada"


async def test_the_invocation_context_carries_the_trace(session: aiohttp.ClientSession, host: DevelopmentHost) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with session.get(f"{host.url}/api/context", headers={"traceparent": trace}) as answer:
        assert await answer.text() == f"context {trace}"


async def test_a_body_over_the_limit_is_413(session: aiohttp.ClientSession, start_host: StartHost, apps: Path) -> None:
    host = await start_host(apps / "http", {**FAST_QUEUES, "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"})
    async with session.post(f"{host.url}/api/hooks/wechat", data=b"x" * 1001) as answer:
        assert answer.status == 413
    assert (await seen(session, host, "hooks/wechat", method="POST", data=b"x" * 1000))["by"] == "parameter"


async def test_the_route_prefix_can_be_set(session: aiohttp.ClientSession, start_host: StartHost, apps: Path) -> None:
    settings = {**FAST_QUEUES, "AzureFunctionsJobHost__extensions__http__routePrefix": "v9"}
    host = await start_host(apps / "http", settings)
    assert await status(session, host, "GET", "/v9/unrouted") == 200
    assert await status(session, host, "GET", "/api/unrouted") == 404


async def test_a_disabled_function_does_not_answer(
    session: aiohttp.ClientSession, start_host: StartHost, apps: Path
) -> None:
    host = await start_host(apps / "http", {**FAST_QUEUES, "AzureWebJobs.unrouted.Disabled": "true"})
    assert await status(session, host, "GET", "/api/unrouted") == 404


async def messages(connection_string: str) -> list[str]:
    async with QueueClient.from_connection_string(connection_string, FAST_QUEUES["OUT_QUEUE"]) as queue:
        found = [message async for message in queue.receive_messages(messages_per_page=32)]
    return [message.content for message in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("text", ["dGV4dA=="]),
        ('{"id": 1}', ["eyJpZCI6IDF9"]),
        ('["a", {"b": 1}]', ["YQ==", "eyJiIjogMX0="]),
        ("[not json]", ["W25vdCBqc29uXQ=="]),
    ],
)
async def test_an_output_is_in_the_queue_before_the_answer(
    session: aiohttp.ClientSession, host: DevelopmentHost, empty_storage: str, body: str, expected: list[str]
) -> None:
    """A string that is a JSON array becomes one message per element, as in the real host."""
    assert await status(session, host, "POST", "/api/one", data=body) == 202
    assert sorted(await messages(empty_storage)) == sorted(expected)


async def test_a_list_output_becomes_many_messages(
    session: aiohttp.ClientSession, host: DevelopmentHost, empty_storage: str
) -> None:
    assert await status(session, host, "POST", "/api/many", data="20") == 202
    assert len(await messages(empty_storage)) == 20


async def test_a_message_over_64_kib_fails_the_invocation(
    session: aiohttp.ClientSession, host: DevelopmentHost
) -> None:
    assert await status(session, host, "POST", "/api/one", data="x" * 49_152) == 202
    assert await status(session, host, "POST", "/api/one", data="x" * 49_153) == 500
    assert host.failures[-1][1].exception_type == "MessageTooLargeError"


async def test_requests_run_concurrently(session: aiohttp.ClientSession, host: DevelopmentHost) -> None:
    answers = await asyncio.gather(*(seen(session, host, f"numbers/{number}") for number in range(50)))
    assert [answer["route"]["id"] for answer in answers] == [str(number) for number in range(50)]


async def test_admin_lists_the_functions(session: aiohttp.ClientSession, host: DevelopmentHost) -> None:
    async with session.get(f"{host.url}/admin/functions") as answer:
        listed = json.loads(await answer.read())
    assert {entry["name"] for entry in listed} == set(host.functions)
    assert await status(session, host, "GET", "/admin/functions/unrouted") == 200
    assert await status(session, host, "GET", "/admin/functions/nobody") == 404


async def test_admin_says_how_the_host_is(session: aiohttp.ClientSession, host: DevelopmentHost) -> None:
    async with session.get(f"{host.url}/admin/host/status") as answer:
        assert (await answer.json())["state"] == "Running"
    assert await status(session, host, "GET", "/admin/host/ping") == 200


async def test_it_listens_on_loopback_only(host: DevelopmentHost) -> None:
    assert host.url.startswith("http://127.0.0.1:")
