"""What Flex Consumption wants, and what it no longer takes."""

import re
from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile, Resource, at, resources
from infra.azure.finding import Finding
from infra.azure.rules.settings import app_settings
from infra.azure.source import PYTHON_VERSION, REQUIREMENTS, Files

# learn.microsoft.com, functions-app-settings ("Flex Consumption plan deprecations") and consumption-to-flex.
DEPRECATED = re.compile(
    r"FUNCTIONS_(EXTENSION_VERSION|WORKER_RUNTIME(_VERSION)?|WORKER_PROCESS_COUNT|MAX_HTTP_CONCURRENCY)"
    r"|FUNCTION_APP_EDIT_MODE|ENABLE_ORYX_BUILD|SCM_DO_BUILD_DURING_DEPLOYMENT"
    r"|WEBSITE_(RUN_FROM_PACKAGE|CONTENT\w+|VNET_ROUTE_ALL|TIME_ZONE|MAX_DYNAMIC_APPLICATION_SCALE_OUT"
    r"|NODE_DEFAULT_VERSION|USE_PLACEHOLDER\w*|SKIP_CONTENTSHARE_VALIDATION|DNS_SERVER)|TZ"
)
OLD_SITE_PROPERTIES = {
    "linuxFxVersion", "alwaysOn", "pythonVersion", "functionAppScaleLimit", "vnetRouteAllEnabled", "appSettings",
    "minimumElasticInstanceCount", "preWarmedInstanceCount", "use32BitWorkerProcess",
}  # fmt: skip


def flex(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    for plan in resources(parsed, "Microsoft.Web/serverfarms"):
        if at(plan.body, "sku", "name") != "FC1":
            yield Finding(plan.place, "flex", "the plan is not FC1")
    for app in resources(parsed, "Microsoft.Web/sites"):
        yield from _app(app, files)
    for place, name in app_settings(parsed):
        if DEPRECATED.fullmatch(name):
            yield Finding(place, "flex", f"{name} is deprecated on Flex Consumption, or breaks there")
        if name == "AzureWebJobsStorage":
            yield Finding(place, "flex", "AzureWebJobsStorage would win over the identity's settings")
    yield from _telemetry(parsed, files)


def _app(app: Resource, files: Files) -> Iterator[Finding]:
    config = at(app.body, "properties", "functionAppConfig")
    concurrency = at(config, "scaleAndConcurrency", "triggers", "http", "perInstanceConcurrency")
    if concurrency in (None, 1):
        yield Finding(app.place, "concurrency", "perInstanceConcurrency is not set: every call gets its own instance")
    if not at(config, "scaleAndConcurrency", "alwaysReady"):
        yield Finding(app.place, "flex", "no instance is always ready for callbacks")
    python = files[PYTHON_VERSION].strip()
    runtime = (at(config, "runtime", "name"), at(config, "runtime", "version"))
    if runtime != ("python", python):
        yield Finding(
            app.place, "runtime", f"runtime {runtime}, but {PYTHON_VERSION} says {files[PYTHON_VERSION].strip()}"
        )
    if at(config, "deployment", "storage", "authentication", "type") != "UserAssignedIdentity":
        yield Finding(app.place, "flex", "the package is not fetched by the identity")
    if not at(app.body, "properties", "keyVaultReferenceIdentity"):
        yield Finding(app.place, "flex", "keyVaultReferenceIdentity is missing: references would not be resolved")
    for name in sorted(OLD_SITE_PROPERTIES & set(at(app.body, "properties", "siteConfig") or ())):
        yield Finding(app.place, "flex", f"siteConfig.{name} is not for Flex Consumption")


def _telemetry(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    """The engine sets OpenTelemetry up itself if it is told to, and then needs the library."""
    library = re.search(r"^azure-monitor-opentelemetry==", files[REQUIREMENTS], re.MULTILINE)
    told = [place for place, name in app_settings(parsed) if name == "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"]
    if bool(library) != bool(told):
        text = "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY and azure-monitor-opentelemetry need each other"
        yield Finding("infra/azure", "telemetry", text)
