"""The pages for makers name everything that is in the solutions, and nothing else."""

import re
from pathlib import Path

import pytest

from infra.local.tools import ROOT
from infra.power_platform.solutions.source import Source
from infra.power_platform.solutions.view import View

PAGES = ROOT / "docs" / "power-platform"


@pytest.fixture(scope="module")
def page() -> str:
    return (PAGES / "install.md").read_text(encoding="utf-8")


def table(page: str, heading: str) -> list[list[str]]:
    """Rows of the table whose first heading this is; code marks left out."""
    lines = page[page.index(f"| {heading} |") :].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


def test_every_environment_variable_is_explained(page: str, source: Source) -> None:
    assert sorted(row[0] for row in table(page, "Environment variable")) == sorted(
        one.schema_name for one in View(source).variables
    )


def test_every_connection_is_explained(page: str, source: Source) -> None:
    assert [row[0] for row in table(page, "Connection reference")] != []
    assert {row[0] for row in table(page, "Connection reference")} == {
        one.logical_name for one in View(source).references
    }


def test_every_flow_is_explained(page: str, source: Source) -> None:
    assert {row[0] for row in table(page, "Flow")} == {record.name for record in View(source).records}


def test_every_list_is_explained_column_by_column(page: str, source: Source) -> None:
    assert {one["list"] for one in source.lists} == {"Sent messages", "Asked questions"}
    for one in source.lists:
        columns = [[column["name"], column["type"], column["holds"]] for column in one["columns"]]
        assert table(page, f"Column of {one['list']}") == columns


def test_the_checklist_is_one_page_and_says_of_each_part_that_it_is_not_verified() -> None:
    checklist = (PAGES / "acceptance-checklist.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", checklist, re.MULTILINE)
    assert [heading for heading in headings if not heading.endswith("— not verified here")] == []
    assert len(checklist.splitlines()) <= 60


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_links_between_the_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
