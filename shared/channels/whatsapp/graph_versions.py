"""How long the Graph API version in use is served; the dates stand in `graph_versions.json`."""

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("graph_versions.json")
_EARLY = timedelta(days=183)


@cache
def _ends_on() -> dict[str, str | None]:
    ends: dict[str, str | None] = json.loads(_TABLE.read_text(encoding="utf-8"))["ends_on"]
    return ends


def end_warning(version: str, today: date) -> str:
    """A sentence for an operator when `version` is over or ends within half a year; else empty."""
    if version not in _ends_on():
        return f"Graph API version {version} is not in our list: check that Meta serves it."
    end = _ends_on()[version]
    if end is None or date.fromisoformat(end) - today > _EARLY:
        return ""
    verb = "ended" if date.fromisoformat(end) <= today else "ends"
    return f"Graph API version {version} {verb} on {end}: set WHATSAPP_GRAPH_VERSION to a newer one."
