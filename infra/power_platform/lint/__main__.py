"""`python3 -m infra.power_platform.lint FOLDER… [--publisher independent] [--warnings-as-errors]`.

Every variant of every folder goes through the rules, the OpenAPI specification and Microsoft's schemas; where the
folder holds the last release (`released/`, the definition of each variant), it is compared with that too. Exit code:
0 if nothing is wrong, 1 for errors, 2 if a folder cannot be read.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.power_platform.lint.connector_files import (
    ConnectorFiles,
    ConnectorUnreadable,
    Publisher,
    definition_file,
    read_connector,
    read_definition,
    variants_in,
)
from infra.power_platform.lint.finding import Finding, Severity
from infra.power_platform.lint.lint import lint_connector
from infra.power_platform.lint.published_schemas import SchemasAbsent, published_schemas_folder, validate_by_schemas
from infra.power_platform.lint.release import compare_with_release
from infra.power_platform.lint.specification import validate_by_specification

RELEASED = "released"


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    total: list[Finding] = []
    for folder in given.folders:
        try:
            found = findings_of(folder, given.publisher, given.schemas)
        except ConnectorUnreadable as error:
            print(f"{folder}: {error}", file=sys.stderr)
            return 2
        _print(folder, found)
        total += found
    failed = [finding for finding in total if given.warnings_as_errors or finding.severity is Severity.ERROR]
    return 1 if failed else 0


def findings_of(folder: Path, publisher: Publisher, schemas_folder: Path) -> list[Finding]:
    """Everything that is wrong in a connector's folder, each thing once. Raises ConnectorUnreadable."""
    found: list[Finding] = []
    for variant in variants_in(folder):
        connector = read_connector(folder, variant=variant, publisher=publisher)
        found += lint_connector(connector)
        found += validate_by_specification(connector)
        found += _by_schemas(connector, schemas_folder)
        found += _since_release(folder, connector)
    return sorted(set(found))


def _by_schemas(connector: ConnectorFiles, folder: Path) -> list[Finding]:
    try:
        return validate_by_schemas(connector, folder)
    except SchemasAbsent as error:
        _say_once(connector, f"NOT CHECKED by Microsoft's schemas: {error}")
        return []


def _since_release(folder: Path, connector: ConnectorFiles) -> list[Finding]:
    golden = definition_file(folder / RELEASED, connector.variant)
    if not golden.is_file():
        _say_once(connector, f"NOT COMPARED with a release: there is no {golden}")
        return []
    return compare_with_release(read_definition(golden), connector.definition)


def _say_once(connector: ConnectorFiles, what: str) -> None:
    """Of a folder's variants, the default one speaks."""
    if not connector.variant:
        print(what, file=sys.stderr)


def _print(folder: Path, found: Sequence[Finding]) -> None:
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    for finding in found:
        print(finding)
    print(f"{folder}: {errors} errors, {len(found) - errors} warnings")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m infra.power_platform.lint", description="Lint custom connectors.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a connector's folder")
    parser.add_argument("--publisher", type=Publisher, choices=list(Publisher), default=Publisher.VERIFIED)
    parser.add_argument("--warnings-as-errors", action="store_true", help="exit 1 for warnings too")
    schemas = published_schemas_folder()
    parser.add_argument("--schemas", type=Path, default=schemas, help=f"Microsoft's JSON schemas (default {schemas})")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
