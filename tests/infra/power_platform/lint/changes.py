"""One change to the good connector, and the rule that it breaks.

Places are written with `|` between the steps (`paths|/v1/messages|get`), since paths hold slashes themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from infra.power_platform.lint import ConnectorFiles, Publisher
from infra.power_platform.lint.json_places import DEFINITION, at
from tests.infra.power_platform.lint.good_connector import good_connector

Change = Callable[[ConnectorFiles], ConnectorFiles]
PROPERTIES = "apiProperties.json#"


@dataclass(frozen=True)
class Broken:
    """`change` breaks `rule`, and no other, at `places`."""

    rule: str
    change: Change
    places: tuple[str, ...]
    publisher: Publisher = Publisher.VERIFIED

    def connector(self) -> ConnectorFiles:
        return self.change(good_connector(self.publisher))


def in_definition(place: str) -> str:
    return at(DEFINITION, *filter(None, place.split("|")))


def in_properties(place: str) -> str:
    return at(PROPERTIES, "properties", *filter(None, place.split("|")))


def put(place: str, value: Any) -> Change:
    """Something of the definition gets another value, or one at all."""
    return lambda connector: _put(connector, connector.definition, place, value)


def drop(place: str) -> Change:
    return lambda connector: _drop(connector, connector.definition, place)


def put_property(place: str, value: Any) -> Change:
    return lambda connector: _put(connector, connector.properties["properties"], place, value)


def drop_property(place: str) -> Change:
    return lambda connector: _drop(connector, connector.properties["properties"], place)


def files(**changed: Any) -> Change:
    return lambda connector: replace(connector, **changed)


def readme(old: str, new: str) -> Change:
    def change(connector: ConnectorFiles) -> ConnectorFiles:
        assert old in connector.readme
        return replace(connector, readme=connector.readme.replace(old, new))

    return change


def both(*changes: Change) -> Change:
    def change(connector: ConnectorFiles) -> ConnectorFiles:
        for one in changes:
            connector = one(connector)
        return connector

    return change


def _put(connector: ConnectorFiles, root: Any, place: str, value: Any) -> ConnectorFiles:
    holder, last = _holder(root, place)
    if isinstance(holder, list) and int(last) == len(holder):
        holder.append(value)
    else:
        holder[int(last) if isinstance(holder, list) else last] = value
    return connector


def _drop(connector: ConnectorFiles, root: Any, place: str) -> ConnectorFiles:
    holder, last = _holder(root, place)
    del holder[int(last) if isinstance(holder, list) else last]
    return connector


def _holder(root: Any, place: str) -> tuple[Any, str]:
    *steps, last = place.split("|")
    for step in steps:
        root = root[int(step) if isinstance(root, list) else step]
    return root, last
