"""Property names and fixed values against Microsoft's management libraries: Azure ignores many a misspelt name."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.azure.bicep import BicepFile, Resource
from infra.azure.finding import Finding
from infra.azure.models import ANYTHING, Keyed, fields_of, is_enumeration, model_of
from infra.azure.source import Files

OF_BICEP = {"name", "parent", "scope", "dependsOn"}
WITHOUT_MODEL = {"Microsoft.Resources/resourceGroups"}  # a name, a place and tags


def properties(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    for file in parsed.values():
        for one in file.resources:
            if not one.existing and one.type not in WITHOUT_MODEL:
                yield from _resource(file, one)


def _resource(file: BicepFile, one: Resource) -> Iterator[Finding]:
    model = model_of(one.type)
    if model is None:
        yield Finding(
            file.place, "properties", f"{one.symbol}: no model of {one.type} is named in infra/azure/models.py"
        )
        return
    body = {name: value for name, value in one.body.items() if name not in OF_BICEP}
    for path, text in _wrong(file, body, model, one.symbol):
        yield Finding(file.place, "properties", f"{path}: {text}")


def _wrong(file: BicepFile, written: Any, known: Any, path: str) -> Iterator[tuple[str, str]]:
    """Path and what is wrong there. Values that only Azure can compute are taken as they are."""
    if known is ANYTHING:
        return
    given = file.value(written)
    if isinstance(given, list):
        for number, one in enumerate(given):
            yield from _wrong(file, one, known, f"{path}[{number}]")
    elif isinstance(given, Mapping):
        yield from _object(file, given, known, path)
    elif is_enumeration(known) and _is_literal(file, given):
        values = [str(one.value) for one in known]
        if str(given).casefold() not in [value.casefold() for value in values]:
            yield path, f"{given} is none of {', '.join(values)}"


def _object(file: BicepFile, given: Mapping[str, Any], known: Any, path: str) -> Iterator[tuple[str, str]]:
    branches = _branches(given)
    if branches is None:
        yield from _names(file, given, known, path)
    for one in branches or ():
        yield from _wrong(file, one, known, path)


def _names(file: BicepFile, given: Mapping[str, Any], known: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(known, Keyed):
        for name, value in given.items():
            yield from _wrong(file, value, known.value, f"{path}.{name}")
        return
    if is_enumeration(known):
        yield path, "an object stands where a word is wanted"
        return
    fields = known if isinstance(known, Mapping) else fields_of(known)
    for quoted, value in given.items():
        name = quoted.strip("'")
        if name in fields:
            yield from _wrong(file, value, fields[name], f"{path}.{name}")
        else:
            yield f"{path}.{name}", "there is no such property"


def _branches(given: Mapping[str, Any]) -> list[Any] | None:
    """What an expression may come to, where that can be seen; None if it is no expression."""
    if set(given) == {"operator"}:
        operands = given["operator"]["operands"]
        return [operands[name] for name in ("true_value", "false_value") if name in operands]
    if set(given) == {"function"}:
        parameters = list((given["function"].get("parameters") or {}).values())
        return {"union": parameters, "filter": parameters[:1]}.get(given["function"]["type"], [])
    return [given["config"]] if {"loop_type", "config"} <= set(given) else None


def _is_literal(file: BicepFile, given: Any) -> bool:
    return isinstance(given, str) and "${" not in given and given not in {*file.parameters, *file.variables}
