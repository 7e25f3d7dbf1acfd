"""A connector's parts in a solution, made of its folder: nothing of it is written twice.

The shape is that of exports which were imported again (MartinMikes/PlannerTasksFromTemplate).
"""

import json
from collections.abc import Mapping
from typing import Any

from infra.power_platform.solutions.source import ConnectorFolder, Unpacked
from infra.power_platform.solutions.xml_files import element, serialised

UNPACKED = "Connectors"
PACKED = "Connector"
"""The folder's name unpacked and in the zip: they differ, and what the XML names is the latter."""


def connector_parts(folder: ConnectorFolder) -> Unpacked:
    """Unpacked files by their paths."""
    properties = folder.api_properties
    parts = {
        "openapidefinition.json": folder.definition,
        "connectionparameters.json": _json(properties["connectionParameters"]),
        "policytemplateinstances.json": _json(properties["policyTemplateInstances"]),
    }
    if folder.icon is not None:
        parts["iconblob.Png"] = folder.icon
    name = folder.identity.name
    files = {f"{UNPACKED}/{name}_{part}": written for part, written in parts.items()}
    return {**files, f"{UNPACKED}/{name}.xml": _connector_xml(folder, properties, list(parts))}


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _connector_xml(folder: ConnectorFolder, properties: Mapping[str, Any], parts: list[str]) -> bytes:
    info, identity = folder.swagger["info"], folder.identity
    root = element("Connector")
    texts = {
        "connectorid": identity.id,
        "description": info["description"],
        "displayname": info["title"],
        "iconbrandcolor": properties["iconBrandColor"],
        "name": identity.name,
        "connectortype": "1",
        **{part.partition(".")[0]: f"/{PACKED}/{identity.name}_{part}" for part in parts},
    }
    root.extend([element(name, text) for name, text in texts.items()])
    return serialised(root)
