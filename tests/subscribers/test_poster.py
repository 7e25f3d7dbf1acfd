"""A POST goes where it was checked to go, over TLS that is checked for the name, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from shared.clock import SystemClock
from shared.errors import InvalidInput
from shared.subscribers import poster as posting
from shared.subscribers.contract import Answered, NotPosted
from tests.subscribers.listener import ADDRESS, HOST, URL, Authority, internet

PRIVATE = ["10.0.0.4"], ["127.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"], ["64:ff9b::a00:4"], ["fd00::1"]
BODY = b'{"id":"e1"}'


async def test_an_event_arrives_as_it_is_at_the_address_that_was_checked(tmp_path: Path) -> None:
    async with internet(tmp_path) as net:
        await net.poster.check(URL)
        assert await net.poster.post(URL, BODY) == Answered(202)
        [asked] = net.listener.asked
    assert asked.line == "POST /workflows/made-up/invoke?sig=made-up-signature HTTP/1.1"
    assert asked.body == BODY
    assert asked.headers["host"] == HOST
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert net.street.met == [(ADDRESS, 443)]
    assert net.names.asked == [(HOST, 443)] * 2  # at the check, and once at the delivery


async def test_every_delivery_is_looked_up_and_connected_anew(tmp_path: Path) -> None:
    async with internet(tmp_path) as net:
        for _ in range(3):
            assert await net.poster.post(URL, BODY) == Answered(202)
        assert net.listener.connections == 3
        assert len(net.names.asked) == 3


@pytest.mark.parametrize("addresses", [*PRIVATE, [ADDRESS, "10.0.0.4"], ["10.0.0.4", ADDRESS]], ids=str)
async def test_a_name_that_leads_inside_is_refused_even_if_only_one_way_does(
    tmp_path: Path, addresses: list[str]
) -> None:
    async with internet(tmp_path, addresses) as net:
        with pytest.raises(InvalidInput, match="not public"):
            await net.poster.check(URL)
        assert await net.poster.post(URL, BODY) is NotPosted.NOT_ALLOWED
        assert net.street.met == []


@pytest.mark.parametrize("inside", PRIVATE, ids=str)
async def test_a_name_that_comes_to_mean_something_else_is_refused(tmp_path: Path, inside: list[str]) -> None:
    """DNS rebinding: public when it was checked, inside when it is called."""
    async with internet(tmp_path, [ADDRESS], inside) as net:
        await net.poster.check(URL)
        assert await net.poster.post(URL, BODY) is NotPosted.NOT_ALLOWED
        assert net.street.met == []


async def test_between_the_check_and_the_call_nobody_is_asked_again(tmp_path: Path) -> None:
    """A name whose next answer would lead inside: the call goes to the address that was checked."""
    async with internet(tmp_path, [ADDRESS], ["127.0.0.1"]) as net:
        assert await net.poster.post(URL, BODY) == Answered(202)
        assert net.names.asked == [(HOST, 443)]
        assert net.street.met == [(ADDRESS, 443)]


async def test_where_one_address_does_not_answer_the_next_is_tried(tmp_path: Path) -> None:
    async with internet(tmp_path, ["20.37.110.9", ADDRESS]) as net:
        assert await net.poster.post(URL, BODY) == Answered(202)
        assert net.street.met == [("20.37.110.9", 443), (ADDRESS, 443)]


async def test_a_name_that_is_not_found_is_no_answer(tmp_path: Path) -> None:
    async with internet(tmp_path, []) as net:
        with pytest.raises(InvalidInput, match="not found"):
            await net.poster.check(URL)
        assert await net.poster.post(URL, BODY) is NotPosted.NO_ANSWER


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(tmp_path: Path, status: int) -> None:
    async with internet(tmp_path) as net:
        where = f"https://other.logic.azure.com:{net.listener.port}/w"
        net.listener.answer = f"HTTP/1.1 {status} X\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
        assert await net.poster.post(URL, BODY) == Answered(status)
        assert net.listener.connections == 1
        assert len(net.names.asked) == 1


async def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    async with internet(tmp_path, trusts=Authority("another one")) as net:
        assert await net.poster.post(URL, BODY) is NotPosted.NO_ANSWER
        assert net.listener.asked == []


@pytest.mark.parametrize("name", ["example.org", "westeurope.logic.azure.com", "prod-02.westeurope.logic.azure.com"])
async def test_a_certificate_of_another_name_is_refused(tmp_path: Path, name: str) -> None:
    async with internet(tmp_path, certified_for=name) as net:
        assert await net.poster.post(URL, BODY) is NotPosted.NO_ANSWER
        assert net.listener.asked == []


async def test_no_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with internet(tmp_path) as net:
        assert await net.poster.post(URL, BODY) == Answered(202)


async def test_who_does_not_answer_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "READ_S", 0.2)
    async with internet(tmp_path) as net:
        net.listener.silent = True
        assert await net.poster.post(URL, BODY) is NotPosted.NO_ANSWER
        assert len(net.listener.asked) == 1


async def test_who_answers_drop_by_drop_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that never ends: every byte comes in time, all of it does not."""
    monkeypatch.setattr(posting, "WHOLE_S", 0.3)
    async with internet(tmp_path) as net:
        net.listener.answer = b"HTTP/1.1 200 OK\r\nX-Slow: "
        assert await net.poster.post(URL, BODY) is NotPosted.NO_ANSWER


