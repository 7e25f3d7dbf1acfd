"""The screens as they are drawn, in a real browser: no row of a list is cut off, nothing stands out over the side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.power_platform.app.drawing.draw import WIDTH, draw, sample_values
from infra.power_platform.app.reading import Reading, read
from infra.power_platform.app.source import read_app, read_files
from tests.pages.browser import Tab, browser, program

TELEPHONE = 360
PADDING = 8  # of a row, below what is in it
TALLER_THAN_ITS_ROW = f"""[...document.querySelectorAll('.row')].filter(row => {{
    const parts = [...row.querySelectorAll('.l, button')].map(part => part.getBoundingClientRect().bottom);
    return Math.max(...parts) + {PADDING} > row.getBoundingClientRect().bottom;
}}).map(row => row.id)"""
OVER_THE_SIDE = """[...document.querySelectorAll('.l, button, input, select, textarea')].filter(part => {
    const [own, around] = [part.getBoundingClientRect(), part.parentElement.getBoundingClientRect()];
    return own.right > around.right + 1 || own.right > document.documentElement.clientWidth;
}).map(part => part.textContent)"""
OVER_ANOTHER = """[...document.querySelectorAll('.c')].flatMap(container => {
    const boxes = [...container.children].map(part => [part, part.getBoundingClientRect()]);
    return boxes.slice(1).filter(([, box], before) => {
        const other = boxes[before][1];
        return box.top < other.bottom - 1 && box.left < other.right - 1;
    }).map(([part]) => part.textContent);
})"""
pytestmark = pytest.mark.skipif(
    program() is None, reason="NO BROWSER: install Debian's chromium, or the app's drawings are not looked at"
)


@pytest.fixture(scope="module")
async def tab() -> AsyncIterator[Tab]:
    path = program()
    assert path is not None
    async with browser(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(read_files(), {})


@pytest.mark.parametrize("width", [WIDTH, TELEPHONE])
@pytest.mark.parametrize("screen", sorted(read_app(read_files()).screens))
async def test_nothing_is_cut_off_or_lies_over_another(
    tab: Tab, reading: Reading, screen: str, width: int, tmp_path: Path
) -> None:
    await tab.size(width)
    for language in ("en", "zh-Hans"):
        page = tmp_path / f"{screen}.html"
        page.write_text(draw(reading, screen, sample_values(reading, screen, language, width)), encoding="utf-8")
        await tab.open(page.as_uri())
        for fault in (TALLER_THAN_ITS_ROW, OVER_THE_SIDE, OVER_ANOTHER):
            assert await tab.read(fault) == [], language


async def test_a_row_that_is_too_low_is_seen(tab: Tab, reading: Reading, tmp_path: Path) -> None:
    await tab.size(TELEPHONE)
    drawn = draw(reading, "Unsent", sample_values(reading, "Unsent", "en", TELEPHONE))
    assert "height:470px" in drawn
    (tmp_path / "low.html").write_text(drawn.replace("height:470px", "height:200px"), encoding="utf-8")
    await tab.open((tmp_path / "low.html").as_uri())
    assert await tab.read(TALLER_THAN_ITS_ROW) == ["galUnsent", "galUnsent"]
