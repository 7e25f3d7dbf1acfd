"""The workbook is what its queries say, and its queries find what the app really logs."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from infra.azure.monitoring.charts import Chart, charts
from infra.azure.monitoring.kql import Row, run
from infra.azure.monitoring.picture import draw, series_of
from infra.azure.monitoring.workbook import WORKBOOK, workbook
from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.errors import CallbackRefused
from shared.storage.contract import WorkItem, WorkKind
from tests.world import NOW, World, appointment, world

SOMEBODY_LISTENS = "told topic=message-sent outcome=202 attempt=1"  # services/publishing/tell.py
UNKNOWN = WorkItem("a" * 26, "riverside", WorkKind.UNKNOWN_OUTCOME, NOW, NOW + timedelta(days=7), "read_timeout")


async def some_hours(w: World) -> None:
    """Sent, one of them refused, received, a forged callback, and an unknown outcome that waits for a person."""
    await w.clinic(steps=[{"days": 7, "hour": "10:00"}])
    await w.plan()
    w.whatsapp.fault(FaultKind.ERROR, code=131026, to="+447700900002", times=1)
    w.clock.advance(hours=1)
    await w.send_for(60)
    with pytest.raises(CallbackRefused):
        await w.services.accept("whatsapp", "default", {}, {"x-hub-signature-256": "sha256=00"}, b"{}")
    await w.storage.worklist.open([UNKNOWN])
    await w.services.tell_unknown_waiting()


@pytest.fixture
async def lines(caplog: pytest.LogCaptureFixture) -> list[Row]:
    caplog.set_level(logging.INFO, "shared")
    async with world(*(appointment(n) for n in range(1, 6))) as w:
        await some_hours(w)
        now = w.clock.now()
    said = [record.getMessage() for record in caplog.records if record.name.startswith("shared")]
    return [{"TimeGenerated": now, "Message": message} for message in (*said, SOMEBODY_LISTENS)]


def test_the_workbook_is_made_of_the_queries() -> None:
    assert WORKBOOK.read_text(encoding="utf-8") == workbook(charts()), "python -m infra.azure.monitoring"


def test_every_query_stands_in_the_workbook_once() -> None:
    items = json.loads(WORKBOOK.read_text(encoding="utf-8"))["items"]
    assert [item["content"]["query"] for item in items if item["type"] == 3] == [chart.query for chart in charts()]


def test_every_chart_shows_something_of_a_real_day(lines: list[Row]) -> None:
    assert [chart.name for chart in charts() if not run(chart.query, lines)] == []


def numbers(name: str, lines: list[Row]) -> dict[str, float]:
    [chart] = [one for one in charts() if one.name == name]
    return {label: sum(values.values()) for label, values in series_of(run(chart.query, lines)).items()}


def test_the_charts_figures_are_the_days(lines: list[Row]) -> None:
    assert numbers("01_planned", lines) == {"reminder": 5}
    assert numbers("02_outcomes", lines) == {"whatsapp accepted": 4, "whatsapp failed": 1}
    assert numbers("04_receipts", lines) == {"sent": 4, "delivered": 4, "read": 4}
    assert numbers("06_unknown", lines) == {"attempts": 1}
    assert numbers("07_callbacks", lines) == {"stored": 12, "callback_refused": 1}
    assert numbers("09_runs", lines) == {"runs": 1}
    assert numbers("10_unknown_waiting", lines) == {"riverside": 1}


def test_the_charts_are_drawn(lines: list[Row], tmp_path: Path) -> None:
    path = tmp_path / "charts.png"
    draw(charts(), lines, path)
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("text", ["AppTraces\n| take 1\n", "// A title\nAppTraces\n"])
def test_a_file_without_title_and_shape_is_an_error(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.kql").write_text(text, encoding="utf-8")
    monkeypatch.setattr("infra.azure.monitoring.charts.QUERIES", tmp_path)
    with pytest.raises(ValueError, match="begins with its title and shape"):
        charts()


def test_titles_differ() -> None:
    titles: list[Chart] = charts()
    assert len({chart.title for chart in titles}) == len(titles) >= 8
