from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from shared.channels.wechat.client import WeChatChannel
from shared.channels.wechat.simulator import WeChatSimulator
from tests.channels.wechat.samples import MovedClock, credentials


async def test_everything_works_and_nobody_gets_anything(channel: WeChatChannel, simulator: WeChatSimulator) -> None:
    report = await channel.test_connection()
    assert report.ok
    assert report.findings[1:] == (
        "WeChat takes calls from this address.",
        "The account has 15 templates.",
        "Callbacks must be encrypted.",
    )
    assert len(simulator.ledger) == 0


async def test_an_address_that_is_not_listed_is_shown(channel: WeChatChannel, simulator: WeChatSimulator) -> None:
    simulator.account.allowed_ips = frozenset({"192.0.2.1"})
    report = await channel.test_connection()
    assert not report.ok
    assert "The address to add is 127.0.0.1." in report.findings[0]
    assert "Support id" in report.findings[0]


@pytest.mark.parametrize(
    ("kind", "value", "path", "said"),
    [
        ("errcode", 40125, "stable_token", "AppSecret invalid"),
        ("errcode", 48001, "get_api_domain_ip", "may not use this interface"),
        ("errcode", 48001, "get_all_private_template", "The templates could not be listed"),
        ("status_before", 502, "stable_token", "gave no usable answer (http_502)"),
        ("status_before", 403, "stable_token", "refused the call (HTTP 403)"),
        ("refuse", 0, "stable_token", "could not be reached"),
    ],
)
async def test_what_does_not_work_is_said(clock: MovedClock, kind: str, value: int, path: str, said: str) -> None:
    simulator = WeChatSimulator(credentials(), clock)
    simulator.add_fault(kind, value, path=path)
    channel = WeChatChannel(credentials(), httpx.AsyncClient(transport=simulator.transport()), clock)
    report = await channel.test_connection()
    assert not report.ok
    assert any(said in finding for finding in report.findings)


async def test_unencrypted_callbacks_are_warned_of(url: str, http: httpx.AsyncClient, clock: MovedClock) -> None:
    channel = WeChatChannel(replace(credentials(encoding_aes_key=""), api_url=url), http, clock)
    report = await channel.test_connection()
    assert report.ok
    assert "set WECHAT_ENCODING_AES_KEY" in report.findings[-1]
