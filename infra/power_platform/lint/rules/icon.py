"""The icon: a square on the brand's colour, the logo in its middle. Independents get theirs from Microsoft."""

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from infra.power_platform.lint.connector_files import Publisher
from infra.power_platform.lint.json_places import text
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import icon_rules

ICON = "icon.png"
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_READ = 2_000  # pixels of a side; a larger picture is no icon and is not unpacked


class Picture(NamedTuple):
    """What the rules ask of it. `logo`: the sides of the smallest box around what is not background."""

    width: int
    height: int
    opaque: bool
    background: str
    logo: tuple[int, int]


@lru_cache(maxsize=16)
def read_picture(content: bytes) -> Picture | None:
    """None: not a PNG that can be read."""
    if not content.startswith(_PNG):
        return None
    from PIL import Image, ImageChops

    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if max(image.size) > _LONGEST_READ:
                return Picture(*image.size, opaque=True, background="", logo=(0, 0))
            pixels = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    lightest = pixels.getchannel("A").getextrema()[0]
    shown = pixels.convert("RGB")
    corner = shown.getpixel((0, 0))
    colour = corner if isinstance(corner, tuple) else (0, 0, 0)
    red, green, blue = (int(part) for part in colour[:3])
    box = ImageChops.difference(shown, Image.new("RGB", shown.size, (red, green, blue))).getbbox()
    logo = (box[2] - box[0], box[3] - box[1]) if box else (0, 0)
    return Picture(*pixels.size, lightest == 255, f"#{red:02x}{green:02x}{blue:02x}", logo)


def _picture(view: ConnectorView) -> Picture | None:
    if view.files.publisher is Publisher.INDEPENDENT or view.files.icon is None:
        return None
    return read_picture(view.files.icon)


def present(view: ConnectorView) -> Iterator[Fault]:
    if view.files.publisher is Publisher.VERIFIED and view.files.icon is None:
        yield Fault(ICON, "There is no icon.")


def not_of_independents(view: ConnectorView) -> Iterator[Fault]:
    if view.files.publisher is Publisher.INDEPENDENT and view.files.icon is not None:
        yield Fault(ICON, "Independent publishers submit no icon.")


def is_png(view: ConnectorView) -> Iterator[Fault]:
    independent = view.files.publisher is Publisher.INDEPENDENT
    if not independent and view.files.icon is not None and _picture(view) is None:
        yield Fault(ICON, "The icon is not a PNG that can be read.")


def square(view: ConnectorView) -> Iterator[Fault]:
    picture = _picture(view)
    if picture is not None and picture.width != picture.height:
        yield Fault(ICON, f"The icon is {picture.width}×{picture.height}; it must be a square.")


def size(view: ConnectorView) -> Iterator[Fault]:
    picture, shortest, longest = _picture(view), icon_rules()["shortestSide"], icon_rules()["longestSide"]
    if picture is not None and picture.width == picture.height and not shortest <= picture.width <= longest:
        yield Fault(ICON, f"The icon's side has {picture.width} pixels; about 230 are asked for.")


def opaque(view: ConnectorView) -> Iterator[Fault]:
    picture = _picture(view)
    if picture is not None and not picture.opaque:
        yield Fault(ICON, "The icon has transparent pixels.")


def background(view: ConnectorView) -> Iterator[Fault]:
    picture, colour = _picture(view), text(view.properties.get("iconBrandColor")).lower()
    usable = re.fullmatch(r"#[0-9a-f]{6}", colour) and colour not in icon_rules()["reservedColours"]
    if picture is not None and picture.opaque and usable and picture.background not in ("", colour):
        yield Fault(ICON, f"Its background is {picture.background}, but the brand's colour is {colour}.")


def logo(view: ConnectorView) -> Iterator[Fault]:
    picture, shortest, longest = _picture(view), icon_rules()["logoShortest"], icon_rules()["logoLongest"]
    if picture is None or not icon_rules()["shortestSide"] <= picture.width <= icon_rules()["longestSide"]:
        return
    if not shortest <= max(picture.logo) <= longest:
        yield Fault(ICON, f"The logo is {picture.logo[0]}×{picture.logo[1]}; about 160×160 are asked for.")


RULES = (
    error("IconMissing", present),
    error("IconOfIndependentPublisher", not_of_independents),
    error("IconNotPng", is_png),
    error("IconNotSquare", square),
    error("IconSize", size),
    error("IconNotOpaque", opaque),
    error("IconBackground", background),
    error("IconLogoSize", logo),
)
