"""Contrast of what is read, computed from the colours as they are used (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from infra.power_platform.app.constants import Colour
from infra.power_platform.app.finding import Finding
from infra.power_platform.app.reading import Reading
from infra.power_platform.app.source import Control, Owner

FOR_TEXT = 4.5
FOR_BORDERS = 3.0

_RESTING = (("Color", "Fill"),)
_MOVED = (("HoverColor", "HoverFill"), ("PressedColor", "PressedFill"))
_DISABLED = (("DisabledColor", "DisabledFill"),)
_PAIRS: Mapping[str, Sequence[tuple[str, str]]] = {
    "Label": _RESTING,
    "Classic/Icon": _RESTING,
    "Classic/Button": (*_RESTING, *_MOVED, *_DISABLED),
    "Classic/TextInput": (*_RESTING, *_MOVED, *_DISABLED),
    "Classic/DropDown": (
        *_RESTING,
        *_MOVED,
        *_DISABLED,
        ("ChevronFill", "ChevronBackground"),
        ("ChevronHoverFill", "ChevronHoverBackground"),
        ("SelectionColor", "SelectionFill"),
    ),
    "Classic/CheckBox": (*_RESTING, *_MOVED, *_DISABLED, ("CheckmarkFill", "CheckboxBackgroundFill")),
    "Classic/DatePicker": (*_RESTING, *_MOVED, *_DISABLED, ("IconFill", "IconBackground")),
}
_MAY_INHERIT = ("Fill",)
"""A label without a fill of its own stands on its container's."""


def contrast(reading: Reading) -> Iterator[Finding]:
    for owner in reading.app.owners():
        page = _of_owner(owner, reading)
        for child in owner.children:
            yield from _control(child, page, reading)


def ratio(one: Colour, other: Colour) -> float:
    """WCAG 2.2: (lighter + 0.05) / (darker + 0.05), from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    parts = [value / 255 for value in (colour.red, colour.green, colour.blue)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _control(control: Control, under: list[Colour], reading: Reading) -> Iterator[Finding]:
    for ink, fill in _PAIRS.get(control.type, ()):
        yield from _pair(control, ink, fill, under, reading)
    if "FocusedBorderColor" in control.properties:
        yield from _focus(control, under, reading)
    mine = _opaque(reading.colours(control, "TemplateFill" if control.type == "Gallery" else "Fill")) or under
    for child in control.children:
        yield from _control(child, mine, reading)


def _pair(control: Control, ink: str, fill: str, under: list[Colour], reading: Reading) -> Iterator[Finding]:
    inks = reading.colours(control, ink)
    fills = _opaque(reading.colours(control, fill))
    if not fills and (fill in _MAY_INHERIT or reading.colours(control, fill)):
        fills = under
    if not inks or not fills:
        yield Finding(
            control.at(ink if not inks else fill), "contrast-unknown", "state the colour, in the theme's words"
        )
        return
    for one in inks:
        for other in fills:
            found = ratio(one, other)
            if found < FOR_TEXT:
                yield Finding(
                    control.at(ink), "contrast", f"{one} on {fill} {other} is {found:.2f}; {FOR_TEXT} at least"
                )


def _focus(control: Control, under: list[Colour], reading: Reading) -> Iterator[Finding]:
    for one in reading.colours(control, "FocusedBorderColor"):
        for other in under:
            if ratio(one, other) < FOR_BORDERS:
                yield Finding(
                    control.at("FocusedBorderColor"),
                    "contrast-focus",
                    f"{one} around it on {other} is {ratio(one, other):.2f}; {FOR_BORDERS} at least",
                )


def _opaque(found: list[Colour]) -> list[Colour]:
    return [one for one in found if one.alpha == 1.0]


def _of_owner(owner: Owner, reading: Reading) -> list[Colour]:
    """The page's own fill; Studio's is white where none is stated."""
    from infra.power_platform.app.constants import colours, values

    tree = next(
        (f.tree for f in reading.formulas.formulas if f.owner == owner and not f.control and f.name == "Fill"), None
    )
    return _opaque(colours(values(tree, reading.formulas.definitions, {}))) or [Colour(255, 255, 255)]
