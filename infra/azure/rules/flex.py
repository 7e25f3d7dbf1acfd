"""What Flex Consumption wants, and what it no longer takes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.azure.bicep import BicepFile, Resource, at, resources
from infra.azure.expression import written
from infra.azure.finding import Finding
from infra.azure.rules.settings import app_settings
from infra.azure.source import CODE, MAIN, PYTHON_VERSION, REQUIREMENTS, Files

# learn.microsoft.com, functions-app-settings ("Flex Consumption plan deprecations") and consumption-to-flex.
DEPRECATED = re.compile(
    r"FUNCTIONS_(EXTENSION_VERSION|WORKER_RUNTIME(_VERSION)?|WORKER_PROCESS_COUNT|MAX_HTTP_CONCURRENCY)"
    r"|FUNCTION_APP_EDIT_MODE|ENABLE_ORYX_BUILD|SCM_DO_BUILD_DURING_DEPLOYMENT"
    r"|WEBSITE_(RUN_FROM_PACKAGE|CONTENT\w+|VNET_ROUTE_ALL|TIME_ZONE|MAX_DYNAMIC_APPLICATION_SCALE_OUT"
    r"|NODE_DEFAULT_VERSION|USE_PLACEHOLDER\w*|SKIP_CONTENTSHARE_VALIDATION|DNS_SERVER)|TZ"
)
# All else is refused (error 51021) or not known to be taken: ftpsState, linuxFxVersion, alwaysOn, netFrameworkVersion,
# use32BitWorkerProcess and others (github.com/Azure/terraform-azurerm-avm-res-web-site, pull 345 and issue 360).
TAKEN = {"http20Enabled", "minTlsVersion", "scmMinTlsVersion"}
MEMORY = (512, 2048, 4096)  # MB; learn.microsoft.com, flex-consumption-plan
INSTANCES = (40, 1000)
CALLS = (2, 1000)


def flex(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    for plan in resources(parsed, "Microsoft.Web/serverfarms"):
        if at(plan.body, "sku", "name") != "FC1":
            yield Finding(plan.place, "flex", "the plan is not FC1")
    for app in resources(parsed, "Microsoft.Web/sites"):
        yield from _app(app, parsed[app.place], files)
    yield from _limits(parsed[MAIN])
    for place, name in app_settings(parsed):
        if DEPRECATED.fullmatch(name):
            yield Finding(place, "flex", f"{name} is deprecated on Flex Consumption, or breaks there")
        if name == "AzureWebJobsStorage":
            yield Finding(place, "flex", "AzureWebJobsStorage would win over the identity's settings")
    yield from _telemetry(parsed, files)


def _app(app: Resource, file: BicepFile, files: Files) -> Iterator[Finding]:
    config = at(app.body, "properties", "functionAppConfig")
    yield from _scale(app, file, at(config, "scaleAndConcurrency"), files)
    python = files[PYTHON_VERSION].strip()
    runtime = (at(config, "runtime", "name"), at(config, "runtime", "version"))
    if runtime != ("python", python):
        yield Finding(app.place, "runtime", f"runtime {runtime}, but {PYTHON_VERSION} says {python}")
    if at(config, "deployment", "storage", "authentication", "type") != "UserAssignedIdentity":
        yield Finding(app.place, "flex", "the package is not fetched by the identity")
    if list(at(app.body, "identity", "userAssignedIdentities") or ()) != ["'${identityId}'"]:
        yield Finding(app.place, "flex", "the app has not the identity that its settings name")
    for name in sorted(set(at(app.body, "properties", "siteConfig") or ()) - TAKEN):
        yield Finding(app.place, "flex", f"siteConfig.{name} is not for Flex Consumption")
    if at(app.body, "properties", "clientCertEnabled"):
        yield Finding(app.place, "flex", "providers and patients have no certificate to show")


def _scale(app: Resource, file: BicepFile, scale: Any, files: Files) -> Iterator[Finding]:
    if at(scale, "triggers", "http", "perInstanceConcurrency") != "httpConcurrency":
        yield Finding(app.place, "concurrency", "perInstanceConcurrency is not set: every call gets its own instance")
    if at(scale, "instanceMemoryMB") != "instanceMemoryMB" or at(scale, "maximumInstanceCount") != "maximumInstances":
        yield Finding(app.place, "flex", "memory and number of instances are not those that are asked for")
    if written(at(scale, "alwaysReady")) != "filter(ready, one => one.instanceCount > 0)":
        yield Finding(app.place, "flex", "no instance is always ready for callbacks")
    code = "\n".join(text for path, text in files.items() if path.startswith(CODE))
    for one in file.variables.get("ready", ()):
        group, _, function = str(one.get("name")).partition(":")
        if group != "http" and (group != "function" or f"async def {function}(" not in code):
            yield Finding(app.place, "flex", f"{one.get('name')} is neither http nor a function of the app")


def _limits(main: BicepFile) -> Iterator[Finding]:
    """What may be asked for is what there is."""
    given = {
        name: {one["type"]: one["argument"] for one in parameter["decorators"]}
        for name, parameter in main.parameters.items()
    }
    if sorted(given.get("instanceMemoryMB", {}).get("allowed", ())) != list(MEMORY):
        yield Finding(MAIN, "flex", f"instanceMemoryMB: there are {MEMORY}")
    for name, (least, most) in (("maximumInstances", INSTANCES), ("httpConcurrency", CALLS)):
        bounds = given.get(name, {})
        if not least <= bounds.get("min_value", 0) <= bounds.get("max_value", 0) <= most:
            yield Finding(MAIN, "flex", f"{name} is not held between {least} and {most}")


def _telemetry(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    """The engine sets OpenTelemetry up itself if it is told to, and then needs the library."""
    library = re.search(r"^azure-monitor-opentelemetry==", files[REQUIREMENTS], re.MULTILINE)
    told = [place for place, name in app_settings(parsed) if name == "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"]
    if bool(library) != bool(told):
        text = "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY and azure-monitor-opentelemetry need each other"
        yield Finding("infra/azure", "telemetry", text)
