from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from shared.channels.wechat.simulator import WeChatSimulator
from shared.channels.wechat.token import NoToken, StableToken, Token
from shared.channels.wechat.wire import Answer
from tests.channels.wechat.samples import MovedClock, credentials


@pytest.fixture
def tokens(simulator: WeChatSimulator, clock: MovedClock) -> StableToken:
    return StableToken(credentials(), httpx.AsyncClient(transport=simulator.transport()), clock)


async def granted(token: Token | NoToken) -> Token:
    assert isinstance(token, Token)
    return token


async def test_a_token_is_kept_until_shortly_before_its_end(
    tokens: StableToken, simulator: WeChatSimulator, clock: MovedClock
) -> None:
    first = await granted(await tokens.get())
    clock.move(seconds=7200 - 61)
    assert await tokens.get() is first
    assert simulator.account.tokens.given == 1
    clock.move(seconds=1)
    assert (await granted(await tokens.get())).text != first.text
    assert simulator.account.tokens.given == 2


async def test_fifty_at_once_make_one_call(tokens: StableToken, simulator: WeChatSimulator) -> None:
    simulator.add_fault("slow", 20)
    got = await asyncio.gather(*(tokens.get() for _ in range(50)))
    assert len({id(token) for token in got}) == 1
    assert simulator.account.tokens.given == 1


async def test_fifty_that_were_refused_at_once_make_one_call(tokens: StableToken, simulator: WeChatSimulator) -> None:
    refused = await granted(await tokens.get())
    simulator.account.tokens.revoke()
    simulator.add_fault("slow", 20)
    got = await asyncio.gather(*(tokens.instead_of(refused) for _ in range(50)))
    assert len({id(token) for token in got}) == 1
    assert (await granted(got[0])).text != refused.text
    assert simulator.account.tokens.given == 2


async def test_who_comes_late_with_an_old_token_gets_the_new_one(
    tokens: StableToken, simulator: WeChatSimulator
) -> None:
    refused = await granted(await tokens.get())
    simulator.account.tokens.revoke()
    renewed = await tokens.instead_of(refused)
    assert await tokens.instead_of(refused) is renewed
    assert simulator.account.tokens.given == 2


async def test_one_that_gives_up_does_not_take_the_token_from_the_others(
    tokens: StableToken, simulator: WeChatSimulator
) -> None:
    simulator.add_fault("slow", 20)
    impatient, patient = asyncio.create_task(tokens.get()), asyncio.create_task(tokens.get())
    await asyncio.sleep(0)
    impatient.cancel()
    await granted(await patient)
    assert impatient.cancelled()


@pytest.mark.parametrize("errcode", [-1, 40013, 40125, 40164])
async def test_a_refusal_is_kept_for_nobody(tokens: StableToken, simulator: WeChatSimulator, errcode: int) -> None:
    simulator.add_fault("errcode", errcode)
    missing = await tokens.get()
    assert isinstance(missing, NoToken)
    assert isinstance(missing.result, Answer)
    assert missing.result.errcode == errcode
    await granted(await tokens.get())


async def test_a_token_is_not_shown(tokens: StableToken) -> None:
    token = await granted(await tokens.get())
    assert token.text not in repr(token)


@pytest.mark.parametrize(
    "content", [b'{"access_token": "t"}', b'{"access_token": "", "expires_in": 7200}', b'{"expires_in": 7200}', b"{}"]
)
async def test_half_an_answer_is_no_token(content: bytes, clock: MovedClock) -> None:
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, content=content)  # noqa: E731
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    assert isinstance(await StableToken(credentials(), client, clock).get(), NoToken)
