"""The lint for custom connectors: what Microsoft's certification and the two clients (Power Automate, Power Apps) ask.

Nothing official works offline (`paconn validate` sends the definition to Microsoft), so the published rule catalogue is
written down here: `rules/` holds one file per subject, `vocabulary/` the lists that change with the world. Where a rule
stands in the catalogue, it bears Microsoft's own name (certification-swagger-validator-rules.md); the others are asked
for in prose (certification-submission.md, connector-string-guidance.md, coding-standards.md).

`python3 -m infra.power_platform.lint FOLDER…` prints what is found in connectors' folders.
"""

from infra.power_platform.lint.connector_files import (
    ConnectorFiles,
    ConnectorUnreadable,
    Publisher,
    read_connector,
    read_definition,
    variants_in,
)
from infra.power_platform.lint.finding import Finding, Severity
from infra.power_platform.lint.lint import lint_connector
from infra.power_platform.lint.published_schemas import SchemasAbsent, published_schemas_folder, validate_by_schemas
from infra.power_platform.lint.release import compare_with_release
from infra.power_platform.lint.specification import validate_by_specification

__all__ = [
    "ConnectorFiles",
    "ConnectorUnreadable",
    "Finding",
    "Publisher",
    "SchemasAbsent",
    "Severity",
    "compare_with_release",
    "lint_connector",
    "published_schemas_folder",
    "read_connector",
    "read_definition",
    "validate_by_schemas",
    "validate_by_specification",
    "variants_in",
]
