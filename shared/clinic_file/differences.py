"""What would change if one clinic file took the place of another: fields as they act, with the defaults of those that
are left out. So a file that was only written otherwise differs in nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from shared.clinic_file import read_clinic_file
from shared.clinic_file.models import ClinicFile
from shared.clinic_file.problems import path

NOTHING = "-"  # the field is not there
HIDDEN = "(not shown)"
_MAY_HOLD_SECRETS = ("source", "options")  # of people who wrote one there all the same

type _Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, such as `steps[1].hour`, as it is and as it would be; `about`: what the field's whole is for."""

    field: str
    before: str
    after: str
    about: str


def differences(before: str, after: str) -> Sequence[Difference]:
    """Between two valid files, in the order of their fields. Raises InvalidInput where one is no clinic file."""
    was, becomes = (read_clinic_file(text, "").model_dump(mode="json") for text in (before, after))
    return [_difference(*found) for found in _changed((), was, becomes)]


def _changed(place: _Place, before: object, after: object) -> Iterator[tuple[_Place, object, object]]:
    """Groups field by field; lists of groups one by one; all else as a whole."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from _changed((*place, name), before.get(name, NOTHING), after.get(name, NOTHING))
    elif _of_groups(before) and _of_groups(after):
        for number in range(max(len(before), len(after))):
            yield from _changed((*place, number), _at(before, number), _at(after, number))
    else:
        yield place, before, after


def _of_groups(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _at(values: Sequence[object], number: int) -> object:
    return values[number] if number < len(values) else NOTHING


def _difference(place: _Place, before: object, after: object) -> Difference:
    about = ClinicFile.model_fields[str(place[0])].description or ""
    if place[: len(_MAY_HOLD_SECRETS)] == _MAY_HOLD_SECRETS:
        return Difference(path(*place), HIDDEN, HIDDEN, about)
    return Difference(path(*place), _written(before), _written(after), about)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
