"""`testconnection` through the engine: what works, what does not, and what is stopped; nothing is sent."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.storage.contract import Stop
from tests.functions.conftest import CLINICS_KEY, RunningApp, clinic_file

PATH = "/diagnostics/testconnection"


@pytest.fixture(scope="module")
async def stopped(app: RunningApp) -> RunningApp:
    """WhatsApp's default account has been stopped, and a template of WeChat's. A third clinic has no credentials."""
    now = SystemClock().now()
    lock = Stop("whatsapp:default", "131031", "account", now, now + timedelta(minutes=5))
    refused = Stop("wechat:default", "40037", "template", now, now, "a" * 26, "template-1")
    for stop in (lock, refused):
        await app.storage.lanes.keep_stop(stop, "")
    document = {**json.loads(clinic_file("annexe", Path("none.csv"))), "languages": ["hi"], "name": {"hi": "क्लिनिक"}}
    document["channels"] = [
        {"channel": "whatsapp", "account": "unheard-of"},
        {"channel": "wechat", "account": "default"},
    ]
    await app.services.clinics.load(json.dumps(document, ensure_ascii=False), "test")
    return app


async def found(app: RunningApp, channel: str, key: str = CLINICS_KEY) -> dict[tuple[str, str], Any]:
    answer = await app.call("GET", f"/{channel}/v1{PATH}", key=key)
    assert answer.status == 200, answer.text
    return {(one["channel"], one["account"]): one for one in answer.json["value"]}


async def test_an_account_that_works_and_is_not_stopped_is_ok(stopped: RunningApp) -> None:
    shown = (await found(stopped, "wechat"))["wechat", "default"]
    assert shown["ok"] is True
    assert any("access token was granted" in finding for finding in shown["findings"])
    assert shown["circuit"] == {
        "state": "closed", "since": None, "reason": None, "reasonText": None, "code": None, "nextTryAt": None,
    }  # fmt: skip


async def test_a_stopped_account_says_since_when_and_why_in_words(stopped: RunningApp) -> None:
    shown = (await found(stopped, "whatsapp"))["whatsapp", "default"]
    assert shown["ok"] is False
    assert shown["findings"][0] == "The number can send, and callbacks are subscribed."
    assert (shown["circuit"]["state"], shown["circuit"]["reason"], shown["circuit"]["code"]) == (
        "open", "account", "131031",
    )  # fmt: skip
    assert shown["circuit"]["reasonText"].startswith("The provider has stopped this account")
    assert shown["circuit"]["since"] < shown["circuit"]["nextTryAt"]


async def test_a_stopped_template_is_listed_with_its_account(stopped: RunningApp) -> None:
    [template] = (await found(stopped, "any"))["wechat", "default"]["stoppedTemplates"]
    assert (template["template"], template["state"]) == ("template-1", "half_open")
    assert template["reasonText"]


async def test_an_account_without_credentials_is_a_finding_and_no_failure(stopped: RunningApp) -> None:
    shown = (await found(stopped, "whatsapp", "local"))["whatsapp", "unheard-of"]
    assert (shown["ok"], shown["findings"]) == (False, ["There is no such account."])


async def test_a_caller_sees_the_accounts_of_its_own_clinics_only(stopped: RunningApp) -> None:
    assert set(await found(stopped, "any")) == {("wechat", "default"), ("whatsapp", "default")}
    assert set(await found(stopped, "any", "local")) == {
        ("wechat", "default"), ("whatsapp", "default"), ("whatsapp", "unheard-of"),
    }  # fmt: skip
    assert set(await found(stopped, "wechat")) == {("wechat", "default")}


async def test_nothing_is_sent(stopped: RunningApp) -> None:
    await found(stopped, "any", "local")
    assert stopped.whatsapp.ledger.entries == []


async def test_an_unknown_channel_is_not_found(stopped: RunningApp) -> None:
    assert (await stopped.call("GET", f"/pigeon/v1{PATH}", key=CLINICS_KEY)).status == 404
