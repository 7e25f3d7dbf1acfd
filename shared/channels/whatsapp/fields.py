"""Reading one JSON object field by field, and remembering what is wrong with each by its path."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.channels.whatsapp.limits import text_problem
from shared.errors import FieldProblem


class Fields:
    """A JSON object, where it stands in the body, and the problems found so far (shared with its children)."""

    def __init__(self, values: Mapping[str, Any], path: str = "", problems: list[FieldProblem] | None = None) -> None:
        self.values = values
        self.path = path
        self.problems: list[FieldProblem] = [] if problems is None else problems

    def wrong(self, name: str, message: str) -> None:
        self.problems.append(FieldProblem(self._at(name), message))

    def text(self, name: str, longest: int, *, required: bool = True, blank: bool = False) -> str:
        """The text under `name`; empty if absent or wrong. `blank`: may be empty."""
        value = self.values.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str):
            self.wrong(name, "is missing" if value is None else "must be text")
            return ""
        problem = "" if blank and not value else text_problem(value, longest)
        if problem:
            self.wrong(name, problem)
            return ""
        return value

    def choice(self, name: str, allowed: Sequence[str], *, default: str = "") -> str:
        """One of `allowed`; `default` stands in for an absent field unless it is empty."""
        value = self.values.get(name, default or None)
        if not isinstance(value, str) or value not in allowed:
            self.wrong(name, "is missing" if value is None else f"must be one of {', '.join(allowed)}")
            return ""
        return value

    def boolean(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "must be true or false")
            return None
        return value

    def number(self, name: str, lowest: float, highest: float) -> None:
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            self.wrong(name, f"must be a number from {lowest:g} to {highest:g}")

    def link(self, name: str) -> None:
        value = self.text(name, 2048)
        if value and not value.startswith(("https://", "http://")):
            self.wrong(name, "must begin with https:// or http://")

    def child(self, name: str) -> "Fields | None":
        """The object under `name`, or None with the problem noted."""
        value = self.values.get(name)
        if not isinstance(value, Mapping):
            self.wrong(name, "is missing" if value is None else "must be an object")
            return None
        return Fields(value, self._at(name), self.problems)

    def children(self, name: str, fewest: int, most: int) -> list["Fields"]:
        """The objects of the list under `name`, or none with the problem noted."""
        value = self.values.get(name)
        if not isinstance(value, list) or not fewest <= len(value) <= most:
            self.wrong(name, f"must be a list of {fewest} to {most}")
            return []
        found = []
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                found.append(Fields(item, f"{self._at(name)}[{index}]", self.problems))
            else:
                self.wrong(f"{name}[{index}]", "must be an object")
        return found

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name