async def test_a_body_without_end_is_not_read(tmp_path: Path) -> None:
    async with internet(tmp_path) as net:
        net.listener.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n" + b"x" * 4_000_000
        assert await asyncio.wait_for(net.poster.post(URL, BODY), 10) == Answered(200)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01\x00"])
async def test_what_is_no_answer_is_none(tmp_path: Path, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "READ_S", 0.2)
    async with internet(tmp_path) as net:
        net.listener.answer = answer
        assert await net.poster.post(URL, BODY) is NotPosted.NO_ANSWER


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("7", 7, 7), ("0", 0, 0), ("99999999", 86_400, 86_400),
     ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0)],
)  # fmt: skip
async def test_when_to_come_again_is_heard(tmp_path: Path, said: str, least: float, most: float) -> None:
    async with internet(tmp_path) as net:
        net.listener.answer = f"HTTP/1.1 429 X\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n".encode()
        answer = await net.poster.post(URL, BODY)
        assert isinstance(answer, Answered)
        assert answer.status == 429
        assert answer.retry_after_s is not None
        assert least <= answer.retry_after_s <= most


async def test_a_time_of_the_day_to_come_again_is_heard(tmp_path: Path) -> None:
    async with internet(tmp_path) as net:
        said = format_datetime(SystemClock().now() + timedelta(minutes=1), usegmt=True)
        net.listener.answer = f"HTTP/1.1 429 X\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n".encode()
        answer = await net.poster.post(URL, BODY)
        assert isinstance(answer, Answered)
        assert 1 <= (answer.retry_after_s or 0) <= 60


@pytest.mark.parametrize("said", ["", "soon", "-1", "1e9", "٣", "Thu, 99 Jan 9999"])
async def test_what_says_nothing_is_nothing(tmp_path: Path, said: str) -> None:
    async with internet(tmp_path) as net:
        net.listener.answer = f"HTTP/1.1 503 X\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n".encode()
        assert await net.poster.post(URL, BODY) == Answered(503)


@pytest.mark.parametrize("url", ["http://" + URL[8:], "https://example.org/w", "https://127.0.0.1/w", "nonsense"])
async def test_a_url_that_is_allowed_no_more_is_not_called(tmp_path: Path, url: str) -> None:
    async with internet(tmp_path) as net:
        with pytest.raises(InvalidInput):
            await net.poster.check(url)
        assert await net.poster.post(url, BODY) is NotPosted.NOT_ALLOWED
        assert net.names.asked == []


async def test_nothing_of_a_url_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with internet(tmp_path) as net:
        assert await net.poster.post(URL, BODY) == Answered(202)
    assert "made-up" not in caplog.text
