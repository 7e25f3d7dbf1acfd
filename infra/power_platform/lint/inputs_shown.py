"""What a maker is asked for: the parameters of an operation and the properties of its body, as one list."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.power_platform.lint.json_places import at, text
from infra.power_platform.lint.schema_walk import body_nodes
from infra.power_platform.lint.view import ConnectorView, Operation


@dataclass(frozen=True, slots=True)
class Input:
    """`keys`: every way in which a drop-down may name it: `clinicId`, `body/clinicId`.

    `required`: no call goes without it. `required_in_parent`: none that gives the object which holds it.
    """

    keys: tuple[str, ...]
    place: str
    schema: Mapping[str, Any]
    required: bool
    required_in_parent: bool
    internal: bool
    in_body: bool

    @property
    def summary_field(self) -> str:
        """Properties of a body may write `title` instead."""
        titled = self.in_body and "x-ms-summary" not in self.schema and "title" in self.schema
        return "title" if titled else "x-ms-summary"

    @property
    def summary(self) -> str:
        return text(self.schema.get(self.summary_field))

    @property
    def summary_place(self) -> str:
        return at(self.place, self.summary_field)

    @property
    def description(self) -> str:
        return text(self.schema.get("description"))

    @property
    def name(self) -> str:
        return self.keys[0]


def inputs_of(view: ConnectorView, operation: Operation) -> list[Input]:
    """Parameters outside the body, then the body's properties at every depth."""
    return view.once(("inputs", operation.place), lambda: list(_find_inputs(view, operation)))


def _find_inputs(view: ConnectorView, operation: Operation) -> Iterator[Input]:
    for parameter in operation.parameters:
        if parameter.location != "body":
            required = parameter.required
            yield Input(
                (parameter.name,), parameter.place, parameter.raw, required, required, parameter.internal, False
            )
    body = operation.body
    for node in body_nodes(view, operation):
        if node.is_property and body is not None:
            path = "/".join(node.path)
            keys = (path, f"{body.name}/{path}", node.path[-1])
            required = node.required_throughout and body.required
            yield Input(keys, node.place, node.schema, required, node.required, node.internal, True)


def all_inputs(view: ConnectorView) -> Iterator[Input]:
    for operation in view.operations:
        yield from inputs_of(view, operation)
