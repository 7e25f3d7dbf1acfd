"""The source as rules look at it: flows, records, variables and references, each by its name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

from infra.power_platform.solutions.contracts import (
    Connector,
    connector_of,
    microsoft_connectors,
    with_patient_data,
)
from infra.power_platform.solutions.source import ConnectorFolder, Source, Unpacked, as_json
from infra.power_platform.solutions.workflow import Flow, Said, Shapes, read_flow, said_in
from infra.power_platform.solutions.xml_files import parsed, text_of

APIS = "/providers/Microsoft.PowerApps/apis/"
FLOW, CONNECTOR, VARIABLE = "29", "372", "380"  # types of root components
MANIFEST, CUSTOMIZATIONS = "Other/Solution.xml", "Other/Customizations.xml"
RECORD_END = ".json.data.xml"


@dataclass(frozen=True, slots=True)
class RootComponent:
    type: str
    id: str  # without braces, small letters
    schema_name: str


@dataclass(frozen=True, slots=True)
class Record:
    """What a solution says of a flow beside its definition."""

    file: str
    root: ET.Element

    @property
    def id(self) -> str:
        return self.root.get("WorkflowId", "").strip("{}").lower()

    @property
    def name(self) -> str:
        return self.root.get("Name", "")

    @property
    def json_file(self) -> str:
        """The path of its definition within the solution."""
        return text_of(self.root, "JsonFileName").removeprefix("/")


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable."""

    file: str
    schema_name: str
    title: str
    type: str
    default: str

    @property
    def parameter(self) -> str:
        """What flows call it."""
        return f"{self.title} ({self.schema_name})"


@dataclass(frozen=True, slots=True)
class Reference:
    """A connection reference. `custom`: the id of the custom connector that it is of, else empty."""

    logical_name: str
    api: str
    custom: str


class View:
    """Raises SolutionUnreadable where a file cannot be read at all."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._said: dict[str, tuple[Said, ...]] = {}
        self.flows: tuple[Flow, ...] = tuple(_flows(source.flows))
        self.records: tuple[Record, ...] = tuple(_records(source.flows))
        self.variables: tuple[Variable, ...] = tuple(_variables(source.flows))
        self.references: tuple[Reference, ...] = tuple(_references(source.flows))
        self.manifests: Mapping[str, ET.Element] = {
            name: parsed(files[MANIFEST], f"{name}/{MANIFEST}")
            for name, files in (("connectors", source.connectors), ("flows", source.flows))
        }

    @cached_property
    def connectors(self) -> Mapping[str, Connector]:
        """Ours and Microsoft's, by what they are called at runtime."""
        ours = [_connector(folder) for folder in self.source.folders]
        return {**_microsofts(), **{one.api: one for one in ours}}

    def shapes(self, flow: Flow) -> Shapes:
        return Shapes(flow, self.connectors)

    def said(self, flow: Flow) -> tuple[Said, ...]:
        """Every text of a flow; asked for by many rules."""
        if flow.file not in self._said:
            self._said[flow.file] = tuple(said_in(flow))
        return self._said[flow.file]

    @cached_property
    def settings(self) -> Mapping[str, list[Mapping[str, str]]]:
        return as_json(self.source.settings, "deploymentSettings.json")

    def components(self, solution: str) -> tuple[RootComponent, ...]:
        found = self.manifests[solution].iterfind("SolutionManifest/RootComponents/RootComponent")
        return tuple(
            RootComponent(one.get("type", ""), one.get("id", "").strip("{}").lower(), one.get("schemaName", ""))
            for one in found
        )


@cache
def _connector(folder: ConnectorFolder) -> Connector:
    return with_patient_data(connector_of(folder.swagger, folder.identity.api))


@cache
def _microsofts() -> Mapping[str, Connector]:
    return {api: with_patient_data(one) for api, one in microsoft_connectors().items()}


def _flows(files: Unpacked) -> Iterator[Flow]:
    for path, written in files.items():
        if path.startswith("Workflows/") and path.endswith(".json"):
            yield read_flow(path, written)


def _records(files: Unpacked) -> Iterator[Record]:
    for path, written in files.items():
        if path.startswith("Workflows/") and path.endswith(RECORD_END):
            yield Record(path, parsed(written, path))


def _variables(files: Unpacked) -> Iterator[Variable]:
    for path, written in files.items():
        if PurePosixPath(path).name == "environmentvariabledefinition.xml":
            root = parsed(written, path)
            title = root.find("displayname")
            yield Variable(
                path,
                root.get("schemaname", ""),
                title.get("default", "") if title is not None else "",
                text_of(root, "type"),
                text_of(root, "defaultvalue"),
            )


def _references(files: Unpacked) -> Iterator[Reference]:
    root = parsed(files[CUSTOMIZATIONS], CUSTOMIZATIONS)
    for one in root.iterfind("connectionreferences/connectionreference"):
        yield Reference(
            one.get("connectionreferencelogicalname", ""),
            text_of(one, "connectorid").removeprefix(APIS),
            text_of(one, "customconnectorid/connectorid").lower(),
        )
