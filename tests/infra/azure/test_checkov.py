"""checkov's findings held against what is known of it, and the job where it cannot be installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.azure.checkov import __main__ as job
from infra.azure.checkov.judge import Known, findings, known
from infra.local.commands import check
from infra.local.setup_step import SetupError
from infra.local.tools import ROOT

KNOWN = Known({"CKV_AZURE_35": "it cannot see a parameter"}, {"infra/azure/modules/app.bicep": "an older parser"})
PLACE = "/infra/azure/modules/storage.bicep"


def failed(rule: str) -> Mapping[str, str]:
    return {"check_id": rule, "check_name": "Ensure it", "resource": "account", "repo_file_path": PLACE}


def report(
    *rules: str, unread: Sequence[str] = ("infra/azure/modules/app.bicep",), passed: int = 9
) -> Mapping[str, Any]:
    return {
        "results": {
            "passed_checks": [{}] * passed,
            "failed_checks": [failed(rule) for rule in rules],
            "parsing_errors": [str(ROOT / place) for place in unread],
        }
    }


def said(found: Mapping[str, Any]) -> list[str]:
    return [str(finding) for finding in findings(found, KNOWN, ROOT)]


def test_what_is_known_is_no_finding() -> None:
    assert said(report("CKV_AZURE_35")) == []


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (report("CKV_AZURE_35", "CKV_AZURE_3"), "CKV_AZURE_3 Ensure it (account)"),
        (report(), "CKV_AZURE_35 does not fail any more: take it out"),
        (report("CKV_AZURE_35", unread=()), "infra/azure/modules/app.bicep can be read now: take it out"),
        (
            report("CKV_AZURE_35", unread=("infra/azure/modules/app.bicep", "infra/azure/main.bicep")),
            "it could not be read",
        ),
        (report("CKV_AZURE_35", passed=0), "it judged nothing"),
    ],
)
def test_anything_else_is(found: Mapping[str, Any], text: str) -> None:
    [finding] = said(found)
    assert text in finding


def test_the_page_lists_every_rule_that_cannot_see_and_every_file_that_it_cannot_read() -> None:
    page = (ROOT / "docs" / "azure" / "deploy.md").read_text(encoding="utf-8")
    part = page.partition("\n## What the check reads\n")[2].partition("\n## ")[0]
    listed = dict(re.findall(r"^\| `([\w./]+)` \| (.+) \|$", part, re.MULTILINE))
    assert listed == {**known().rules, **known().files}


def test_every_part_of_it_is_pinned() -> None:
    lines = job.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    loose = [line for line in lines if line and not line.startswith("#") and not re.fullmatch(r"[\w.-]+==[\w.]+", line)]
    assert loose == []


def test_where_it_cannot_be_installed_it_is_skipped_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(command: Sequence[str], failure: str) -> None:
        raise SetupError(f"{failure}: no registry")

    monkeypatch.setattr(job, "run", refuse)
    assert job.main(tmp_path / "checkov") == check.SKIPPED
    assert "checkov was NOT run: no environment could be made for it: no registry" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [], "the next one begins anew"


@pytest.mark.parametrize("printed", ["", "[]", '{"passed": 0}'])
def test_a_report_that_says_nothing_is_no_success(tmp_path: Path, printed: str) -> None:
    program = tmp_path / "checkov"
    program.write_text(f"#!{sys.executable}\nprint('''{printed}''')\n")
    program.chmod(0o755)
    with pytest.raises(job.NoReportError):
        job.report_of(program)


def test_it_is_no_part_of_the_default_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run: list[str] = []

    def passing(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        run.append(" ".join(command[1:3]))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(check.subprocess, "run", passing)
    assert check.main([]) == 0
    assert (len(run), "-m infra.azure.checkov" in run) == (len(check.CHECKS), False)
    run.clear()
    assert check.main(["--optional", "checkov"]) == 0
    assert run == ["-m infra.azure.checkov"]
    assert capsys.readouterr().out.endswith("1 of 1 checks passed\n")
    run.clear()
    assert check.main(["deployment", "--optional", "checkov"]) == 0
    assert run == ["-m infra.azure.check", "-m infra.azure.checkov"]


def test_what_nobody_looked_at_is_said_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def skipping(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, check.SKIPPED, "checkov was NOT run: no registry", "")

    monkeypatch.setattr(check.subprocess, "run", skipping)
    assert check.main(["--optional", "checkov"]) == 0
    said = capsys.readouterr().out
    assert "checkov              SKIPPED" in said
    assert "checkov was NOT run: no registry" in said
    assert said.endswith("0 of 1 checks passed; NOBODY LOOKED AT: checkov\n")


def test_an_optional_check_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check.main(["--optional", "everything"])
    assert ended.value.code == 2
    assert "checkov" in capsys.readouterr().err


def test_the_known_are_read_as_they_stand() -> None:
    assert json.loads((job.HERE / "known.json").read_text(encoding="utf-8")).keys() == {"rules", "files"}
