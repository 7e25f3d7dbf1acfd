"""What people read of a field, and how its text becomes a value. Metadata for `Annotated`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Visibility(StrEnum):
    """Where makers see something (x-ms-visibility)."""

    IMPORTANT = "important"  # always shown first
    NONE = "none"
    ADVANCED = "advanced"  # behind "Show advanced options"
    INTERNAL = "internal"  # never; the platform calls or fills it itself


@dataclass(frozen=True, slots=True)
class DropDown:
    """The values of a field come from another operation (x-ms-dynamic-values); `takes`: its parameter -> our field."""

    operation: str
    value: str = "id"
    title: str = "name"
    takes: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A field's title (80 characters at most) and description; both end up in the connectors."""

    title: str
    description: str
    visibility: Visibility = Visibility.NONE
    drop_down: DropDown | None = None
    names: Mapping[str, str] | None = None  # of an enumeration's values, as makers read them
    sample: str = ""  # for tests of the connector (x-ms-test-value); fictional
    rows: Any = None  # the typed dictionary of a list's rows, where they are read one by one
    callback: bool = False  # the platform puts the address there to which events go (x-ms-notification-url)

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(core), "title": self.title, "description": self.description, "x-words": self}


@dataclass(frozen=True, slots=True)
class Reads:
    """Makes the value from text, before its type is checked. `read` raises ValueError in words for the caller."""

    read: Callable[[str], Any]
    as_text: bool = False  # makers see text, whatever the value becomes

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        checked = core_schema.no_info_after_validator_function(self._value, core_schema.str_schema())
        return core_schema.json_or_python_schema(checked, checked)

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {"type": "string"} if self.as_text else {"type": "string", "format": "date"}

    def _value(self, text: str) -> Any:
        return self.read(text)
