"""Insights over HTTP: counted by the timer, each clinic its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.local.azurite import Azurite
from tests.functions.conftest import CLINIC, CLINICS_KEY, OTHERS_KEY, RunningApp, running, write_extract

PEOPLE = (
    ("P-8201", "Cordelia Copperfield", "07700 900411", ""),
    ("P-8202", "Barnaby Bramble", "020 7946 0000", ""),
)


@pytest.fixture(scope="module")
async def app(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    """An app that has planned its day, and counted it."""
    folder: Path = tmp_path_factory.mktemp("insights")
    async with running(azurite.empty_account(), folder) as started:
        write_extract(folder / "appointments.csv", PEOPLE)
        assert (await started.call("POST", "/any/v1/reminder-runs", key=CLINICS_KEY, json={})).status == 202
        await started.idle()
        await started.host.fire("tally_days")
        yield started


async def test_a_clinic_sees_what_its_reminders_came_to(app: RunningApp) -> None:
    answer = await app.call("GET", "/any/v1/insights", key=CLINICS_KEY)
    assert answer.status == 200, answer.text
    told = answer.json
    assert (told["clinicId"], told["totals"]["name"], told["totals"]["appointments"]) == (CLINIC, "total", 2)
    assert told["totals"]["unreachable"] == 1
    assert [part["name"] for part in told["skippedBy"]] == ["number_landline"]
    assert told["skippedBy"][0]["text"]
    assert {row["name"] for row in told["byChannel"]} >= {"", "whatsapp"}
    assert sum(row["appointments"] for row in told["byDay"]) == 2
    assert next(rate for rate in told["rates"] if rate["name"] == "unreachable") == {
        "name": "unreachable", "count": 1, "of": 2, "rate": 0.5,
    }  # fmt: skip
    assert told["asOf"]
    assert told["complete"] is False  # it was planned just now, and may be added to
    assert told["stillCounting"]


async def test_the_connector_of_a_channel_sees_that_channel_and_any_sees_all(app: RunningApp) -> None:
    of_channel = (await app.call("GET", "/whatsapp/v1/insights", key=CLINICS_KEY)).json
    of_all = (await app.call("GET", "/whatsapp/v1/insights?channel=any", key=CLINICS_KEY)).json
    in_hindi = (await app.call("GET", "/any/v1/insights?language=hi", key=CLINICS_KEY)).json
    assert (of_channel["channel"], of_channel["totals"]["skipped"]) == ("whatsapp", 0)
    assert of_all["totals"]["skipped"] > 0
    assert of_all["totals"]["planned"] == of_channel["totals"]["planned"] > 0
    assert in_hindi["totals"]["planned"] == 0


@pytest.mark.parametrize("query", ["from=2026-01-01&to=2026-04-04", "from=2026-02-01&to=2026-01-01", "from=soon"])
async def test_what_cannot_be_counted_is_refused_in_words(app: RunningApp, query: str) -> None:
    answer = await app.call("GET", f"/any/v1/insights?{query}", key=CLINICS_KEY)
    assert answer.status == 400
    assert answer.json["error"]["message"]


async def test_another_clinics_figures_are_refused(app: RunningApp) -> None:
    assert (await app.call("GET", f"/any/v1/insights?clinicId={CLINIC}", key=OTHERS_KEY)).status == 403
    assert (await app.call("GET", "/any/v1/insights", key=None)).status == 401
