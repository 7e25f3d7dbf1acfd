"""The files of a solution against each other, in both directions."""

import re
from collections import Counter
from collections.abc import Iterator

from infra.power_platform.solutions.rules.rule import Fault, Rule
from infra.power_platform.solutions.source import as_json
from infra.power_platform.solutions.view import (
    APIS,
    CONNECTOR,
    CUSTOMIZATIONS,
    FLOW,
    MANIFEST,
    RECORD_END,
    VARIABLE,
    View,
)
from infra.power_platform.solutions.xml_files import parsed, text_of

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KNOWN = re.compile(
    r"Other/(Solution|Customizations)\.xml|Workflows/[^/]+\.json(\.data\.xml)?"
    r"|environmentvariabledefinitions/[^/]+/environmentvariabledefinition\.xml"
)
_OFF = ("0", "1")  # StateCode, StatusCode


def known_files(view: View) -> Iterator[Fault]:
    for name, files in (("connectors", view.source.connectors), ("flows", view.source.flows)):
        for path in files:
            if _KNOWN.fullmatch(path) is None:
                yield Fault(f"{name}/{path}", "No file of a solution is called so.")


def manifests(view: View) -> Iterator[Fault]:
    for name, root in view.manifests.items():
        wanted = {
            "SolutionManifest/Version": "$VERSION",  # the builder puts in the project's own
            "SolutionManifest/Managed": "0",
            "SolutionManifest/Publisher/UniqueName": view.source.identities.publisher,
            "SolutionManifest/Publisher/CustomizationPrefix": view.source.identities.prefix,
        }
        for path, value in wanted.items():
            if text_of(root, path) != value:
                yield Fault(f"{name}/{MANIFEST}", f"{path} must be {value}.")
    if len({text_of(root, "SolutionManifest/UniqueName") for root in view.manifests.values()}) < len(view.manifests):
        yield Fault(MANIFEST, "Each solution has a name of its own.")


def nothing_merged(view: View) -> Iterator[Fault]:
    """Unpacked, flows and connectors have files of their own; only the zip has them in customizations.xml."""
    for name, files in (("connectors", view.source.connectors), ("flows", view.source.flows)):
        root = parsed(files[CUSTOMIZATIONS], f"{name}/{CUSTOMIZATIONS}")
        for path in ("Workflows", "Connectors"):
            if root.find(f"{path}/*") is not None:
                yield Fault(f"{name}/{CUSTOMIZATIONS}", f"{path} must be empty in the source.")


def components(view: View) -> Iterator[Fault]:
    """Every component is listed, and everything that is listed is there."""
    there = {
        "connectors": {(CONNECTOR, one.id, one.name) for one in view.source.identities.connectors},
        "flows": {(FLOW, record.id, "") for record in view.records}
        | {(VARIABLE, "", variable.schema_name) for variable in view.variables},
    }
    for name, found in there.items():
        listed = [(one.type, one.id, one.schema_name) for one in view.components(name)]
        for component in sorted(found ^ set(listed)):
            yield Fault(f"{name}/{MANIFEST}", f"{component} is on one side only: a file, or a RootComponent.")
        for component, count in Counter(listed).items():
            if count > 1:
                yield Fault(f"{name}/{MANIFEST}", f"{component} is listed {count} times.")


def records(view: View) -> Iterator[Fault]:
    definitions = {flow.file for flow in view.flows}
    described = {record.json_file for record in view.records}
    for file in sorted(definitions ^ described):
        yield Fault(file, "A flow is a definition (.json) and a record (.data.xml) that names it.")
    for record in view.records:
        if record.file != record.json_file.removesuffix(".json") + RECORD_END:
            yield Fault(record.file, f"It names {record.json_file}, beside which it does not stand.")
        elif not record.json_file.endswith(f"-{record.id.upper()}.json"):
            yield Fault(record.file, "The definition's file name ends with the flow's id in capital letters.")


def record_fields(view: View) -> Iterator[Fault]:
    fixed = {"Type": "1", "Category": "5", "Scope": "4", "Mode": "0", "PrimaryEntity": "none"}
    for record in view.records:
        for name, value in fixed.items():
            if text_of(record.root, name) != value:
                yield Fault(record.file, f"{name} of a cloud flow is {value}.")
        title = record.root.find("LocalizedNames/LocalizedName")
        if not record.name or title is None or title.get("description") != record.name:
            yield Fault(record.file, "Name and LocalizedName are the same.")


def switched_off(view: View) -> Iterator[Fault]:
    for record in view.records:
        if (text_of(record.root, "StateCode"), text_of(record.root, "StatusCode")) != _OFF:
            yield Fault(record.file, "Flows are shipped switched off: StateCode 0, StatusCode 1.")


