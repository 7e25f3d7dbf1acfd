"""The charts, as their files say: a title, a shape, a query."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HERE = Path(__file__).parent
QUERIES = HERE / "queries"


class Shape(StrEnum):
    """How a chart is drawn. `columns` and `lines` are over time, `bars` by their first column."""

    COLUMNS = "columns"
    LINES = "lines"
    BARS = "bars"


@dataclass(frozen=True)
class Chart:
    """One chart of the workbook. `name` is its file's."""

    name: str
    title: str
    shape: Shape
    query: str


def charts() -> list[Chart]:
    """In the order of their files' names. Raises ValueError for a file without title or shape."""
    return [_chart(path) for path in sorted(QUERIES.glob("*.kql"))]


def _chart(path: Path) -> Chart:
    title, shape, *query = path.read_text(encoding="utf-8").splitlines()
    if not title.startswith("// ") or not shape.startswith("// shape: "):
        raise ValueError(f"{path.name} begins with its title and shape, as comments")
    return Chart(path.stem, title.removeprefix("// "), Shape(shape.removeprefix("// shape: ")), "\n".join(query) + "\n")
