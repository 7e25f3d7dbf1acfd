"""An Azure Monitor workbook of the charts. Source of the format: github.com/microsoft/Application-Insights-Workbooks,
`schema/workbook.json` and its templates (type 1 text, 3 query, 9 parameters)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from infra.azure.monitoring.charts import HERE, Chart, Shape, charts

WORKBOOK = HERE / "workbook.json"
SCHEMA = "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json"
WORKSPACE = "microsoft.operationalinsights/workspaces"
LOGS = 0  # the kind of query: Log Analytics
_DRAWN = {Shape.COLUMNS: "barchart", Shape.LINES: "linechart", Shape.BARS: "categoricalbar"}
_SPANS_MS = (3_600_000, 14_400_000, 43_200_000, 86_400_000, 259_200_000, 604_800_000, 2_592_000_000)
INTRODUCTION = (
    "## Patient Messaging\nOne line of the log for each step of a message; no patient's data. What to do about what "
    "you see: docs/operations/runbook.md."
)


def workbook(of: Sequence[Chart]) -> str:
    """Its JSON, the same for the same charts."""
    items = [_text(INTRODUCTION), _time_range(), *map(_query, of)]
    document = {"version": "Notebook/1.0", "items": items, "isLocked": False, "$schema": SCHEMA}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(words: str) -> dict[str, Any]:
    return {"type": 1, "content": {"json": words}, "name": "introduction"}


def _time_range() -> dict[str, Any]:
    parameter = {
        "id": "5a0b6d1e-0f7a-4d55-9f0e-7a4f3a2c9b10",
        "version": "KqlParameterItem/1.0",
        "name": "TimeRange",
        "type": 4,
        "isRequired": True,
        "value": {"durationMs": 86_400_000},
        "typeSettings": {"selectableValues": [{"durationMs": span} for span in _SPANS_MS], "allowCustom": True},
        "label": "Time",
    }
    content = {
        "version": "KqlParameterItem/1.0",
        "parameters": [parameter],
        "style": "pills",
        "queryType": LOGS,
        "resourceType": WORKSPACE,
    }
    return {"type": 9, "content": content, "name": "time"}


def _query(chart: Chart) -> dict[str, Any]:
    content = {
        "version": "KqlItem/1.0",
        "query": chart.query,
        "size": 0,
        "title": chart.title,
        "timeContextFromParameter": "TimeRange",
        "queryType": LOGS,
        "resourceType": WORKSPACE,
        "visualization": _DRAWN[chart.shape],
    }
    return {"type": 3, "content": content, "customWidth": "50", "name": chart.name}


def main() -> None:
    """Writes the workbook anew."""
    WORKBOOK.write_text(workbook(charts()), encoding="utf-8")
    print(f"{WORKBOOK.name}: {len(charts())} charts")
