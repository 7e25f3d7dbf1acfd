"""Whatever level somebody sets: no URL, token or signature of what the app calls gets into a log."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from infra.local.azurite import Azurite
from infra.local.host.invocations import InvocationError
from shared.domain.api_key import api_key
from shared.telemetry.quiet import TALKATIVE
from tests.conftest import StartHost
from tests.functions.conftest import CLINICS_KEY, RunningApp, running
from tests.services.asking.test_submitting import WECHAT, WHATSAPP
from tests.world import SETTINGS

NAMED_BY_THE_ISSUE = {"httpx", "httpcore", "azure", "urllib3", "asyncio", "hpack"}
KEY = "c2VjcmV0LW9mLXRoZS1zdG9yYWdlLWFjY291bnQ="
SIGNATURE = "sv=2024-11-04&ss=bt&srt=sco&sp=rwdl&sig=c2lnbmF0dXJlLW9mLXRoZS10b2tlbg%3D%3D"


def talkative() -> list[logging.Logger]:
    """Those loggers, and what there is below them."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in TALKATIVE]
    return [logging.getLogger(name) for name in {*names, *TALKATIVE}]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """As in a process in which nobody has set a level yet, and somebody wants to see everything."""
    levels = {logger: logger.level for logger in talkative()}
    for logger in levels:
        logger.setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    yield caplog
    for logger, level in levels.items():
        logger.setLevel(level)


def found(log: pytest.LogCaptureFixture, *needles: str) -> set[tuple[str, str]]:
    """(logger, what it should not have told)."""
    told = [(record.name, f"{record.getMessage()} {record.args} {record.exc_text}") for record in log.records]
    return {(name, needle) for name, text in told for needle in needles if needle in text}


def addresses(app: RunningApp) -> list[str]:
    """Of everything that the app calls; and what it shows there."""
    services = [part.partition("=")[2] for part in app.connection.split(";") if "Endpoint=" in part]
    keys = [part.partition("=")[2] for part in app.connection.split(";") if part.startswith("AccountKey=")]
    providers = [os.environ[name] for name in ("WECHAT_API_URL", "WHATSAPP_GRAPH_URL")]  # as long as the host runs
    tokens = list(app.wechat.account.tokens._ends)
    assert tokens, "WeChat has given one"
    secrets = (SETTINGS["WECHAT_APP_SECRET"], SETTINGS["WHATSAPP_ACCESS_TOKEN"], "access_token=")
    return [*services, *providers, *secrets, *tokens, *keys]


async def many_calls(app: RunningApp) -> None:
    """To both providers and the storage: they answer, refuse, break off and do not answer."""
    for fault in ("reset_before", "refuse", "status_before", "timeout_after"):
        app.wechat.add_fault(fault, 502, path="template/send")
    app.wechat.add_fault("reset_before", path="stable_token")
    for _ in range(2):
        assert (await app.call("GET", "/any/v1/diagnostics/testconnection", key=CLINICS_KEY)).status == 200
    for number in range(5):
        for channel, body in (("wechat", WECHAT), ("whatsapp", WHATSAPP)):
            headers = {"Idempotency-Key": f"message-{number}"}
            fresh = {key: value for key, value in body.items() if key != "client_msg_id"}
            answer = await app.call("POST", f"/{channel}/v1/messages", key=CLINICS_KEY, json=fresh, headers=headers)
            assert answer.status == 202, answer.text
    await app.host.fire("release_due")
    await app.idle()


async def test_no_address_and_no_token_of_what_is_called_is_told_at_any_level(
    azurite: Azurite, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    async with running(azurite.empty_account(), tmp_path) as app:
        log.clear()  # of what the test itself has stored before the app was loaded
        await many_calls(app)
        assert found(log, *addresses(app)) == set()
    loud = {logger.name for logger in talkative() if logger.isEnabledFor(logging.INFO)}
    assert loud == set()
    assert set(TALKATIVE) >= NAMED_BY_THE_ISSUE


async def test_without_that_the_search_finds_addresses(
    azurite: Azurite, tmp_path: Path, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.telemetry.quiet.TALKATIVE", ())
    async with running(azurite.empty_account(), tmp_path) as app:
        log.clear()  # of what the test itself has stored before the app was loaded
        await many_calls(app)
        seen = found(log, *addresses(app))
    assert {"azure", "httpx"} <= {name.partition(".")[0] for name, _ in seen}


@pytest.mark.parametrize(
    "connection",
    [
        f"DefaultEndpointsProtocol=http;AccountName=gone;AccountKey={KEY};"
        "TableEndpoint=http://127.0.0.1:1/gone;BlobEndpoint=http://127.0.0.1:1/gone",  # nobody is there
        f"TableEndpoint=https://gone.table.example;BlobEndpoint=https://gone.blob.example;SharedAccessSignature={SIGNATURE}",
        f"{{azurite}};AccountKey={KEY}",  # it is not let in
    ],
    ids=["nobody there", "shared access signature", "wrong key"],
)
async def test_a_store_that_fails_is_told_without_its_address_and_key(
    start_host: StartHost,
    empty_storage: str,
    log: pytest.LogCaptureFixture,
    connection: str,
) -> None:
    without_key = ";".join(part for part in empty_storage.split(";") if part and not part.startswith("AccountKey="))
    connection, printed = connection.replace("{azurite}", without_key), list[str]()
    host = await start_host(settings={"PATIENT_STORAGE_CONNECTION": connection}, report=printed.append)
    asked = aiohttp.request("GET", f"{host.url}/api/any/v1/messages", headers={"x-api-key": api_key(bytes(24))})
    async with asked as answer:
        said = await answer.text()
        assert answer.status == 503, said
    with pytest.raises(InvocationError) as failed:
        await host.fire("release_due")
    signature = SIGNATURE.partition("sig=")[2]
    secrets = (KEY, signature, signature.replace("%3D", "="), "gone", "/account")
    assert found(log, *secrets) == set()
    texts = [said, str(failed.value), *printed, *(one.text + one.stack_trace for _, one in host.failures)]
    assert [secret for secret in secrets for text in texts if secret in text] == []
