"""What a request says, as the values that an operation takes; what is wrong in it, in words for its caller.

pydantic is imported with the first request that has something to read: providers' callbacks have not.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.errors import FieldProblem, InvalidInput

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

_WORDS = {
    "missing": "This field is needed.",
    "missing_argument": "This field is needed.",
    "unexpected_keyword_argument": "There is no such field here.",
    "string_type": "Give text.",
    "string_too_long": "Give at most {max_length} characters.",
    "string_too_short": "Give at least {min_length} characters.",
    "int_type": "Give a whole number.",
    "int_parsing": "Give a whole number.",
    "int_from_float": "Give a whole number.",
    "float_type": "Give a number.",
    "float_parsing": "Give a number.",
    "bool_type": "Give true or false.",
    "bool_parsing": "Give true or false.",
    "list_type": "Give a list.",
    "too_long": "Give at most {max_length} of these.",
    "greater_than_equal": "Give a number of {ge} or more.",
    "less_than_equal": "Give a number of {le} or less.",
    "enum": "Give one of: {expected}.",
}


_ADAPTERS: "dict[Any, TypeAdapter[Any]]" = {}


def read_query[Q](model: type[Q], params: Mapping[str, str]) -> Q:
    """Parameters that are empty count as left out: that is how forms send them. Raises InvalidInput."""
    return _read(model, {name: text for name, text in params.items() if text}, strict=False)


def read_body[B](model: type[B], body: Mapping[str, Any]) -> B:
    """Fields that are null or empty text count as left out: that is how forms and flows send them. Raises
    InvalidInput."""
    return _read(model, {name: value for name, value in body.items() if value not in (None, "")}, strict=True)


def _read[T](model: type[T], fields: Mapping[str, Any], *, strict: bool) -> T:
    from pydantic import ValidationError

    adapter: TypeAdapter[T] = _adapter(model)
    try:
        return adapter.validate_json(json.dumps(fields), strict=strict)
    except ValidationError as error:
        problems = tuple(_problem(found) for found in error.errors(include_url=False, include_input=False))
    raise InvalidInput(_summary(problems), problems)


def _adapter(model: Any) -> "TypeAdapter[Any]":
    """Made once for each shape: that takes milliseconds."""
    from pydantic import TypeAdapter

    if model not in _ADAPTERS:
        _ADAPTERS[model] = TypeAdapter(model)
    return _ADAPTERS[model]


def _problem(found: "ErrorDetails") -> FieldProblem:
    context: Mapping[str, Any] = found.get("ctx", {})
    place = ".".join(map(str, found["loc"]))[:80]
    if found["type"] == "value_error":
        return FieldProblem(place, str(context["error"]))
    return FieldProblem(place, _WORDS.get(found["type"], "This cannot be read here.").format_map(context))


def _summary(problems: tuple[FieldProblem, ...]) -> str:
    """One sentence for those who show only that."""
    first = problems[0]
    more = f" ({len(problems) - 1} more to correct)" if len(problems) > 1 else ""
    return f"`{first.field}`: {first.message}{more}" if first.field else first.message
