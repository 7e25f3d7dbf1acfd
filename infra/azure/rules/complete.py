"""Nothing is left out that Azure needs, and nothing stands otherwise than it must: names, places, kinds, versions."""

from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile, Module, Resource, everywhere, resources
from infra.azure.expression import written
from infra.azure.finding import Finding
from infra.azure.models import fields_of, model_of
from infra.azure.needed import ANY, NEEDED, VERSIONS
from infra.azure.source import MAIN, Files

OF_A_MODULE = {"name", "scope", "params", "dependsOn"}
OWN = 2  # words in the type of a resource that belongs to no other: Microsoft.Storage/storageAccounts


def complete(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    for file in parsed.values():
        yield from _file(file)
    for kind, needed in NEEDED.items():
        made = list(resources(parsed, kind))
        if not made:
            yield Finding("infra/azure", "missing", f"there is no {kind}")
        for one in made:
            for path, wanted in needed.items():
                yield from _stands(parsed[one.place], one, path, wanted)
    if parsed[MAIN].scope != "subscription":
        yield Finding(MAIN, "complete", "it makes the resource group, so its scope is the subscription")


def _file(file: BicepFile) -> Iterator[Finding]:
    for one in file.resources:
        yield from _addressed(one)
    for module in file.modules:
        yield from _placed(file, module)


def _addressed(one: Resource) -> Iterator[Finding]:
    """Where it is: a name, a parent or a region, in a version of the interface that there is."""
    if one.body.get("name") is None:
        yield Finding(one.place, "complete", f"{one.symbol} has no name")
    words = len(one.type.split("/"))
    if one.version not in VERSIONS.get(one.type, VERSIONS.get(one.type.partition("/")[0], ())):
        yield Finding(one.place, "complete", f"{one.type}: there is no {one.version} that infra/azure/needed.py knows")
    if one.existing:
        return
    if words > OWN and one.body.get("parent") is None:
        yield Finding(one.place, "complete", f"{one.symbol} has no parent")
    model = model_of(one.type)
    placed = isinstance(model, type) and "location" in fields_of(model)
    if words == OWN and placed and one.body.get("location") is None:
        yield Finding(one.place, "complete", f"{one.symbol} has no location")


def _placed(file: BicepFile, module: Module) -> Iterator[Finding]:
    for name in sorted(set(module.body) - OF_A_MODULE):
        yield Finding(file.place, "complete", f"module {module.symbol}: {name} is no word of a module")
    if module.body.get("name") is None:
        yield Finding(file.place, "complete", f"module {module.symbol} has no name")
    if file.scope == "subscription" and module.body.get("scope") != "group":
        yield Finding(file.place, "complete", f"module {module.symbol} is not made in the resource group")


def _stands(file: BicepFile, one: Resource, path: str, wanted: object) -> Iterator[Finding]:
    found = [file.value(value) for value in everywhere(one.body, path)]
    if not found or any(value is None or value == [] for value in found):
        yield Finding(one.place, "complete", f"{one.symbol}: {path} is missing")
    elif wanted is not ANY and any(written(value) != written(wanted) for value in found):
        yield Finding(one.place, "complete", f"{one.symbol}: {path} is {written(found[0])}, must be {written(wanted)}")
