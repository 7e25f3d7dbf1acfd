"""Both solutions unpacked and whole: the source, with the version put in and the connectors' parts made."""

from collections.abc import Mapping

from infra.power_platform.solutions.derive import connector_parts
from infra.power_platform.solutions.source import Source, Unpacked
from infra.power_platform.solutions.view import MANIFEST

CONNECTORS, FLOWS = "PatientMessagingConnectors", "PatientMessagingFlows"
_VERSION = b"$VERSION"


def assemble(source: Source, apis: Mapping[str, str] | None = None) -> Mapping[str, Unpacked]:
    """By the solutions' unique names, in the order in which they are imported.

    `apis`: by a connector's folder, what it is called in the environment that the flows go to.
    """
    parts = [connector_parts(folder) for folder in source.folders]
    made: dict[str, bytes] = {}
    for one in parts:
        made.update(one)
    return {
        CONNECTORS: _versioned({**source.connectors, **made}, source.version),
        FLOWS: _renamed(_versioned(source.flows, source.version), source, apis or {}),
    }


def _versioned(files: Unpacked, version: str) -> Unpacked:
    return {**files, MANIFEST: files[MANIFEST].replace(_VERSION, version.encode())}


def _renamed(files: Unpacked, source: Source, apis: Mapping[str, str]) -> Unpacked:
    """The placeholder of a connector's name at runtime, replaced wherever it stands."""
    found = dict(files)
    for one in source.identities.connectors:
        if one.folder in apis:
            found = {path: data.replace(one.api.encode(), apis[one.folder].encode()) for path, data in found.items()}
    return found
