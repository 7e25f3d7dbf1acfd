"""The README says what is true: its settings, its links, its commands, its routes."""

import json
import re
from dataclasses import fields
from pathlib import Path

from functions.interface.table import OPERATIONS, OTHER_ROUTES
from infra.ops.registry import COMMANDS
from shared.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTING_ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.+?) \| (.*?) \|$", re.MULTILINE)
ROUTE = re.compile(r"`(?:GET|POST|GET/POST) (/api/[^`?\[]+)")


def settings() -> dict[str, tuple[str, str]]:
    """Name -> meaning and default as the README should have them."""
    found = {}
    for field in fields(Settings):
        default = field.metadata["default"]
        shown = "**must be set**" if default is None else f"`{default}`" if default else ""
        found[field.metadata["name"]] = (field.metadata["meaning"], shown)
    return found


def test_the_readme_lists_every_setting_and_no_other() -> None:
    listed = {name: (meaning, default.strip()) for name, meaning, default in SETTING_ROW.findall(README)}
    assert listed == settings()


def test_the_example_of_local_settings_has_every_setting_and_no_other() -> None:
    example = json.loads((ROOT / "local.settings.json.example").read_text(encoding="utf-8"))["Values"]
    of_the_host = {"AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME", "AZURE_FUNCTIONS_ENVIRONMENT"}
    assert set(example) - of_the_host == set(settings()) - of_the_host


def test_every_link_of_the_readme_leads_somewhere() -> None:
    places = [place for place in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in place]
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_every_room_that_the_readme_names_is_there() -> None:
    named = re.findall(r"^\| `((?:shared|functions|infra|tests|docs)/[^`<]*)", README, re.MULTILINE)
    assert named
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_every_route_of_the_readme_is_one_of_the_app() -> None:
    named = {route.removeprefix("/api/").rstrip("/") for route in ROUTE.findall(README)}
    known = {operation.route for operation in OPERATIONS.values()} | {
        route.removesuffix("/{account?}") for route in OTHER_ROUTES
    }
    assert named - known == set()


def documented(row: str) -> set[str]:
    """The operations' paths that one row of the table names: whole, or from `…/` on."""
    cell = row.split(" | ", maxsplit=1)[0]
    named = [text.partition("?")[0].split(" ")[-1] for text in re.findall(r"`([^`]+)`", cell)]
    whole = {text.removeprefix("/api/{channel}/v1/") for text in named if text.startswith("/api/{channel}/v1/")}
    families = {path.split("/")[0] for path in whole}
    ends = [text.removeprefix("…/") for text in named if text.startswith("…/")]
    paths = {operation.path for operation in OPERATIONS.values()}
    return whole | {
        path
        for path in paths
        for end in ends
        if path == end or (path.endswith(f"/{end}") and path.split("/")[0] in families)
    }


def test_every_operation_for_callers_stands_in_the_readme() -> None:
    part = README.partition("## HTTP")[2].partition("\n## ")[0]
    told = set().union(*(documented(row) for row in part.splitlines() if row.startswith("| `")))
    callers = [operation for operation in OPERATIONS.values() if not operation.trigger]
    assert [operation.id for operation in callers if operation.path not in told] == []


def test_every_command_of_an_operator_stands_in_the_readme() -> None:
    said = " ".join(README.split())
    assert [
        name for name in (one.name for one in COMMANDS) if f"`{name}" not in said and f"ops {name}" not in said
    ] == []


def test_what_the_readme_leaves_out_is_seen() -> None:
    assert documented("| `POST /api/{channel}/v1/worklist/{id}/resolve` | … |") == {"worklist/{id}/resolve"}
    assert documented("| `POST /api/{channel}/v1/prescriptions`, `…/{id}/revoke` | … |") == {
        "prescriptions", "prescriptions/{id}/revoke",
    }  # fmt: skip
