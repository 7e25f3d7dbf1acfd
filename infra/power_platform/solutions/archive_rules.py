"""What is asked of the finished zips, read as an import would read them: what stands in one is looked up in it.

Nothing here looks at the source, so that what the builder gets wrong is found too.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

from infra.power_platform.solutions.archive import PACKED_CUSTOMIZATIONS, PACKED_MANIFEST, TYPES, entries
from infra.power_platform.solutions.derive import PACKED
from infra.power_platform.solutions.finding import Finding
from infra.power_platform.solutions.rules.rule import Fault
from infra.power_platform.solutions.view import CONNECTOR, FLOW, VARIABLE
from infra.power_platform.solutions.xml_files import parsed, text_of

_NUMBERS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PARTS = ("openapidefinition", "connectionparameters", "policytemplateinstances", "iconblob")
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Opened:
    """One zip. Raises SolutionUnreadable when something of it is looked at that cannot be read."""

    name: str
    archive: bytes

    @cached_property
    def parts(self) -> Mapping[str, bytes]:
        return entries(self.archive)

    @cached_property
    def manifest(self) -> ET.Element:
        return parsed(self.parts[PACKED_MANIFEST], PACKED_MANIFEST)

    @cached_property
    def customizations(self) -> ET.Element:
        return parsed(self.parts[PACKED_CUSTOMIZATIONS], PACKED_CUSTOMIZATIONS)

    @cached_property
    def connectors(self) -> list[ET.Element]:
        return list(self.customizations.iterfind("Connectors/Connector"))

    @cached_property
    def targets(self) -> list[str]:
        """Parts that customizations.xml names."""
        named = [text_of(one, "JsonFileName") for one in self.customizations.iterfind("Workflows/Workflow")]
        named += [text_of(one, part) for one in self.connectors for part in _PARTS if one.find(part) is not None]
        return [one.removeprefix("/") for one in named]


type ZipCheck = Callable[[Opened], Iterator[Fault]]


def _entry_names(one: Opened) -> Iterator[Fault]:
    with zipfile.ZipFile(BytesIO(one.archive)) as opened:
        names = opened.namelist()
    for name, count in Counter(name.lower() for name in names).items():
        if count > 1:
            yield Fault(name, "It is in the zip twice.")
    for name in names:
        if "\\" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
            yield Fault(name, "Paths in a zip are relative, with / between the parts.")


def _content_types(one: Opened) -> Iterator[Fault]:
    types = parsed(one.parts[TYPES], TYPES) if TYPES in one.parts else ET.Element("none")
    endings = {(found.get("Extension") or "").lower() for found in types if found.tag.endswith("Default")}
    overridden = {found.get("PartName") for found in types if found.tag.endswith("Override")}
    for path in one.parts:
        ending = PurePosixPath(path).suffix.lstrip(".").lower()
        if path != TYPES and ending not in endings and f"/{path}" not in overridden:
            yield Fault(TYPES, f"It says nothing of {path}.")


def _manifest(one: Opened) -> Iterator[Fault]:
    if text_of(one.manifest, "SolutionManifest/UniqueName") != one.name:
        yield Fault(PACKED_MANIFEST, f"UniqueName must be {one.name}.")
    if text_of(one.manifest, "SolutionManifest/Managed") != "0":
        yield Fault(PACKED_MANIFEST, "Managed is 0 in an unmanaged zip.")
    if _NUMBERS.fullmatch(text_of(one.manifest, "SolutionManifest/Version")) is None:
        yield Fault(PACKED_MANIFEST, "Version must be four numbers.")


def _targets(one: Opened) -> Iterator[Fault]:
    for target in one.targets:
        if target not in one.parts:
            yield Fault(PACKED_CUSTOMIZATIONS, f"It names {target}, which is not in the zip.")


def _orphans(one: Opened) -> Iterator[Fault]:
    for path in one.parts:
        if path.startswith(("Workflows/", f"{PACKED}/")) and path not in one.targets:
            yield Fault(path, "Nothing in customizations.xml names it.")
        elif "/" not in path and path not in (TYPES, PACKED_MANIFEST, PACKED_CUSTOMIZATIONS):
            yield Fault(path, "It does not belong at the top of a solution.")


def _components(one: Opened) -> Iterator[Fault]:
    there = {(FLOW, _bare(found.get("WorkflowId"))) for found in one.customizations.iterfind("Workflows/Workflow")}
    there |= {(CONNECTOR, text_of(found, "connectorid").lower()) for found in one.connectors}
    there |= {
        (VARIABLE, PurePosixPath(path).parts[1])
        for path in one.parts
        if path.startswith("environmentvariabledefinitions/")
    }
    listed = {
        (found.get("type", ""), _bare(found.get("id")) or found.get("schemaName", ""))
        for found in one.manifest.iterfind("SolutionManifest/RootComponents/RootComponent")
    }
    for component in sorted(there ^ listed):
        yield Fault(PACKED_MANIFEST, f"{component} stands on one side only: in the zip, or as RootComponent.")


def _bare(guid: str | None) -> str:
    return (guid or "").strip("{}").lower()


def _icons(one: Opened) -> Iterator[Fault]:
    for path, written in one.parts.items():
        if path.lower().endswith(".png") and not written.startswith(_PNG):
            yield Fault(path, "It is no PNG picture.")


ZIP_RULES: Mapping[str, ZipCheck] = {
    "ZipEntryName": _entry_names,
    "ZipContentTypes": _content_types,
    "ZipManifest": _manifest,
    "ZipTargetMissing": _targets,
    "ZipOrphan": _orphans,
    "ZipRootComponents": _components,
    "ZipIcon": _icons,
}


def check_archives(connectors: Opened, flows: Opened) -> list[Finding]:
    """Each zip for itself, then the two together. Raises SolutionUnreadable."""
    found = [
        Finding(rule, f"{one.name}.zip/{fault.place}", fault.message)
        for one in (connectors, flows)
        for rule, check in ZIP_RULES.items()
        for fault in check(one)
    ]
    found += [Finding("ZipsTogether", f"{flows.name}.zip", message) for message in _together(connectors, flows)]
    return sorted(found)


def _together(connectors: Opened, flows: Opened) -> Iterator[str]:
    """The flows' references lead to connectors of the other zip, and neither has what is the other's."""
    known = {text_of(one, "connectorid").lower() for one in connectors.connectors}
    for one in flows.customizations.iterfind("connectionreferences/connectionreference/customconnectorid/connectorid"):
        if (one.text or "").strip().lower() not in known:
            yield f"A connection reference is of the connector {one.text}, which the first solution does not hold."
    if flows.connectors:
        yield "Connectors and the flows that use them fail in one import: they stand in solutions of their own."
    versions = {text_of(one.manifest, "SolutionManifest/Version") for one in (connectors, flows)}
    if len(versions) > 1:
        yield f"The two solutions are of different versions: {', '.join(sorted(versions))}."
