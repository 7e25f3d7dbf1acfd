"""Containers that are as high as what is in them. AutoLayout never grows by itself: what is forgotten is cut off."""

from __future__ import annotations

from collections.abc import Iterator

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.fx.tree import Binary, Dot, Name, walk
from infra.power_platform.app.reading import Reading
from infra.power_platform.app.source import Control


def layout(reading: Reading) -> Iterator[Finding]:
    for control in reading.app.controls():
        yield from _whole_rows(control, reading)
        height = reading.of(control).get("Height")
        children = {child.name for child in control.children}
        if height is None or control.type != "GroupContainer":
            continue
        added = {
            node.base.name
            for node in walk(height)
            if isinstance(node, Dot) and node.member == "Height" and isinstance(node.base, Name)
        }
        if added & children and children - added:
            forgotten = ", ".join(sorted(children - added))
            yield Finding(control.at("Height"), "cut-off", f"its height leaves out {forgotten}")


def _whole_rows(control: Control, reading: Reading) -> Iterator[Finding]:
    """A gallery is as high as its rows together: so many times what one row is high, neither more nor less."""
    size, height = reading.of(control).get("TemplateSize"), reading.of(control).get("Height")
    if control.type != "Gallery" or size is None or height is None:
        return
    times = [node for node in walk(height) if isinstance(node, Binary) and node.sign == "*"]
    if times and not any(size in (node.left, node.right) for node in times):
        yield Finding(control.at("Height"), "cut-off", "it is no multiple of TemplateSize: its last rows are cut off")
