"""What checkov found, held against what is known: a rule that it cannot judge, a file that it cannot read.

What is known and no longer so is a finding as well, so that no reason outlives its cause.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.azure.finding import Finding

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Known:
    """Reasons, by rule and by file."""

    rules: Mapping[str, str]
    files: Mapping[str, str]


def known() -> Known:
    return Known(**json.loads((HERE / "known.json").read_text(encoding="utf-8")))


def findings(report: Mapping[str, Any], known: Known, root: Path) -> list[Finding]:
    """`report`: checkov's JSON for one framework."""
    return sorted({*_broken(report, known), *_unread(report, known, root)})


def _broken(report: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    results = report["results"]
    broken = {one["check_id"] for one in results["failed_checks"]}
    for one in results["failed_checks"]:
        if one["check_id"] not in known.rules:
            place = str(one["repo_file_path"]).lstrip("/")
            yield Finding(place, "checkov", f"{one['check_id']} {one['check_name']} ({one['resource']})")
    for rule in known.rules.keys() - broken:
        yield Finding("infra/azure/checkov/known.json", "checkov", f"{rule} does not fail any more: take it out")
    if not results["passed_checks"]:
        yield Finding("infra/azure", "checkov", "it judged nothing")


def _unread(report: Mapping[str, Any], known: Known, root: Path) -> Iterator[Finding]:
    unread = {
        Path(path).resolve().relative_to(root.resolve()).as_posix() for path in report["results"]["parsing_errors"]
    }
    for place in unread - known.files.keys():
        yield Finding(place, "checkov", "it could not be read")
    for place in known.files.keys() - unread:
        yield Finding("infra/azure/checkov/known.json", "checkov", f"{place} can be read now: take it out")
