"""The app as its files say it: screens and components as trees of controls, each with formulas by property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Base  # ten times as fast, where it was built
except ImportError:
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

SOURCE = Path(__file__).resolve().parent / "Src"


class SourceError(Exception):
    """A file of the app cannot be read as YAML at all."""


class _Loader(_Base):
    """YAML in which a bare `=` stays text: PyYAML gives it a type of its own, which no formula wants."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:value"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Control:
    """One control with what is inside it. `type` is without its version, `component` the definition's name if any."""

    name: str
    type: str
    version: str
    variant: str
    component: str
    owner: str  # the screen or component it belongs to
    properties: Mapping[str, str]
    children: tuple[Control, ...]

    def at(self, property_: str = "") -> str:
        return f"{self.owner}/{self.name}" + (f".{property_}" if property_ else "")

    def walk(self) -> Iterator[Control]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class CustomProperty:
    """What a component takes from or gives to the screen it stands on."""

    kind: str
    data_type: str
    default: str


@dataclass(frozen=True, slots=True)
class Owner:
    """A screen, or the definition of a component."""

    name: str
    properties: Mapping[str, str]
    children: tuple[Control, ...]
    custom: Mapping[str, CustomProperty] = field(default_factory=dict)
    is_component: bool = False
    sees_app: bool = True  # a component without AccessAppScope knows nothing outside itself

    def walk(self) -> Iterator[Control]:
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class App:
    """Everything in `Src/`, and the files themselves for what only their text shows."""

    files: Mapping[str, str]
    documents: Mapping[str, Any]
    properties: Mapping[str, str]
    screens: Mapping[str, Owner]
    components: Mapping[str, Owner]

    def owners(self) -> Iterator[Owner]:
        yield from self.screens.values()
        yield from self.components.values()

    def controls(self) -> Iterator[Control]:
        for owner in self.owners():
            yield from owner.walk()


def read_files(folder: Path = SOURCE) -> Mapping[str, str]:
    paths = sorted(folder.rglob("*.pa.yaml"))
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def load_yaml(text: str, place: str) -> Any:
    """Nobody may change what comes back: it is read once. Raises SourceError."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with one resolver fewer
    except yaml.YAMLError as error:
        raise SourceError(f"{place} is not YAML: {' '.join(str(error).split())}") from None


def read_app(files: Mapping[str, str]) -> App:
    """The files merged as Studio merges them. Raises SourceError."""
    documents = {place: load_yaml(text, place) or {} for place, text in files.items()}
    app: Mapping[str, str] = {}
    screens: dict[str, Owner] = {}
    components: dict[str, Owner] = {}
    for document in documents.values():
        app = {**app, **_properties(document.get("App"))}
        for name, body in (document.get("Screens") or {}).items():
            screens[name] = Owner(name, _properties(body), _children(body, name))
        for name, body in (document.get("ComponentDefinitions") or {}).items():
            components[name] = _component(name, body)
    return App(files, documents, app, screens, components)


def _component(name: str, body: Mapping[str, Any]) -> Owner:
    custom = {
        property_: CustomProperty(said.get("PropertyKind", ""), said.get("DataType", ""), said.get("Default") or "")
        for property_, said in (body.get("CustomProperties") or {}).items()
    }
    return Owner(name, _properties(body), _children(body, name), custom, True, bool(body.get("AccessAppScope")))


def _properties(body: Any) -> Mapping[str, str]:
    written = ((body or {}).get("Properties") or {}).items()
    return {name: "" if formula is None else str(formula) for name, formula in written}


def _children(body: Any, owner: str) -> tuple[Control, ...]:
    listed: Sequence[Mapping[str, Any]] = (body or {}).get("Children") or ()
    return tuple(_control(name, said or {}, owner) for one in listed for name, said in one.items())


def _control(name: str, body: Mapping[str, Any], owner: str) -> Control:
    type_, _, version = str(body.get("Control", "")).partition("@")
    return Control(
        name,
        type_,
        version,
        str(body.get("Variant", "")),
        str(body.get("ComponentName", "")),
        owner,
        _properties(body),
        _children(body, owner),
    )
