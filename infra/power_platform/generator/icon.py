"""A connector's icon: 230 × 230, the brand colour behind a speech bubble of 160 × 160 (certification rules)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

SIDE = 230
EDGE = (SIDE - 160) // 2
WHITE = (255, 255, 255)
_FINER = 4  # drawn so much larger, then made small: smooth edges


def icon_png(brand_colour: str, letters: str) -> bytes:
    """A PNG without transparency."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (SIDE * _FINER, SIDE * _FINER), brand_colour)
    draw = ImageDraw.Draw(image)
    _bubble(draw)
    _cross(draw, brand_colour)
    _letters(draw, brand_colour, letters)
    file = io.BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


def _bubble(draw: ImageDraw) -> None:
    draw.rounded_rectangle(_at(EDGE, EDGE, SIDE - EDGE, SIDE - EDGE - 30), radius=26 * _FINER, fill=WHITE)
    draw.polygon([_point(x, y) for x, y in ((70, 160), (112, 160), (70, 195))], fill=WHITE)


def _cross(draw: ImageDraw, colour: str) -> None:
    draw.rectangle(_at(84, 66, 146, 88), fill=colour)
    draw.rectangle(_at(104, 46, 126, 108), fill=colour)


def _letters(draw: ImageDraw, colour: str, letters: str) -> None:
    from PIL import ImageFont

    font = ImageFont.load_default(size=44 * _FINER)
    draw.text(_point(SIDE / 2, 134), letters, fill=colour, font=font, anchor="mm")


def _at(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left * _FINER, top * _FINER, right * _FINER, bottom * _FINER


def _point(x: float, y: float) -> tuple[float, float]:
    return x * _FINER, y * _FINER
