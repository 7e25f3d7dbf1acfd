"""`python3 -m infra.azure.check`: everything that can be said of the deployment without Azure.

Nothing here compiles Bicep: `az bicep build` and what-if stand on docs/azure/acceptance-checklist.md.
"""

import sys
from collections.abc import Callable, Iterable, Mapping

from infra.azure.bicep import BicepFile, BicepUnreadable, read_bicep
from infra.azure.finding import Finding
from infra.azure.host_json import host_json
from infra.azure.rules.alerts import alerts
from infra.azure.rules.azd import azd
from infra.azure.rules.china import china
from infra.azure.rules.complete import complete
from infra.azure.rules.declared import declared
from infra.azure.rules.diagnostics import diagnostics
from infra.azure.rules.flex import flex
from infra.azure.rules.names import names
from infra.azure.rules.network import network
from infra.azure.rules.passed import passed
from infra.azure.rules.properties import properties
from infra.azure.rules.roles import roles
from infra.azure.rules.security import security
from infra.azure.rules.settings import places, settings
from infra.azure.rules.urls import urls
from infra.azure.rules.values import values
from infra.azure.rules.wiring import wiring
from infra.azure.source import Files, bicep_files, read_files
from infra.local.tools import ROOT

Rule = Callable[[Mapping[str, BicepFile], Files], Iterable[Finding]]
RULES: tuple[Rule, ...] = (
    properties, complete, declared, security, roles, network, flex, settings, values, places, names, diagnostics, urls,
    alerts, wiring, passed, azd, china, host_json,
)  # fmt: skip


def findings(files: Files) -> list[Finding]:
    """Everything that is wrong, each thing once, by place."""
    try:
        parsed = read_bicep(files)
    except BicepUnreadable as error:
        place, _, text = str(error).partition(": ")
        return [Finding(place, "bicep", text)]
    return sorted({finding for rule in RULES for finding in rule(parsed, files)})


def main() -> int:
    files = read_files(ROOT)
    found = findings(files)
    for finding in found:
        print(finding)
    print(f"{len(bicep_files(files))} Bicep files, {len(RULES)} groups of rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
