"""A connector as it lies in its folder.

A folder may hold variants, such as one by Entra ID and one by API key: `apiProperties.json` is the default one, and
`apiProperties.<variant>.json` (and `apiDefinition.<variant>.swagger.json`, if that differs too) stand beside it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_README = ("readme.md", "README.md", "Readme.md")


class Publisher(StrEnum):
    """Who submits the connector: it decides about the icon, its colour and one heading of the readme."""

    VERIFIED = "verified"
    INDEPENDENT = "independent"


class ConnectorUnreadable(Exception):
    """A file of the folder is missing or is not JSON; the text names it."""


@dataclass(frozen=True, slots=True)
class ConnectorFiles:
    """The files of one variant. `definition_text` is the definition as it was written (indentation and size count)."""

    definition: Mapping[str, Any]
    properties: Mapping[str, Any]
    readme: str
    icon: bytes | None
    publisher: Publisher = Publisher.VERIFIED
    variant: str = ""
    definition_text: str = ""

    @property
    def written(self) -> str:
        return self.definition_text or json.dumps(self.definition, indent=4, ensure_ascii=False)

    @property
    def properties_file(self) -> str:
        return f"apiProperties.{self.variant}.json" if self.variant else "apiProperties.json"


def variants_in(folder: Path) -> tuple[str, ...]:
    """The variants that a folder holds; the first, "", is the default one."""
    found = sorted(path.name.split(".")[1] for path in folder.glob("apiProperties.*.json"))
    return ("", *found)


def definition_file(folder: Path, variant: str) -> Path:
    """The definition of a variant; where it has none of its own, the default one's."""
    own = folder / f"apiDefinition.{variant}.swagger.json"
    return own if variant and own.is_file() else folder / "apiDefinition.swagger.json"


def read_connector(folder: Path, *, variant: str = "", publisher: Publisher = Publisher.VERIFIED) -> ConnectorFiles:
    """One variant of the connector in `folder`. Raises ConnectorUnreadable."""
    definition_path = definition_file(folder, variant)
    properties_file = folder / (f"apiProperties.{variant}.json" if variant else "apiProperties.json")
    definition_text = _read(definition_path)
    readme = next((path for name in _README if (path := folder / name).is_file()), None)
    icon = folder / "icon.png"
    return ConnectorFiles(
        definition=_parsed(definition_text, definition_path),
        properties=_parsed(_read(properties_file), properties_file),
        readme="" if readme is None else _read(readme),
        icon=icon.read_bytes() if icon.is_file() else None,
        publisher=publisher,
        variant=variant,
        definition_text=definition_text,
    )


def read_definition(path: Path) -> Mapping[str, Any]:
    """A definition alone, such as that of a release. Raises ConnectorUnreadable."""
    return _parsed(_read(path), path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # many public connectors begin with a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        raise ConnectorUnreadable(f"{path} cannot be read as text") from error


def _parsed(written: str, path: Path) -> dict[str, Any]:
    try:
        read = json.loads(written)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ConnectorUnreadable(f"{path} is not JSON: {error}") from error
    if not isinstance(read, dict):
        raise ConnectorUnreadable(f"{path} must hold a JSON object")
    return read
