"""A connector's readme, with the headings that the certification asks for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Any

from functions.interface.operation import Operation
from functions.interface.table import OPERATIONS
from functions.interface.words import Visibility
from infra.power_platform.generator.definition import Channel

_TEMPLATE = Path(__file__).with_name("readme_template.md")


def readme(channel: Channel) -> str:
    """The text around stands in readme_template.md."""
    shown = [one for one in OPERATIONS.values() if one.connector and one.visibility is not Visibility.INTERNAL]
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=channel.title,
        about=channel.about,
        operations=_described(one for one in shown if not one.trigger),
        triggers=_described(one for one in shown if one.trigger) or "None.",
        limits="\n".join(f"- {limit}" for limit in channel.limits),
    )


def _described(operations: Iterable[Operation[Any, Any]]) -> str:
    return "\n\n".join(f"### {one.summary}\n\n{one.description}" for one in operations)
