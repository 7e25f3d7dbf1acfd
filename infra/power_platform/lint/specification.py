"""The definition against OpenAPI 2.0 itself, by openapi-spec-validator: shapes that our own rules take for granted."""

from infra.power_platform.lint.connector_files import ConnectorFiles
from infra.power_platform.lint.finding import Finding, Severity
from infra.power_platform.lint.json_places import DEFINITION, at, walk_json

RULE = "OpenApiSpecification"
_LONGEST_MESSAGE = 300


def validate_by_specification(connector: ConnectorFiles) -> list[Finding]:
    """Every place where the definition is not OpenAPI 2.0. All are errors."""
    outside = [
        Finding(Severity.ERROR, RULE, place, "Not checked any further: this refers to another file.")
        for key, place, node in walk_json(connector.definition, DEFINITION)
        if key == "$ref" and isinstance(node, str) and not node.startswith("#")
    ]
    return outside or _validated(connector)  # the validator would fetch what is outside; nothing here is online


def _validated(connector: ConnectorFiles) -> list[Finding]:
    from jsonschema_path.paths import SchemaPath
    from openapi_spec_validator import OpenAPIV2SpecValidator
    from referencing.exceptions import Unresolvable

    found = []
    try:
        for error in OpenAPIV2SpecValidator(SchemaPath.from_dict(dict(connector.definition))).iter_errors():
            place = at(DEFINITION, *error.absolute_path)
            found.append(Finding(Severity.ERROR, RULE, place, error.message[:_LONGEST_MESSAGE]))
    except Unresolvable as error:
        said = f"Not checked any further: {error}"
        found.append(Finding(Severity.ERROR, RULE, DEFINITION, said[:_LONGEST_MESSAGE]))
    return sorted(set(found))
