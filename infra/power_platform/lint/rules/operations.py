"""Operations: an id, a visibility, something in them, and not too many."""

import re
from collections.abc import Iterator

from infra.power_platform.lint.json_places import DEFINITION, at
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import limit

_SANITIZED = re.compile(r"[A-Za-z0-9]+(_V\d+)?")  # _V2: a later revision of the same operation (deprecate-operation.md)
_VISIBILITIES = ("important", "advanced", "internal")


def has_id(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.raw and not operation.id:
            yield Fault(operation.place, f"{operation.label} has no operationId.")


def unique_id(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        first = view.by_id.get(operation.id)
        if first is not None and first is not operation:
            yield Fault(at(operation.place, "operationId"), f"{operation.id} is also the id of {first.path}.")


def alphanumeric_id(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.id and _SANITIZED.fullmatch(operation.id) is None:
            yield Fault(at(operation.place, "operationId"), f"{operation.id!r} must have letters and digits only.")


def visibility(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.raw and operation.raw.get("x-ms-visibility") not in _VISIBILITIES:
            said = f"State x-ms-visibility of {operation.label}: {', '.join(_VISIBILITIES)}."
            yield Fault(at(operation.place, "x-ms-visibility"), said)


def something_in_it(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if not operation.raw:
            yield Fault(operation.place, "This operation is empty: remove it.")


def few(view: ConnectorView) -> Iterator[Fault]:
    if len(view.operations) > limit("operations"):
        said = f"There are {len(view.operations)} operations; at most {limit('operations')} are allowed."
        yield Fault(at(DEFINITION, "paths"), said)


RULES = (
    error("OperationIdRequired", has_id),
    error("OperationIdNotUnique", unique_id),
    error("OperationIdSanitized", alphanumeric_id),
    error("OperationVisibilityNotStated", visibility),
    error("EmptyOperation", something_in_it),
    error("TotalOperationsCountExceedsMaxAllowed", few),
)
