"""The structure against Microsoft's own schema of `*.pa.yaml` v3 (microsoft/PowerApps-Tooling, schemas/pa-yaml/v3.0).

It lies beside the project, not in it. It says nothing about formulas, properties or versions of controls.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from infra.power_platform.app.finding import Finding
from infra.power_platform.app.source import App

_PROJECT = Path(__file__).resolve().parents[4]
_SCHEMA = "shared/schemas/pa.schema.yaml"

_UNBALANCED = "^([a-zA-Z][a-zA-Z0-9]{1,7})_)?"
_BALANCED = "^(([a-zA-Z][a-zA-Z0-9]{1,7})_)?"
"""The published pattern of a code component's name lacks a bracket; no engine can compile it."""


def schema_file() -> Path | None:
    """Where the schema is: beside the project, or beside the folder that it lies in."""
    beside = (_PROJECT.parent / _SCHEMA, _PROJECT.parents[1] / _SCHEMA)
    return next((path for path in beside if path.exists()), None)


def microsoft_schema(app: App, path: Path) -> Iterator[Finding]:
    import jsonschema

    text = path.read_text(encoding="utf-8").replace(_UNBALANCED, _BALANCED)
    schema: Any = yaml.safe_load(text)
    validator = jsonschema.Draft7Validator(schema)
    for place, document in app.documents.items():
        for error in validator.iter_errors(document):
            where = "/".join(str(step) for step in error.absolute_path)
            yield Finding(f"{place}: {where}", "microsoft-schema", error.message[:200])
