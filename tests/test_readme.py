"""The README says what is true: its settings, its links, its commands, its routes."""

import json
import re
from dataclasses import fields
from pathlib import Path

from functions.interface.table import OPERATIONS, OTHER_ROUTES
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


def test_every_operation_for_callers_stands_in_the_readme() -> None:
    part = README.partition("## HTTP")[2].partition("\n## ")[0]
    missing = [
        operation.id
        for operation in OPERATIONS.values()
        if not operation.trigger and operation.path.split("/")[0].split("{")[0] not in part
    ]
    assert missing == []
