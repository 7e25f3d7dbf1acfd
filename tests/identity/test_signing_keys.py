"""The authority's keys: read once, rolled over, kept while it is down, never hammered for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shared.errors import DirectoryUnavailable
from shared.identity.authority import Authority
from shared.identity.contract import Refusal, TokenHolder
from shared.identity.published_keys import PublishedKeys
from tests.identity.authority import TENANT, TestAuthority, an_authority, published
from tests.world import MovedClock


def moved(authority: TestAuthority, **amount: float) -> None:
    assert isinstance(authority.clock, MovedClock)
    authority.clock.advance(**amount)


def readings(authority: TestAuthority) -> int:
    return sum(asked.endswith("/keys") for asked in authority.asked)


async def test_the_keys_are_read_once_for_many_calls_at_once() -> None:
    authority = an_authority()
    tokens, token = authority.tokens(), authority.sign()
    judged = await asyncio.gather(*(tokens.judge(token) for _ in range(50)))
    assert all(isinstance(holder, TokenHolder) for holder in judged)
    assert len(authority.asked) == 2


async def test_a_new_key_is_taken_when_its_first_token_comes_and_the_old_one_while_it_is_published() -> None:
    authority = an_authority()
    tokens = authority.tokens()
    assert isinstance(await tokens.judge(authority.sign()), TokenHolder)
    authority.keys.append(published("second"))
    moved(authority, minutes=10)
    for key in ("second", "first", "second"):
        assert isinstance(await tokens.judge(authority.sign(key=key)), TokenHolder)
    assert readings(authority) == 2
    authority.keys = [published("second"), published("third")]
    moved(authority, minutes=10)
    assert isinstance(await tokens.judge(authority.sign(key="third")), TokenHolder)
    assert await tokens.judge(authority.sign(key="first")) is Refusal.UNKNOWN_KEY


async def test_a_withdrawn_key_counts_no_longer_than_a_day() -> None:
    authority = an_authority()
    tokens = authority.tokens()
    await tokens.judge(authority.sign())
    authority.keys = [published("second")]
    moved(authority, hours=23)
    assert isinstance(await tokens.judge(authority.sign()), TokenHolder)
    moved(authority, hours=1)
    assert await tokens.judge(authority.sign()) is Refusal.UNKNOWN_KEY


async def test_a_thousand_made_up_keys_cost_one_reading_a_minute() -> None:
    authority = an_authority()
    tokens = authority.tokens()
    await tokens.judge(authority.sign())
    for minute in range(3):
        moved(authority, seconds=60)
        made_up = (authority.sign(key="attacker", headers={"kid": f"{minute}-{number}"}) for number in range(20))
        assert {await tokens.judge(token) for token in made_up} == {Refusal.UNKNOWN_KEY}
        at_once = (authority.sign(key="attacker", headers={"kid": f"{minute}-{number}"}) for number in range(20, 40))
        await asyncio.gather(*(tokens.judge(token) for token in at_once))
        assert readings(authority) == 2 + minute


async def test_keys_stay_while_the_authority_is_down() -> None:
    authority = an_authority()
    tokens = authority.tokens()
    await tokens.judge(authority.sign())
    authority.fails()
    for _ in range(4):
        moved(authority, hours=20)
        assert isinstance(await tokens.judge(authority.sign()), TokenHolder)
        assert await tokens.judge(authority.sign(key="attacker")) is Refusal.UNKNOWN_KEY
    authority.works()
    authority.keys = [published("second")]
    moved(authority, seconds=10)
    assert isinstance(await tokens.judge(authority.sign(key="second")), TokenHolder)


async def test_a_known_key_does_not_wait_for_another_reading() -> None:
    """What hangs is the reading of one request; the others go on with the key that they have."""
    authority = an_authority()
    tokens = authority.tokens()
    await tokens.judge(authority.sign())
    moved(authority, days=1)
    going, go_on = asyncio.Event(), asyncio.Event()
    keys = tokens._keys
    read = keys._read

    async def slow() -> Any:
        going.set()
        await go_on.wait()
        return await read()

    keys._read = slow
    first = asyncio.create_task(tokens.judge(authority.sign()))
    await going.wait()
    assert isinstance(await tokens.judge(authority.sign()), TokenHolder)
    go_on.set()
    assert isinstance(await first, TokenHolder)


async def test_before_the_first_key_was_read_a_caller_is_told_to_come_again() -> None:
    """A 401 would say that the token is bad, which nobody knows."""
    authority = an_authority()
    tokens = authority.tokens()
    authority.fails()
    for _ in range(5):
        with pytest.raises(DirectoryUnavailable) as caught:
            await tokens.judge(authority.sign())
        assert 1 <= (caught.value.retry_after_s or 0) <= 10
    assert len(authority.asked) == 1
    authority.works()
    moved(authority, seconds=10)
    assert isinstance(await tokens.judge(authority.sign()), TokenHolder)


def raised(error: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("no", request=request)

    return answer


KEYS, CONFIGURATION = "/keys", "/openid-configuration"


@pytest.mark.parametrize(
    ("ending", "answer"),
    [
        ("", raised(httpx.ConnectError)),
        ("", raised(httpx.ConnectTimeout)),
        (KEYS, raised(httpx.ReadTimeout)),
        (KEYS, raised(httpx.RemoteProtocolError)),
        ("", lambda _: httpx.Response(200, text="<html>sign in to this network</html>")),
        ("", lambda _: httpx.Response(200, json=[])),
        ("", lambda _: httpx.Response(302, headers={"Location": "https://attacker.example/"})),
        (KEYS, lambda _: httpx.Response(200, json={})),
        (KEYS, lambda _: httpx.Response(200, json={"keys": []})),
        (KEYS, lambda _: httpx.Response(200, json={"keys": ["first"]})),
        (KEYS, lambda _: httpx.Response(200, json={"keys": [{"kid": "first", "kty": "oct", "k": "AAAA"}]})),
        (KEYS, lambda _: httpx.Response(200, json={"keys": [{"kid": "first", "kty": "RSA", "n": "x", "e": "y"}]})),
        (KEYS, lambda _: httpx.Response(200, json={"keys": [published("small", 1024) | {"kid": "first"}]})),
        (KEYS, lambda _: httpx.Response(200, json={"keys": [published("first") | {"use": "enc"}]})),
        (KEYS, lambda _: httpx.Response(200, content=b"[" * 100_000)),
    ],
)
async def test_what_is_no_list_of_keys_is_not_taken_for_one(
    ending: str, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    authority = an_authority()
    authority.answers[ending] = answer
    with pytest.raises(DirectoryUnavailable):
        await authority.tokens().judge(authority.sign())


async def test_an_answer_that_never_ends_is_given_up() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as client:
        read = PublishedKeys(Authority("https://login.microsoftonline.com", TENANT), lambda: client, whole_s=0.01)
        with pytest.raises(DirectoryUnavailable):
            await read()


async def test_a_reading_that_is_broken_off_is_tried_again() -> None:
    """A caller who goes away takes nothing with them."""
    authority = an_authority()
    tokens = authority.tokens()
    going = asyncio.Event()
    keys = tokens._keys
    read = keys._read

    async def hang() -> Any:
        going.set()
        await asyncio.Event().wait()

    keys._read = hang
    first = asyncio.create_task(tokens.judge(authority.sign()))
    await going.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    keys._read = read
    moved(authority, seconds=10)
    assert isinstance(await tokens.judge(authority.sign()), TokenHolder)


@pytest.mark.parametrize(
    "changes",
    [
        {"jwks_uri": f"http://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"},
        {"jwks_uri": "https://attacker.example/keys"},
        {"jwks_uri": "https://login.microsoftonline.com:8443/keys"},
        {"jwks_uri": None},
        {"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"},
        {"issuer": None},
    ],
)
async def test_a_configuration_that_leads_elsewhere_is_not_followed(changes: dict[str, Any]) -> None:
    authority = an_authority()
    authority.answers[CONFIGURATION] = lambda _: httpx.Response(200, json=authority.configuration | changes)
    with pytest.raises(DirectoryUnavailable):
        await authority.tokens().judge(authority.sign())
    assert len(authority.asked) == 1


async def test_one_unreadable_key_does_not_hide_its_neighbours() -> None:
    authority = an_authority(keys=[{"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"}, {}, published("first")])
    assert isinstance(await authority.tokens().judge(authority.sign()), TokenHolder)
