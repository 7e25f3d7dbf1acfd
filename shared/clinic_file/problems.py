"""What pydantic finds, in words for the person who wrote the file. Never repeats a value: it could be a secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_WORDS = {
    "missing": "this field is missing",
    "string_type": 'write text in double quotes, such as "text"',
    "int_type": "write a whole number without quotes, such as 7",
    "bool_type": "write true or false, without quotes",
    "dict_type": 'write a group of names and values in braces, such as {{"en": "text"}}',
    "model_type": "write a group of fields in braces {{ }}",
    "list_type": "write a list in square brackets [ ]",
    "greater_than_equal": "write a number of {ge} or more",
    "less_than_equal": "write a number of {le} or less",
    "too_short": "write at least {min_length} of these",
    "too_long": "write at most {max_length} of these",
    "enum": "write one of: {expected}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. `field` is a path such as `steps[1].hour`; empty for the whole file."""

    field: str
    message: str


def in_words(error: ErrorDetails, model: type[BaseModel]) -> Problem:
    """A problem of a file of the shape `model`."""
    place = error["loc"]
    if error["type"] == "extra_forbidden":
        return Problem(path(*place), _unknown(str(place[-1]), _fields_at(place[:-1], model)))
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] == "value_error":
        return Problem(path(*place), str(context["error"]))
    words = _WORDS.get(error["type"], "this cannot be read here")
    return Problem(path(*place), words.format_map(context))


def path(*place: str | int) -> str:
    """`("steps", 1, "hour")` -> `steps[1].hour`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")


def _unknown(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return "there is no such field" + (f"; did you mean {close[0]}?" if close else f" (there are: {', '.join(known)})")


def _fields_at(place: tuple[str | int, ...], model: type[BaseModel]) -> list[str]:
    for part in place:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            inner = (*get_args(annotation), annotation)
            model = next(kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel))
    return sorted(model.model_fields)
