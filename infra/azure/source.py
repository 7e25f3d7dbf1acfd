"""The files that say how the app is deployed, as text, so that a test can plant a mistake in any of them."""

from collections.abc import Mapping
from pathlib import Path

BICEP = "infra/azure/"
MAIN = BICEP + "main.bicep"
PARAMETERS = BICEP + "main.parameters.json"
AZD = "azure.yaml"
HOST_JSON = "host.json"
EXAMPLE = "local.settings.json.example"
README = "README.md"
PYTHON_VERSION = ".python-version"
REQUIREMENTS = "requirements.txt"
SECRETS = BICEP + "secrets.sh"
DEPLOY_PAGE = "docs/azure/deploy.md"
CODE = ("shared", "functions")

Files = Mapping[str, str]


def read_files(root: Path) -> Files:
    """Path below the root -> text: the deployment, what it must agree with, and the code that alerts listen to."""
    named = (AZD, PARAMETERS, HOST_JSON, EXAMPLE, README, PYTHON_VERSION, REQUIREMENTS, SECRETS, DEPLOY_PAGE)
    wanted = [root / name for name in named]
    wanted += sorted((root / BICEP).rglob("*.bicep"))
    wanted += [path for room in CODE for path in sorted((root / room).rglob("*.py"))]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in wanted if path.is_file()}


def bicep_files(files: Files) -> Files:
    return {path: text for path, text in files.items() if path.endswith(".bicep")}
