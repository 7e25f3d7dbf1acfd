"""Everything that the two solutions are made of, as bytes. Rules look at it, the builder packs it, tests change it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.tools import ROOT
from infra.power_platform.solutions.finding import SolutionUnreadable
from infra.power_platform.solutions.identities import ConnectorIdentity, Identities, read_identities

HERE = Path(__file__).parent
CONNECTORS = HERE.parent / "connectors"

type Unpacked = Mapping[str, bytes]
"""A solution's files by their paths, with / between the parts."""


@dataclass(frozen=True, slots=True)
class ConnectorFolder:
    """One connector as it lies in infra/power_platform/connectors/."""

    identity: ConnectorIdentity
    definition: bytes  # apiDefinition.swagger.json
    properties: bytes  # apiProperties.json
    icon: bytes | None

    @property
    def swagger(self) -> Mapping[str, Any]:
        return as_json(self.definition, f"{self.identity.folder}/apiDefinition.swagger.json")

    @property
    def api_properties(self) -> Mapping[str, Any]:
        whole = as_json(self.properties, f"{self.identity.folder}/apiProperties.json")
        found: Mapping[str, Any] = whole.get("properties", {})
        return found


@dataclass(frozen=True, slots=True)
class Source:
    """`version`: four numbers, of both solutions. `lists`: the SharePoint lists that flows write to."""

    version: str
    identities: Identities
    folders: tuple[ConnectorFolder, ...]
    connectors: Unpacked
    flows: Unpacked
    settings: bytes
    lists: tuple[Mapping[str, Any], ...]


def read_source(connectors: Path = CONNECTORS, variant: str = "") -> Source:
    """`variant`: of the connectors, whose files bear its name; empty: the default one. Raises SolutionUnreadable."""
    identities = read_identities(HERE / "identities.json")
    return Source(
        version=_version(),
        identities=identities,
        folders=tuple(_folder(connectors / one.folder, one, variant) for one in identities.connectors),
        connectors=unpacked_in(HERE / "connectors"),
        flows=unpacked_in(HERE / "flows"),
        settings=_read(HERE / "deploymentSettings.json"),
        lists=tuple(as_json(_read(path), path.name) for path in sorted((HERE / "lists").glob("*.json"))),
    )


def unpacked_in(folder: Path) -> Unpacked:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def as_json(written: bytes, name: str) -> Mapping[str, Any]:
    """Raises SolutionUnreadable."""
    try:
        found = json.loads(written)
    except ValueError as error:
        raise SolutionUnreadable(f"{name} is not JSON: {error}") from error
    if not isinstance(found, Mapping):
        raise SolutionUnreadable(f"{name} must hold a JSON object")
    return found


def _version() -> str:
    """The project's version with a fourth number, as the platform wants it."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['version']}.0"


def _folder(folder: Path, identity: ConnectorIdentity, variant: str) -> ConnectorFolder:
    icon, named = folder / "icon.png", f".{variant}" if variant else ""
    return ConnectorFolder(
        identity,
        definition=_read(folder / f"apiDefinition{named}.swagger.json"),
        properties=_read(folder / f"apiProperties{named}.json"),
        icon=icon.read_bytes() if icon.is_file() else None,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SolutionUnreadable(f"{path} cannot be read") from error
