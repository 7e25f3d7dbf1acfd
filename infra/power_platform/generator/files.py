"""All generated files of all connectors, by path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.tools import ROOT
from infra.power_platform.generator.definition import Channel, Variant, definition, properties
from infra.power_platform.generator.icon import icon_png
from infra.power_platform.generator.readme import readme

CONNECTORS = ROOT / "infra" / "power_platform" / "connectors"
MARKS = {Variant.ENTRA: "", Variant.API_KEY: ".api-key"}  # in a variant's file names


def channels() -> list[Channel]:
    """Every channel that has a connector, by name."""
    return [Channel.read(path.parent) for path in sorted(CONNECTORS.glob("*/connector.json"))]


def generated(channel: Channel) -> Mapping[Path, bytes]:
    """Path below the connector's folder -> content."""
    files: dict[Path, bytes] = {}
    for variant, mark in MARKS.items():
        files[Path(f"apiDefinition{mark}.swagger.json")] = _json(definition(channel, variant))
        files[Path(f"apiProperties{mark}.json")] = _json(properties(channel, variant))
    files[Path("readme.md")] = readme(channel).encode()
    files[Path("icon.png")] = icon_png(channel.brand_colour, channel.letters)
    return files


def write_all() -> list[Path]:
    """Writes what is missing or differs; the paths that were written."""
    written = []
    for channel in channels():
        for path, content in generated(channel).items():
            place = CONNECTORS / channel.name / path
            if not place.exists() or place.read_bytes() != content:
                place.write_bytes(content)
                written.append(place)
    return written


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=4, ensure_ascii=False) + "\n").encode()
