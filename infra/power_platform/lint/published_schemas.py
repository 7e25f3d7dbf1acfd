"""The files against Microsoft's own JSON schemas, which lie beside the project where somebody put them.

They are the `schemas` folder of microsoft/PowerPlatformConnectors (MIT) and are not part of this project. The one for
definitions is draft 4 with comments, the one for properties draft 7 with comments.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.power_platform.lint.connector_files import ConnectorFiles
from infra.power_platform.lint.finding import Finding, Severity
from infra.power_platform.lint.json_places import DEFINITION, at

ROOT = Path(__file__).resolve().parents[3]
RULE = "PublishedSchema"
DEFINITION_SCHEMA = "apiDefinition.swagger.schema.json"
PROPERTIES_SCHEMA = "paconn-apiProperties.schema.json"
_LONGEST_MESSAGE = 300
# A string, kept as it is, or a comment, left out; what comes first wins, so `//` within a string is no comment.
_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


class SchemasAbsent(Exception):
    """Microsoft's schemas are not there, so nothing was compared with them."""


def published_schemas_folder() -> Path:
    """Where the schemas are looked for: `../shared/schemas`, seen from the project's root."""
    return ROOT.parent / "shared" / "schemas"


def validate_by_schemas(connector: ConnectorFiles, schemas_folder: Path) -> list[Finding]:
    """Every place where a file does not fit Microsoft's schema for it. All are errors. Raises SchemasAbsent."""
    from jsonschema import Draft4Validator, Draft7Validator
    from referencing import Registry

    definition_schema = _read(schemas_folder / DEFINITION_SCHEMA)
    properties_schema = _read(schemas_folder / PROPERTIES_SCHEMA)
    offline: Registry[Any] = Registry()  # an empty one fetches nothing
    by_definition = Draft4Validator(definition_schema, registry=offline)
    by_properties = Draft7Validator(properties_schema, registry=offline)
    found = [
        *_found(by_definition.iter_errors(connector.definition), DEFINITION),
        *_found(by_properties.iter_errors(connector.properties), f"{connector.properties_file}#"),
    ]
    return sorted(set(found))


def _found(errors: Iterator[Any], file: str) -> Iterator[Finding]:
    from jsonschema.exceptions import best_match

    for error in errors:
        closest = best_match([error]) or error  # of several alternatives, the one that nearly fits
        place = at(file, *closest.absolute_path)
        yield Finding(Severity.ERROR, RULE, place, closest.message[:_LONGEST_MESSAGE])


@cache
def _read(path: Path) -> Mapping[str, Any]:
    try:
        written = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SchemasAbsent(f"Microsoft's schema {path.name} is not in {path.parent}") from error
    return dict(json.loads(without_comments(written)))


def without_comments(written: str) -> str:
    """JSON out of JSON with comments."""
    return _STRING_OR_COMMENT.sub(lambda match: match[1] or "", written)
