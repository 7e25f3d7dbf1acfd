"""A clock, a simulator over HTTP and a channel that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from shared.channels.wechat.client import WeChatChannel
from shared.channels.wechat.simulator import WeChatSimulator
from shared.channels.wechat.simulator.server import serve_wechat
from tests.channels.wechat.samples import MovedClock, credentials


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def simulator(clock: MovedClock) -> WeChatSimulator:
    return WeChatSimulator(credentials(), clock, callback_delay_s=0)


@pytest.fixture
async def url(simulator: WeChatSimulator) -> AsyncIterator[str]:
    """Address of the simulator, served on 127.0.0.1."""
    async with serve_wechat(simulator) as address:
        yield address


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=httpx.Timeout(5.0, read=0.4)) as client:
        yield client


@pytest.fixture
def channel(url: str, http: httpx.AsyncClient, clock: MovedClock) -> WeChatChannel:
    """A channel that reaches the simulator over real HTTP."""
    return WeChatChannel(replace(credentials(), api_url=url), http, clock)
