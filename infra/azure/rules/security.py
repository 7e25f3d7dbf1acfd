"""Doors that must be shut: keys, passwords, old TLS, plain HTTP, what the platform would do in front of our guard."""

from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile, Resource, at, resources
from infra.azure.finding import Finding
from infra.azure.source import Files, bicep_files

# Type -> property below `properties` -> what it must be, written as it stands.
MUST_BE: Mapping[str, Mapping[str, object]] = {
    "Microsoft.Storage/storageAccounts": {
        "allowSharedKeyAccess": False,
        "allowBlobPublicAccess": False,
        "allowCrossTenantReplication": False,
        "supportsHttpsTrafficOnly": True,
        "minimumTlsVersion": "TLS1_2",
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {"publicAccess": "None"},
    "Microsoft.KeyVault/vaults": {"enableRbacAuthorization": True, "enablePurgeProtection": True},
    "Microsoft.Insights/components": {"DisableLocalAuth": True},
    "Microsoft.OperationalInsights/workspaces": {"features.disableLocalAuth": True},
    "Microsoft.Web/sites": {
        "httpsOnly": True,
        "siteConfig.minTlsVersion": "1.2",
        "siteConfig.scmMinTlsVersion": "1.2",
    },
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": {"allow": False},
}
FORBIDDEN_WORDS = {
    "listKeys": "account keys are read",
    "listAccountSas": "a shared access signature is made",
    "AccountKey=": "a connection string with a key stands here",
    "getSecret(": "a secret passes through the deployment",
    "@secure()": "a secret would be given to the deployment: operators put it into the vault",
    "authsettings": "platform authentication would keep callbacks, patients and API keys from the app's own guard",
}


def security(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    for kind, wanted in MUST_BE.items():
        made = list(resources(parsed, kind))
        if not made:
            yield Finding("infra/azure", "missing", f"there is no {kind}")
        for one in made:
            yield from _as_it_must(one, wanted)
    policies = resources(parsed, "Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    for name in sorted({"ftp", "scm"} - {one.body.get("name") for one in policies}):
        yield Finding("infra/azure", "security", f"passwords for publishing by {name} are not switched off")
    for path, text in bicep_files(files).items():
        yield from (
            Finding(path, "security", f"{word}: {why}") for word, why in FORBIDDEN_WORDS.items() if word in text
        )


def _as_it_must(one: Resource, wanted: Mapping[str, object]) -> Iterator[Finding]:
    for name, value in wanted.items():
        found = at(one.body, "properties", *name.split("."))
        if type(found) is not type(value) or found != value:
            yield Finding(one.place, "security", f"{one.symbol}: {name} is {found}, must be {value}")
