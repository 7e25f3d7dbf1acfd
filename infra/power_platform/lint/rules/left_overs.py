"""Empty objects that an editor or a generator left behind."""

from collections.abc import Iterator

from infra.power_platform.lint.json_places import DEFINITION, walk_json
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.schema_walk import SAMPLES
from infra.power_platform.lint.view import METHODS, ConnectorView

# Where emptiness means something, or where a rule of its own tells it.
_MAY_BE_EMPTY = frozenset({"scopes", *METHODS})


def nothing_empty(view: ConnectorView) -> Iterator[Fault]:
    for key, place, node in walk_json(view.definition, DEFINITION, skip=SAMPLES):
        if node == {} and key not in _MAY_BE_EMPTY and not _has_its_own_rule(key, place):
            yield Fault(place, "Nothing stands here: remove it.")


def _has_its_own_rule(key: str, place: str) -> bool:
    _, *steps = place.split("/")
    is_path = len(steps) == 2 and steps[0] == "paths"
    of_an_answer = steps[:1] == ["paths"] and (key == "responses" or (key == "schema" and "responses" in steps))
    of_a_call = key == "parameters" and any(step.startswith("x-ms-dynamic-") for step in steps)
    return is_path or of_an_answer or of_a_call


RULES = (error("EmptyLeftOver", nothing_empty),)
