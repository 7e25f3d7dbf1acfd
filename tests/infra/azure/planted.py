"""A mistake planted in one of the deployment's files, and what one rule of the check says of it."""

from pathlib import Path

from infra.azure.bicep import read_bicep
from infra.azure.check import Rule
from infra.azure.source import read_files

FILES = read_files(Path(__file__).parents[3])
MAIN, AZD, PARAMETERS = "infra/azure/main.bicep", "azure.yaml", "infra/azure/main.parameters.json"
ALERTS, APP, BUDGET, ENDPOINTS, MONITORING, NETWORK, ROLES, STORAGE, VAULT, WORKSPACE = (
    f"infra/azure/modules/{name}.bicep"
    for name in (
        "alerts", "app", "budget", "endpoints", "monitoring", "network", "roles", "storage", "vault", "workspace",
    )
)  # fmt: skip


def found(rule: Rule, path: str, right: str, wrong: str) -> str:
    """The findings, a line each."""
    assert right in FILES[path], f"the mistake cannot be planted: {path} has no {right!r}"
    files = {**FILES, path: FILES[path].replace(right, wrong, 1)}
    return "\n".join(map(str, rule(read_bicep(files), files)))
