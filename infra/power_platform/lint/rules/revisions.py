"""Operations that were replaced: said to be deprecated, and numbered within their family (deprecate-operation.md)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from infra.power_platform.lint.json_places import at, mapping, text
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView, Operation

DEPRECATED = "(deprecated)"
_ACTIVE_OF_A_FAMILY = 2


def deprecated_texts(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        for field in ("summary", "description"):
            if operation.raw.get("deprecated") is True and not is_marked(operation, field):
                yield Fault(at(operation.place, field), f"Append {DEPRECATED} to the {field} of {operation.label}.")


def is_marked(operation: Operation, field: str) -> bool:
    """Whether the text ends with "(deprecated)"."""
    return text(operation.raw.get(field)).rstrip(".!? ").endswith(DEPRECATED)


def annotation(operation: Operation) -> Mapping[str, object]:
    return mapping(operation.raw.get("x-ms-api-annotation"))


def _families(view: ConnectorView) -> Mapping[str, list[Operation]]:
    families: dict[str, list[Operation]] = defaultdict(list)
    for operation in view.operations:
        if family := text(annotation(operation).get("family")):
            families[family].append(operation)
    return families


def unique_revisions(view: ConnectorView) -> Iterator[Fault]:
    for family, operations in _families(view).items():
        seen: set[object] = set()
        for operation in operations:
            revision = annotation(operation).get("revision", 1)
            if isinstance(revision, int) and revision in seen:
                yield Fault(at(operation.place, "x-ms-api-annotation"), f"{family} has revision {revision} twice.")
            seen.add(revision if isinstance(revision, int) else None)


def id_ends_with_revision(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        revision = annotation(operation).get("revision")
        if isinstance(revision, int) and revision > 1 and not operation.id.endswith(f"_V{revision}"):
            yield Fault(at(operation.place, "operationId"), f"{operation.label} must end with _V{revision}.")


def few_active(view: ConnectorView) -> Iterator[Fault]:
    for family, operations in _families(view).items():
        active = [one for one in operations if one.raw.get("deprecated") is not True]
        if len(active) > _ACTIVE_OF_A_FAMILY:
            said = f"{family} has {len(active)} operations in use; deprecate all but the last {_ACTIVE_OF_A_FAMILY}."
            yield Fault(at(active[-1].place, "x-ms-api-annotation"), said)


RULES = (
    error("DeprecatedOperationNotMarked", deprecated_texts),
    error("OperationFamilyHasDuplicateRevisions", unique_revisions),
    error("OperationIdShouldEndWithRevision", id_ends_with_revision),
    error("OperationFamilyHasManyActiveOperations", few_active),
)
