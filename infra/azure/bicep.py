"""Bicep as the rules see it: resources, modules, parameters and variables of each file.

`pycep` gives names and quoted text as the same plain strings; a string that is the name of a variable or parameter of
its file is therefore taken as that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pycep
from lark.exceptions import LarkError

from infra.azure.expression import written
from infra.azure.source import Files, bicep_files


class BicepUnreadable(ValueError):
    """A file that is not Bicep; the text says where."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One `resource`; `body` is what it holds, without the loop or the `condition` around it."""

    place: str
    symbol: str
    type: str
    version: str
    existing: bool
    condition: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Module:
    """One `module`; `path` is the file it leads to."""

    symbol: str
    path: str
    condition: str
    body: Mapping[str, Any]
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BicepFile:
    """What one file declares; `scope` is its `targetScope`."""

    place: str
    scope: str
    resources: tuple[Resource, ...]
    modules: tuple[Module, ...]
    parameters: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, Any]
    outputs: Mapping[str, Any]

    def value(self, given: Any) -> Any:
        """What a name stands for, if it is a variable; else what was given."""
        return self.variables.get(given, given) if isinstance(given, str) else given


def read_bicep(files: Files) -> Mapping[str, BicepFile]:
    """Every file by its path. Raises BicepUnreadable."""
    return {path: _read(path, text) for path, text in bicep_files(files).items()}


def resources(parsed: Mapping[str, BicepFile], kind: str) -> Iterator[Resource]:
    """All resources of a type that the deployment makes."""
    for file in parsed.values():
        yield from (one for one in file.resources if one.type == kind and not one.existing)


@cache
def _parser() -> pycep.BicepParser:
    return pycep.BicepParser()  # builds its grammar anew each time


@cache
def _read(path: str, text: str) -> BicepFile:
    try:
        tree: Any = _parser().parse(text=text)
    except LarkError as error:
        raise BicepUnreadable(f"{path}: {str(error).splitlines()[0]}") from None
    return BicepFile(
        place=path,
        scope=at(tree, "globals", "scope", "value") or "resourceGroup",
        resources=tuple(_resource(path, symbol, one) for symbol, one in tree.get("resources", {}).items()),
        modules=tuple(_module(path, symbol, one) for symbol, one in tree.get("modules", {}).items()),
        parameters=tree.get("parameters", {}),
        variables={name: one["value"] for name, one in tree.get("variables", {}).items()},
        outputs=tree.get("outputs", {}),
    )


def _resource(path: str, symbol: str, tree: Mapping[str, Any]) -> Resource:
    body, condition = _unwrapped(tree["config"])
    return Resource(path, symbol, tree["type"], tree["api_version"], bool(tree["existing"]), condition, body)


def _module(path: str, symbol: str, tree: Mapping[str, Any]) -> Module:
    body, condition = _unwrapped(tree["config"])
    folder = path.rpartition("/")[0]
    return Module(symbol, f"{folder}/{tree['detail']['path']}", condition, body, body.get("params", {}))


def _unwrapped(config: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """A loop or condition holds the body as `config`."""
    condition = ""
    while "config" in config and ("condition" in config or "loop_type" in config):
        if config.get("condition") is not None:
            condition = written(config["condition"])
        config = config["config"]
    return config, condition


def at(body: Any, *path: str) -> Any:
    """The value at a path of property names, or None."""
    for name in path:
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def everywhere(body: Any, path: str) -> list[Any]:
    """The values at a path such as `subnets.properties.natGateway.id`, in each entry of the lists on the way; `*` is
    every entry of an object."""
    values = [body]
    for name in path.split("."):
        entries = [entry for value in values for entry in (value if isinstance(value, list) else [value])]
        if name == "*":
            values = [one for entry in entries if isinstance(entry, Mapping) for one in entry.values()]
        else:
            values = [at(entry, name) for entry in entries]
    return values
