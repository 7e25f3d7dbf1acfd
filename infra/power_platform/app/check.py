"""`python3 -m infra.power_platform.app.check`: everything that can be said of the canvas app without a Studio."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from infra.power_platform.app.connector import CONNECTORS, NAMES, Connector, read_connectors
from infra.power_platform.app.finding import Finding, Severity
from infra.power_platform.app.reading import read
from infra.power_platform.app.rules.accessibility import accessibility
from infra.power_platform.app.rules.contrast import contrast
from infra.power_platform.app.rules.layout import layout
from infra.power_platform.app.rules.microsoft_schema import microsoft_schema, schema_file
from infra.power_platform.app.rules.sending import sending
from infra.power_platform.app.rules.structure import structure
from infra.power_platform.app.rules.usage import usage
from infra.power_platform.app.rules.wishes import wishes
from infra.power_platform.app.rules.words import words
from infra.power_platform.app.rules.yaml_traps import yaml_traps
from infra.power_platform.app.source import SOURCE, SourceError, read_files


def findings(
    files: Mapping[str, str], connectors: Mapping[str, Connector], schema: Path | None = None
) -> list[Finding]:
    """Everything that is wrong with the app, by place. `schema`: Microsoft's, where it is at hand."""
    return sorted(set(_found(files, connectors, schema)))


def _found(files: Mapping[str, str], connectors: Mapping[str, Connector], schema: Path | None) -> Iterator[Finding]:
    yield from yaml_traps(files)
    try:
        reading = read(files, connectors)
    except SourceError:  # said by the traps
        return
    if schema:
        yield from microsoft_schema(reading.app, schema)
    yield from structure(reading.app)
    yield from reading.formulas.unreadable
    yield from reading.judgement.findings
    for rule in (usage, layout, words, accessibility, contrast, sending, wishes):
        yield from rule(reading)


def main(beside: Callable[[], Path | None] = schema_file) -> int:
    """1 if there is an error, or if no connector is there to hold the app against."""
    connectors = read_connectors()
    if missing := [name for name in NAMES if name not in connectors]:
        print(f"no swagger of {', '.join(missing)} in {CONNECTORS}: make the connectors first", file=sys.stderr)
        return 1
    schema = beside()
    if schema is None:
        print("NOT CHECKED: Microsoft's schema of *.pa.yaml is not beside the project (../shared/schemas)")
    found = findings(read_files(SOURCE), connectors, schema)
    for finding in found:
        print(finding)
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    print(f"canvas app: {len(read_files(SOURCE))} files, {errors} errors, {len(found) - errors} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
