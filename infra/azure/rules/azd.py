"""azure.yaml and what passes between azd's environment, the parameters, the outputs and those who read them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from infra.azure.bicep import BicepFile, Resource
from infra.azure.finding import Finding
from infra.azure.source import AZD, DEPLOY_PAGE, MAIN, PARAMETERS, SECRETS, Files, bicep_files

# What azd fills by itself; every other parameter is an environment value of its own name.
OF_AZD = {
    "environmentName": "AZURE_ENV_NAME",
    "location": "AZURE_LOCATION",
    "operatorPrincipalId": "AZURE_PRINCIPAL_ID",
    "operatorPrincipalType": "AZURE_PRINCIPAL_TYPE",
}
CHOSEN = {"operatorPrincipalType", "patientRedundancy", "weChatCallbackMode"}  # one of a few words
_FILLED = re.compile(r"\$\{(\w+)(?:=([^}]*))?\}")
_READ = re.compile(r"azd env get-value (\w+)|`(PATIENT_MESSAGING_\w+)`")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Infra(_Strict):
    provider: Literal["bicep"]
    path: str
    module: str


class Service(_Strict):
    """The app. Azure installs requirements.txt: wheels of this machine may not run there."""

    project: Literal["."]
    language: Literal["py", "python"]
    host: Literal["function"]
    remoteBuild: Literal[True]  # noqa: N815 - azd's name


class Azd(_Strict):
    """Source: schemas/v1.0/azure.yaml.json of github.com/Azure/azure-dev."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*[a-z0-9]$")]
    infra: Infra
    services: Mapping[str, Service]


def azd(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    main = parsed[MAIN]
    yield from _project(parsed, files)
    yield from _parameters(main, json.loads(files[PARAMETERS])["parameters"])
    yield from _bounds(main)
    read = {one for path in (SECRETS, DEPLOY_PAGE) for names in _READ.findall(files[path]) for one in names if one}
    for name in sorted((read | set(_kept(files))) - main.outputs.keys()):
        yield Finding(MAIN, "azd", f"{name} is read of azd's environment, and no output puts it there")
    groups = [one for one in main.resources if one.type.endswith("/resourceGroups")]
    if not any(_tagged(one, main) for one in groups):
        yield Finding(MAIN, "azd", "azd finds the resource group by its tag azd-env-name")


def _project(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    try:
        given = Azd.model_validate(yaml.safe_load(files[AZD]))
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            yield Finding(AZD, "azd", f"{'.'.join(map(str, one['loc']))}: {one['msg']}")
        return
    main = f"{given.infra.path}/{given.infra.module}.bicep"
    if main not in parsed:
        yield Finding(AZD, "azd", f"there is no {main}")
    for service in given.services:
        if f"'azd-service-name': '{service}'" not in "".join(bicep_files(files).values()):
            yield Finding(AZD, "azd", f"no resource is tagged as the service {service}")


def _parameters(main: BicepFile, given: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    for name in sorted(set(given) ^ set(main.parameters)):
        yield Finding(PARAMETERS, "azd", f"{name} stands in only one of {PARAMETERS} and {MAIN}")
    for name in sorted(set(given) & set(main.parameters)):
        filled = _FILLED.fullmatch(given[name]["value"])
        default = main.parameters[name].get("default")
        shown = str(default).lower() if isinstance(default, bool) else "" if default is None else str(default)
        if filled is None or (filled[2] or "") != shown:
            yield Finding(PARAMETERS, "azd", f"{name} is {given[name]['value']}, its default {shown!r}")
        elif (OF_AZD.get(name) or filled[1].replace("_", "").casefold()) not in (filled[1], name.casefold()):
            yield Finding(PARAMETERS, "azd", f"{name} is filled by {filled[1]}")


def _bounds(main: BicepFile) -> Iterator[Finding]:
    """A figure that cannot be is refused before anything is made."""
    for name, one in main.parameters.items():
        kinds = {decorator["type"] for decorator in one["decorators"]}
        if one["type"] == "int" and not kinds & {"min_value", "allowed"}:
            yield Finding(MAIN, "azd", f"{name} has no least value")
        if name in CHOSEN and "allowed" not in kinds:
            yield Finding(MAIN, "azd", f"{name}: the words that it may be are not named")


def _kept(files: Files) -> Iterator[str]:
    """Outputs that are parameters of the next deployment, or that an operator's commands need."""
    filled = [_FILLED.fullmatch(one["value"]) for one in json.loads(files[PARAMETERS])["parameters"].values()]
    page = files[DEPLOY_PAGE]
    yield from (
        one[1] for one in filled if one and one[1] not in OF_AZD.values() and not re.search(rf"`{one[1]}`", page)
    )
    if "PATIENT_STORAGE_…_ENDPOINT" in page:
        yield from ("PATIENT_STORAGE_TABLE_ENDPOINT", "PATIENT_STORAGE_BLOB_ENDPOINT")


def _tagged(group: Resource, main: BicepFile) -> bool:
    tags = main.value(group.body.get("tags"))
    return isinstance(tags, Mapping) and tags.get("'azd-env-name'") == "environmentName"
