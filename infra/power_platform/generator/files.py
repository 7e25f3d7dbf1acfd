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
DEFINITION = "apiDefinition{}.swagger.json"
MARKS = {Variant.ENTRA: "", Variant.API_KEY: ".api-key"}  # in a variant's file names


def channels() -> list[Channel]:
    """Every channel that has a connector, by name."""
    return [Channel.read(path.parent) for path in sorted(CONNECTORS.glob("*/connector.json"))]


def generated(channel: Channel) -> Mapping[Path, bytes]:
    """Path below the connector's folder -> content."""
    files: dict[Path, bytes] = {}
    for variant, mark in MARKS.items():
        files[Path(DEFINITION.format(mark))] = _json(definition(channel, variant))
        files[Path(f"apiProperties{mark}.json")] = _json(properties(channel, variant))
    files[Path("readme.md")] = readme(channel).encode()
    files[Path("icon.png")] = icon_png(channel.brand_colour, channel.letters)
    return files


def write_all() -> list[Path]:
    """Writes what is missing or differs; the paths that were written."""
    files = {CONNECTORS / c.name / path: content for c in channels() for path, content in generated(c).items()}
    return _written(files)


def release_all() -> list[Path]:
    """Keeps the definitions as they are now, for the comparison with later ones; the paths that were written."""
    places = [CONNECTORS / channel.name / DEFINITION.format(mark) for channel in channels() for mark in MARKS.values()]
    return _written({place.parent / "released" / place.name: place.read_bytes() for place in places})


def _written(files: Mapping[Path, bytes]) -> list[Path]:
    changed = [place for place, content in files.items() if not place.exists() or place.read_bytes() != content]
    for place in changed:
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(files[place])
    return changed


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=4, ensure_ascii=False) + "\n").encode()
