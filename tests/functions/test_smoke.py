"""The smoke test against the app itself, in the development host."""

from __future__ import annotations

import asyncio

import pytest

from infra.azure.smoke.callers import KEY_SETTING
from infra.azure.smoke.check import Ended, results
from infra.azure.smoke.checks import CHECKS
from infra.azure.smoke.target import Target
from infra.local.commands import smoke
from tests.functions.conftest import CLINICS_KEY, RunningApp


async def test_the_app_passes_it_and_nothing_is_sent_stored_or_logged_as_a_fault(
    app: RunningApp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_SETTING, CLINICS_KEY)
    blobs = await app.blob_names()
    assert await asyncio.to_thread(smoke.main, [app.host.url, "--channel", "whatsapp", "--channel", "wechat"]) == 0
    said = capsys.readouterr().out
    assert f"{len(CHECKS) - 2} ok, 2 skipped, 0 FAILED" in said, said
    assert app.whatsapp.ledger.entries == []
    assert await app.blob_names() == blobs
    assert [name for name, _ in app.host.failures] == []


async def test_seen_from_elsewhere_the_development_hosts_own_doors_are_found_open(app: RunningApp) -> None:
    def look() -> dict[str, Ended]:
        with Target(app.host.url, local=False) as target:
            return {result.check.name: result.ended for result in results(target, CHECKS)}

    found = await asyncio.to_thread(look)
    assert {name for name, ended in found.items() if ended is Ended.FAILED} == {"host", "transport"}
