"""Containers that are as high as what is in them. AutoLayout never grows by itself: what is forgotten is cut off."""

from __future__ import annotations

from collections.abc import Iterator

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.fx.tree import Dot, Name, walk
from infra.power_platform.app.reading import Reading


def layout(reading: Reading) -> Iterator[Finding]:
    for control in reading.app.controls():
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
