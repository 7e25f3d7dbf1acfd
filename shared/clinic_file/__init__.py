"""A clinic's JSON file: what a person writes, checked, made into a `Clinic` (docs/clinic-file.md explains each field).

Not imported where callbacks start: pydantic is slow to import.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from pydantic import ValidationError

from shared.clinic_file.models import ClinicFile
from shared.clinic_file.problems import Problem, in_words
from shared.clinic_file.rules import broken_rules
from shared.domain.clinic import AddressKind, Clinic
from shared.errors import FieldProblem, InvalidInput

_MOST_SHOWN = 20


def parse_clinic(
    text: str, file_name: str, channels: Mapping[str, AddressKind], sources: Collection[str] | None = None
) -> Clinic:
    """The clinic that `text` describes. `channels` and `sources` are those that exist here (no `sources`: not checked).

    Raises InvalidInput: its message and details name file and field ("uk.json: steps[1].hour: write a time such as
    10:00"), all problems at once.
    """
    file = read_clinic_file(text, file_name)
    problems = list(broken_rules(file, channels, sources))
    if problems:
        _refuse(file_name, problems)
    return file.clinic(channels)


def read_clinic_file(text: str, file_name: str) -> ClinicFile:
    """Its fields, of which some may still contradict each other. Raises InvalidInput as `parse_clinic` does."""
    try:
        return ClinicFile.model_validate(_read_json(text, file_name))
    except ValidationError as error:
        _refuse(file_name, [in_words(line, ClinicFile) for line in error.errors(include_url=False)])


def dump_schema() -> str:
    """JSON Schema of a clinic file, for editors that check and complete while one writes."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **ClinicFile.model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _read_json(text: str, file_name: str) -> object:
    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        where = Problem(f"line {error.lineno}, column {error.colno}", f"this is not JSON ({error.msg})")
    except _RepeatedKeyError as error:
        where = Problem(error.key, "this field stands here twice; keep one")
    except RecursionError:
        where = Problem("", "this is nested too deeply")
    return _refuse(file_name, [where])


class _RepeatedKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__("repeated key")
        self.key = key


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RepeatedKeyError(key)
        found[key] = value
    return found


def _refuse(file_name: str, problems: list[Problem]) -> NoReturn:
    details = [
        FieldProblem(f"{file_name}: {p.field}" if p.field else file_name, p.message) for p in problems[:_MOST_SHOWN]
    ]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    raise InvalidInput(f"{details[0].field}: {details[0].message}{more}", details)
