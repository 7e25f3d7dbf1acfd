"""Draws the charts over log lines at hand: the same queries, evaluated here, in shapes of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.azure.monitoring.charts import Chart, Shape
from infra.azure.monitoring.kql import Row, run

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT, ACROSS, EDGE = 620, 300, 2, 16
LEFT, TOP, BELOW = 52, 64, 26
INK, PAPER, GRID, FAINT = "#1f2933", "#ffffff", "#e4e7eb", "#616e7c"
COLOURS = ("#2563a8", "#d9822b", "#2f855a", "#a8325a", "#6b46c1", "#7b8794", "#0e7c86", "#b7791f")
MOST_BARS = 9
type Series = Mapping[str, Mapping[Any, float]]


def draw(of: Sequence[Chart], lines: Sequence[Row], path: Path) -> None:
    """`lines`: rows with TimeGenerated and Message."""
    from PIL import Image, ImageDraw

    rows = -(-len(of) // ACROSS)
    image = Image.new("RGB", (ACROSS * WIDTH + EDGE, rows * HEIGHT + EDGE), PAPER)
    pen = ImageDraw.Draw(image)
    instants = [row["TimeGenerated"].replace(minute=0, second=0, microsecond=0) for row in lines]
    span = (min(instants), max(instants) + timedelta(hours=1))
    for number, chart in enumerate(of):
        down, along = divmod(number, ACROSS)
        _Panel(pen, along * WIDTH + EDGE, down * HEIGHT + EDGE, span).chart(chart, run(chart.query, lines))
    image.quantize(64).save(path, optimize=True)


def series_of(rows: Sequence[Row]) -> Series:
    """Numbers by name and key: a name is what a text column says, or the numeric column itself; a key is the instant,
    or the text where there is none."""
    found: dict[str, dict[Any, float]] = {}
    for row in rows:
        at = row.get("TimeGenerated")
        texts = [value for name, value in row.items() if isinstance(value, str)]
        for name, value in row.items():
            if isinstance(value, int | float):
                label = texts[0] if texts and at is not None else name
                found.setdefault(label, {})[texts[0] if at is None else at] = value
    return found


class _Panel:
    """A place on the picture for one chart."""

    def __init__(self, pen: ImageDraw, x: int, y: int, span: tuple[datetime, datetime]) -> None:
        self._pen = pen
        self._x, self._y = x, y
        self._span = span
        self._wide, self._high = WIDTH - LEFT - 2 * EDGE, HEIGHT - TOP - BELOW - EDGE

    def chart(self, chart: Chart, rows: Sequence[Row]) -> None:
        self._text(self._x, self._y, chart.title, INK, 15)
        series = series_of(rows)
        if not series:
            self._text(self._x, self._y + 40, "nothing in this time", FAINT)
        elif chart.shape is Shape.BARS:
            self._bars(next(iter(series.values())))
        else:
            self._over_time(series, stacked=chart.shape is Shape.COLUMNS)

    def _bars(self, values: Mapping[str, float]) -> None:
        shown = list(values.items())[:MOST_BARS]
        most = max(value for _, value in shown)
        for number, (name, value) in enumerate(shown):
            y = self._y + 32 + number * 26
            length = round((self._wide - 220) * value / most)
            self._text(self._x, y + 2, name[:34], INK)
            self._pen.rectangle((self._x + 230, y, self._x + 230 + max(length, 1), y + 16), fill=COLOURS[0])
            self._text(self._x + 238 + length, y + 2, f"{value:.0f}", FAINT)

    def _over_time(self, series: Series, *, stacked: bool) -> None:
        instants = sorted({at for values in series.values() for at in values})
        sums = [sum(values.get(at, 0) for values in series.values()) for at in instants]
        highest = max(sums) if stacked else max(max(values.values()) for values in series.values())
        most = 2.0 * max(1, ceil(highest / 2))  # so that half of it is a whole number too
        self._axes(most)
        self._legend(list(series))
        below = dict.fromkeys(instants, 0.0)
        for number, values in enumerate(series.values()):
            colour = COLOURS[number % len(COLOURS)]
            if stacked:
                self._columns(values, below, most, colour)
            else:
                points = [(self._at(at), self._level(value, most)) for at, value in sorted(values.items())]
                self._pen.line(points, fill=colour, width=2)
                for x, y in points:
                    self._pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=colour)

    def _columns(self, values: Mapping[Any, float], below: dict[Any, float], most: float, colour: str) -> None:
        hours = (self._span[1] - self._span[0]).total_seconds() / 3600
        wide = max(2, round(self._wide / max(hours, 1)) - 2)
        for at, value in values.items():
            x, floor = self._at(at), below[at]
            top, bottom = self._level(floor + value, most), self._level(floor, most)
            self._pen.rectangle((x, top, x + wide, max(top, bottom - 1)), fill=colour)
            below[at] = floor + value

    def _axes(self, most: float) -> None:
        for share in (0, 0.5, 1):
            y = self._level(most * share, most)
            self._pen.line((self._x + LEFT, y, self._x + LEFT + self._wide, y), fill=GRID)
            value = most * share
            self._text(self._x, y - 7, f"{value:.0f}", FAINT)
        began, ended = self._span
        for share in (0, 0.25, 0.5, 0.75):
            at = began + (ended - began) * share
            self._text(self._at(at), self._y + HEIGHT - BELOW - EDGE, f"{at:%a %H:%M}", FAINT)

    def _legend(self, names: Sequence[str]) -> None:
        x, y = self._x, self._y + 24
        for number, name in enumerate(names):
            wide = 26 + round(self._pen.textlength(name, font=_font(12)))
            if x + wide > self._x + WIDTH - EDGE:
                x, y = self._x, y + 15
            self._pen.rectangle((x, y + 2, x + 9, y + 11), fill=COLOURS[number % len(COLOURS)])
            self._text(x + 13, y, name, INK)
            x += wide

    def _at(self, at: datetime) -> int:
        began, ended = self._span
        return self._x + LEFT + max(0, round(self._wide * ((at - began) / (ended - began))))

    def _level(self, value: float, most: float) -> int:
        return self._y + TOP + round(self._high * (1 - value / (most or 1)))

    def _text(self, x: int, y: int, words: str, colour: str, size: int = 12) -> None:
        self._pen.text((x, y), words, fill=colour, font=_font(size))


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
