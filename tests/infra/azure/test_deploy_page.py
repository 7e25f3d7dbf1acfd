"""docs/azure/deploy.md lists what there is: every parameter with its default, every alert, the vault's secrets."""

import json
import re
from pathlib import Path

from infra.azure.bicep import read_bicep
from infra.azure.monitoring.charts import charts
from infra.azure.rules.settings import SECRETS
from infra.azure.source import CODE, PARAMETERS, read_files

ROOT = Path(__file__).parents[3]
FILES = read_files(ROOT)
PAGE = (ROOT / "docs" / "azure" / "deploy.md").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "docs" / "operations" / "runbook.md").read_text(encoding="utf-8")
ASKED_BY_AZD = {"AZURE_ENV_NAME", "AZURE_LOCATION", "WORKSPACE_RULES_ID"}  # or kept by it


def part(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_page_lists_every_parameter_with_its_default() -> None:
    filled = [one["value"] for one in json.loads(FILES[PARAMETERS])["parameters"].values()]
    wanted = {
        found[1]: found[2] or "" for value in filled if (found := re.fullmatch(r"\$\{(\w+)(?:=([^}]*))?\}", value))
    }
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \|(?: `([^`]*)`)? \|", part("Parameters"), re.MULTILINE))
    assert listed == {name: default for name, default in wanted.items() if name not in ASKED_BY_AZD}


def test_the_page_lists_every_alert() -> None:
    alerts = read_bicep(FILES)["infra/azure/modules/alerts.bicep"].variables["alerts"]
    assert re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", part("Alerts"), re.MULTILINE) == [
        (alert["name"], alert["text"]) for alert in alerts
    ]


def test_the_runbook_says_of_every_alert_what_it_means_where_to_look_and_what_to_do() -> None:
    alerts = read_bicep(FILES)["infra/azure/modules/alerts.bicep"].variables["alerts"]
    sections = dict(re.findall(r"^### (.+)\n((?:(?!##).*\n)*)", RUNBOOK, re.MULTILINE))
    of_alert = {name: text for heading, text in sections.items() for name in heading.split(", ")}
    without = [
        (alert["name"], word)
        for alert in alerts
        for word in ("**Means.**", "**Look.**", "Do.**|| Do |")
        if not any(one in of_alert.get(alert["name"], "") for one in word.split("||"))
    ]
    assert without == []


def test_the_runbook_names_charts_that_there_are_and_lines_that_the_app_logs() -> None:
    named = re.findall(r"[Ww]orkbook, \*([^*]+)\*", RUNBOOK)
    titles = [chart.title for chart in charts()]
    assert len(named) >= 5
    assert [name for name in named if not any(title.startswith(name) for title in titles)] == []
    code = "\n".join(text for path, text in FILES.items() if path.startswith(CODE))
    lines = re.findall(r'startswith "(\w+)', RUNBOOK) + re.findall(r"`(\w+_\w+)` in the log", RUNBOOK)
    assert [line for line in lines if f'"{line} ' not in code] == []


def test_the_script_puts_every_secret_into_the_vault() -> None:
    script = (ROOT / "infra" / "azure" / "secrets.sh").read_text(encoding="utf-8")
    assert [name for name in sorted(SECRETS) if not re.search(rf"\b{name.replace('_', '-')}\b", script)] == []