def variables(view: View) -> Iterator[Fault]:
    """Every parameter of a flow is a variable, with its title, type and default; and every variable is used."""
    by_name = {one.schema_name: one for one in view.variables}
    for flow in view.flows:
        for name, parameter in flow.parameters.items():
            if name.startswith("$"):
                continue
            variable = by_name.get(parameter.get("metadata", {}).get("schemaName", ""))
            if variable is None:
                yield Fault(flow.file, f"{name}: there is no such environment variable.")
            elif name != variable.parameter or parameter.get("defaultValue") != variable.default:
                yield Fault(flow.file, f"{name} and {variable.file} differ in title or default.")


def unused_variables(view: View) -> Iterator[Fault]:
    used = {
        parameter.get("metadata", {}).get("schemaName") for flow in view.flows for parameter in flow.parameters.values()
    }
    for one in view.variables:
        if one.schema_name not in used:
            yield Fault(one.file, "No flow uses it.")


def unused_parameters(view: View) -> Iterator[Fault]:
    for flow in view.flows:
        written = view.source.flows[flow.file].decode()
        for name in flow.parameters:
            if not name.startswith("$") and f"parameters('{name}')" not in written:
                yield Fault(flow.file, f"No step uses the parameter {name}.")


def variable_files(view: View) -> Iterator[Fault]:
    for one in view.variables:
        folder = one.file.split("/")[-2]
        if folder != one.schema_name or one.type != "100000000" or not one.title:
            yield Fault(one.file, "Folder and schemaname are the same; it has a title; its type is text (100000000).")


def references(view: View) -> Iterator[Fault]:
    """Of the flows and of Customizations.xml, both ways, with the connector they are of."""
    named = {
        (one.get("connection", {}).get("connectionReferenceLogicalName", ""), one.get("api", {}).get("name", ""))
        for flow in view.flows
        for one in flow.references.values()
    }
    there = {(one.logical_name, one.api) for one in view.references}
    for logical, api in sorted(named ^ there):
        yield Fault(CUSTOMIZATIONS, f"{logical} of {api} stands on one side only: in a flow, or as reference.")


def custom_connectors(view: View) -> Iterator[Fault]:
    """A reference of our connector carries that connector's id; one of Microsoft's carries none."""
    ours = view.source.identities.by_api()
    for one in view.references:
        wanted = ours[one.api].id if one.api in ours else ""
        if one.custom != wanted:
            yield Fault(CUSTOMIZATIONS, f"customconnectorid of {one.logical_name} must be {wanted or 'left out'}.")


def deployment_settings(view: View) -> Iterator[Fault]:
    wanted = {one.schema_name for one in view.variables}
    found = {one.get("SchemaName", "") for one in view.settings.get("EnvironmentVariables", ())}
    connections = {(one.logical_name, APIS + one.api) for one in view.references}
    listed = {
        (one.get("LogicalName", ""), one.get("ConnectorId", ""))
        for one in view.settings.get("ConnectionReferences", ())
    }
    for name in sorted(wanted ^ found) + sorted(str(one) for one in connections ^ listed):
        yield Fault("deploymentSettings.json", f"{name} stands on one side only: in the solution, or in this file.")


def prefixes(view: View) -> Iterator[Fault]:
    """Other signs than letters and digits become `-5f` and the like in ids that the platform makes."""
    allowed = re.compile(f"{view.source.identities.prefix}_[A-Za-z0-9]+")
    names = [one.schema_name for one in view.variables] + [one.logical_name for one in view.references]
    for name in names + [one.name for one in view.source.identities.connectors]:
        if allowed.fullmatch(name) is None:
            yield Fault("identities.json", f"{name} is not the prefix, _ and letters or digits.")


def ids(view: View) -> Iterator[Fault]:
    found = [record.id for record in view.records] + [one.id for one in view.source.identities.connectors]
    for guid, count in Counter(found).items():
        if count > 1 or _GUID.fullmatch(guid) is None:
            yield Fault("identities.json", f"{guid} is no id, or is that of two things.")


def policies(view: View) -> Iterator[Fault]:
    """What the connectors' own parts are made of is there."""
    for folder in view.source.folders:
        properties = as_json(folder.properties, f"{folder.identity.folder}/apiProperties.json").get("properties", {})
        for name in ("connectionParameters", "policyTemplateInstances", "iconBrandColor"):
            if name not in properties:
                yield Fault(f"{folder.identity.folder}/apiProperties.json", f"{name} is missing.")


RULES = (
    Rule("FileUnknown", known_files),
    Rule("Manifest", manifests),
    Rule("MergedInSource", nothing_merged),
    Rule("RootComponents", components),
    Rule("FlowFiles", records),
    Rule("FlowRecord", record_fields),
    Rule("FlowSwitchedOn", switched_off),
    Rule("EnvironmentVariable", variables),
    Rule("EnvironmentVariableUnused", unused_variables),
    Rule("FlowParameterUnused", unused_parameters),
    Rule("EnvironmentVariableFile", variable_files),
    Rule("ConnectionReference", references),
    Rule("CustomConnectorId", custom_connectors),
    Rule("DeploymentSettings", deployment_settings),
    Rule("Prefix", prefixes),
    Rule("Id", ids),
    Rule("ConnectorProperties", policies),
)
