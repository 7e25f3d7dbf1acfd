"""What is drawn as QR and Code 128 is read back, by an independent reader, as the code."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from shared.pages.scannable import bar_modules, bars, qr, qr_modules

CODES = ("24F5DA-A83008-7EFE6Z", "8DB7CE-A83008-32478+", "ABCDEFGHJKMN", "RX-20261120-001", "1" * 30)
PAIRS = ("99", "990", "99123456")  # begin with what is also the sign for pairs of digits
codes = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-+", min_size=1, max_size=30)


def read_qr(text: str) -> str:
    return scanned([[0] * (len(row) + 8) for row in qr_modules(text)[:4]] + [
        [0] * 4 + list(row) + [0] * 4 for row in qr_modules(text)
    ] + [[0] * (len(row) + 8) for row in qr_modules(text)[:4]])  # fmt: skip


def read_bars(text: str) -> str:
    return scanned([[0] * 10 + list(bar_modules(text)) + [0] * 10] * 30)


def scanned(rows: list[list[int]]) -> str:
    """By zxing, at four dots a module."""
    picture = Image.new("L", (len(rows[0]), len(rows)))
    picture.putdata([0 if module else 255 for row in rows for module in row])
    large = picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST)
    [found] = zxingcpp.read_barcodes(large)
    return str(found.text)


@pytest.mark.parametrize("code", CODES + PAIRS)
def test_both_give_back_the_code(code: str) -> None:
    assert read_qr(code) == code
    assert read_bars(code) == code


@settings(max_examples=40)
@given(codes)
def test_any_code_is_read_back(code: str) -> None:
    assert read_qr(code) == code
    assert read_bars(code) == code


@pytest.mark.parametrize("draw", [qr, bars])
def test_a_picture_has_a_name_and_no_style(draw: object) -> None:
    said = str(draw('ABC"123', 'A "name" <b>'))  # type: ignore[operator]
    assert 'role="img"' in said
    assert 'aria-label="A &#34;name&#34; &lt;b&gt;"' in said
    assert "style=" not in said
    assert re.search(r'viewBox="0 0 \d+ \d+"', said)


def test_a_path_draws_each_run_of_dark_modules_once() -> None:
    width = len(bar_modules("ABC"))
    drawn = [0] * (width + 20)
    for left, length in re.findall(r"M(\d+) 0h(\d+)v60h-\d+z", str(bars("ABC", ""))):
        for place in range(int(left), int(left) + int(length)):
            drawn[place] += 1
    assert drawn[10:-10] == list(bar_modules("ABC"))
    assert drawn[:10] == drawn[-10:] == [0] * 10
