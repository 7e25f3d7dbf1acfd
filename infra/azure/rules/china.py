"""In mainland China nothing leads to the public cloud, and no call goes to a provider that cannot be reached."""

import re
from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile
from infra.azure.expression import written
from infra.azure.finding import Finding
from infra.azure.source import MAIN, Files, bicep_files

# Domains of the public cloud that have others in China (learn.microsoft.com/azure/china/resources-developer-guide).
PUBLIC = re.compile(
    r"login\.microsoftonline\.com|(?:core|database)\.windows\.net|vault(?:core)?\.azure\.net|logic\.azure\.com"
    r"|powerplatform\.com|azurewebsites\.net|applicationinsights\.azure\.com"
)
PAIRS = {
    "entraAuthority": "china ? https://login.partner.microsoftonline.cn : https://login.microsoftonline.com",
    "vaultZone": "china ? privatelink.vaultcore.azure.cn : privatelink.vaultcore.azure.net",
    "whatsApp": "whatsApp && !china",
    "subscriberHosts": "empty(subscriberHosts) ? powerPlatform : subscriberHosts",
}
HOSTS = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:,[a-z0-9-]+(?:\.[a-z0-9-]+)+)*")


def china(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    main = parsed[MAIN]
    if written(main.variables.get("china")) != "environment().name == AzureChinaCloud":
        yield Finding(MAIN, "china", "the cloud in China is not recognised")
    for path, text in bicep_files(files).items():
        out = (line.strip() for line in text.splitlines() if PUBLIC.search(line) and "china ?" not in line)
        yield from (Finding(path, "china", f"{line}: leads out of China") for line in out)
    yield from _chosen(main)


def _chosen(main: BicepFile) -> Iterator[Finding]:
    given = {name: value for module in main.modules for name, value in module.params.items()}
    for name, wanted in PAIRS.items():
        if written(given.get(name)) != wanted:
            yield Finding(MAIN, "china", f"{name} is {written(given.get(name))}, must be {wanted}")
    otherwise = written(main.variables.get("powerPlatform")).rpartition(" : ")[2]
    for hosts in (main.variables.get("powerPlatformInChina"), otherwise):
        if not HOSTS.fullmatch(str(hosts)):
            yield Finding(MAIN, "china", f"{hosts}: not domains, comma between")
