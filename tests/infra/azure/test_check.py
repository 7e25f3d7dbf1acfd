"""The deployment is clean, and each rule of its check bites when its mistake is planted."""

from pathlib import Path

import pytest

from infra.azure.bicep import BicepUnreadable, read_bicep
from infra.azure.check import findings
from infra.azure.models import fields_of, model_of
from infra.azure.source import Files, read_files

ROOT = Path(__file__).parents[3]
FILES = read_files(ROOT)
MAIN = "infra/azure/main.bicep"
MODULES = "infra/azure/modules/"
APP, STORAGE, VAULT = MODULES + "app.bicep", MODULES + "storage.bicep", MODULES + "vault.bicep"
ROLES, MONITORING, ALERTS = MODULES + "roles.bicep", MODULES + "monitoring.bicep", MODULES + "alerts.bicep"
NETWORK, ENDPOINTS = MODULES + "network.bicep", MODULES + "endpoints.bicep"
PARAMETERS = "infra/azure/main.parameters.json"


def with_mistake(path: str, right: str, wrong: str) -> Files:
    assert right in FILES[path], f"the mistake cannot be planted: {path} has no {right!r}"
    return {**FILES, path: FILES[path].replace(right, wrong, 1)}


def test_the_deployment_is_clean() -> None:
    assert findings(FILES) == []


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (STORAGE, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "allowSharedKeyAccess is True"),
        (STORAGE, "    allowSharedKeyAccess: false\n", "", "allowSharedKeyAccess is None"),
        (STORAGE, "TLS1_2", "TLS1_0", "minimumTlsVersion is TLS1_0"),
        (STORAGE, "allowBlobPublicAccess: false", "allowBlobPublicAccess: true", "allowBlobPublicAccess is True"),
        (STORAGE, "publicAccess: 'None'", "publicAccess: 'Blob'", "publicAccess is Blob"),
        (VAULT, "enablePurgeProtection: true", "enablePurgeProtection: false", "enablePurgeProtection is False"),
        (VAULT, "enableRbacAuthorization: true", "enableRbacAuthorization: false", "enableRbacAuthorization is False"),
        (MONITORING, "    DisableLocalAuth: true\n", "", "DisableLocalAuth is None"),
        (APP, "httpsOnly: true", "httpsOnly: false", "httpsOnly is False"),
        (APP, "minTlsVersion: '1.2'", "minTlsVersion: '1.1'", "siteConfig.minTlsVersion is 1.1"),
        (
            APP,
            "  name: 'scm'\n  properties: { allow: false }",
            "  name: 'scm'\n  properties: { allow: true }",
            "allow is True",
        ),
        (APP, "  name: 'scm'", "  name: 'ftp'", "passwords for publishing by scm are not switched off"),
        (APP, "name: 'appsettings'", "name: 'authsettingsV2'", "platform authentication"),
        (
            APP,
            "identityClientId\n    PATIENT",
            "hostStorage.listKeys().keys[0].value\n    PATIENT",
            "account keys are read",
        ),
        (VAULT, "param location string", "@secure()\nparam location string", "operators put it into the vault"),
    ],
)
def test_a_door_left_open_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in texts(with_mistake(path, right, wrong))


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (
            ROLES,
            "roleDefinitions', queueDataContributor",
            "roleDefinitions', blobDataOwner",
            "has not the role 974c5e8b",
        ),
        (
            ROLES,
            "roleDefinitions', vaultSecretsUser",
            "roleDefinitions', vaultSecretsOfficer",
            "needs no role vaultSecretsOfficer",
        ),
        (ROLES, "b7e6dc6d-f1e8", "b7e6dc6d-0000", "has not the role b7e6dc6d-f1e8"),
        (ROLES, "  scope: component\n", "  scope: vault\n", "has not the role 3913510d"),
        (ROLES, "= if (!empty(operatorPrincipalId)) {", "= {", "fails where no operator is named"),
    ],
)
def test_a_role_too_much_or_too_little_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in texts(with_mistake(path, right, wrong))


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (APP, "name: 'FC1'", "name: 'Y1'", "the plan is not FC1"),
        (APP, "          http: { perInstanceConcurrency: httpConcurrency }\n", "", "perInstanceConcurrency is not set"),
        (
            APP,
            "perInstanceConcurrency: httpConcurrency",
            "perInstanceConcurrency: 1",
            "perInstanceConcurrency is not set",
        ),
        (APP, "version: '3.13'", "version: '3.12'", ".python-version says 3.13"),
        (".python-version", "3.13", "3.14", ".python-version says 3.14"),
        (APP, "    keyVaultReferenceIdentity: identityId\n", "", "keyVaultReferenceIdentity is missing"),
        (
            APP,
            "type: 'UserAssignedIdentity'",
            "type: 'SystemAssignedIdentity'",
            "the package is not fetched by the identity",
        ),
        (
            APP,
            "http20Enabled: true",
            "http20Enabled: true\n      linuxFxVersion: 'PYTHON|3.13'",
            "siteConfig.linuxFxVersion",
        ),
        (
            APP,
            "http20Enabled: true",
            "http20Enabled: true\n      ftpsState: 'Disabled'",
            "siteConfig.ftpsState is not for Flex Consumption",
        ),
        (
            APP,
            "    MOCK_MODE:",
            "    FUNCTIONS_WORKER_RUNTIME: 'python'\n    MOCK_MODE:",
            "FUNCTIONS_WORKER_RUNTIME is deprecated",
        ),
        (APP, "    MOCK_MODE:", "    WEBSITE_TIME_ZONE: 'UTC'\n    MOCK_MODE:", "WEBSITE_TIME_ZONE is deprecated"),
        (APP, "    MOCK_MODE:", "    AzureWebJobsStorage: ''\n    MOCK_MODE:", "would win over the identity"),
        ("requirements.txt", "httpx==", "azure-monitor-opentelemetry==1.0\nhttpx==", "need each other"),
        (
            APP,
            "    MOCK_MODE:",
            "    PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'\n    MOCK_MODE:",
            "need each other",
        ),
    ],
)
def test_what_flex_consumption_would_not_take_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in texts(with_mistake(path, right, wrong))


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (APP, "    TALLY_SCHEDULE: '20 * * * * *'\n", "", "the deployment: TALLY_SCHEDULE is missing"),
        (APP, "    MOCK_MODE:", "    MOCK_MOD:", "the deployment: MOCK_MOD: nothing reads it"),
        (APP, "    MOCK_MODE:", "    LOCAL_API_KEY: 'local'\n    MOCK_MODE:", "refused outside the development host"),
        (APP, "    MOCK_MODE:", "    PATIENT_STORAGE_CONNECTION: ''\n    MOCK_MODE:", "no shared keys"),
        (
            APP,
            "RELEASE_SCHEDULE: '*/5 * * * * *'",
            "RELEASE_SCHEDULE: '0 * * * * *'",
            "RELEASE_SCHEDULE is '0 * * * * *'",
        ),
        (APP, "INDEX_KEY: '${secrets}/INDEX-KEY)'", "INDEX_KEY: entraTenantId", "INDEX_KEY is not a reference"),
        (APP, "'${secrets}/WECHAT-TOKEN)' : ''", "weChatAppId : ''", "WECHAT_TOKEN is not a reference"),
        (
            "local.settings.json.example",
            '    "PUBLIC_URL": "",\n',
            "",
            "local.settings.json.example: PUBLIC_URL is missing",
        ),
        ("local.settings.json.example", '"PUBLIC_URL"', '"PUBLIC_ADDRESS"', "PUBLIC_ADDRESS: nothing reads it"),
        ("README.md", "| `PUBLIC_URL` |", "| `PUBLIC_ADDRESS` |", "README.md: PUBLIC_URL is missing"),
        (MAIN, "'send-items', ", "", "hostStorage: send-items of queues is not made"),
        (MAIN, "      'outbox'\n", "", "patientStorage: outbox of tables is not made"),
        (MAIN, "['callbacks']", "['callbacks', 'extracts']", "extracts of containers is made, and nothing uses it"),
    ],
)
def test_settings_and_places_that_do_not_agree_are_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in texts(with_mistake(path, right, wrong))


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (NETWORK, "          natGateway: { id: gateway.id }\n", "", "leaves by no fixed address"),
        (NETWORK, "'Microsoft.App/environments'", "'Microsoft.Web/serverFarms'", "is not delegated to Microsoft.App"),
        (
            ENDPOINTS,
            "id: patientStorageId, part: 'table'",
            "id: patientStorageId, part: 'queue'",
            "table of patientStorageId",
        ),
        (STORAGE, "open ? 'Enabled' : 'Disabled'", "'Enabled'", "publicNetworkAccess is not Disabled where"),
        (VAULT, "open ? 'Allow' : 'Deny'", "open ? 'Allow' : 'Allow'", "networkAcls.defaultAction is not Deny where"),
    ],
)
def test_a_network_that_leads_astray_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in texts(with_mistake(path, right, wrong))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("'func-${token}'", "'func-patient-messages-${token}'", "app: a name may have 32 characters, this one 35"),
        ("'func-${token}'", "'func-${environmentName}'", "app: a name may have 32 characters"),
        ("'sthost${token}'", "'patienthoststorage${token}'", "hostStorage: a name may have 24 characters, this one 31"),
        ("'kv-${token}'", "'kv-${environmentName}'", "vault: a name may have 24 characters"),
    ],
)
def test_a_name_that_may_become_too_long_is_found(right: str, wrong: str, said: str) -> None:
    assert said in texts(with_mistake(MAIN, right, wrong))


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (MONITORING, "| extend Url = ''\n", "", "AppRequests.Url is stored as it comes"),
        (MONITORING, "| extend Url = ''\n", "| extend Url = Url\n", "AppRequests.Url is stored as it comes"),
        (
            MONITORING,
            "'Microsoft-Table-AppTraces'",
            "'Microsoft-Table-AppEvents'",
            "AppTraces.Message is stored as it comes",
        ),
        (
            MONITORING,
            "| extend Data = ''\n",
            "| extend Data = replace_regex(Data, 'a', '')\n",
            "not documented to know replace_regex",
        ),
        (
            MONITORING,
            "| extend Data = ''\n",
            "| extend Data = ''\n| summarize count()\n",
            "not documented to know summarize",
        ),
        (APP, "category: 'FunctionAppLogs'", "category: 'AppServiceHTTPLogs'", "AppServiceHTTPLogs may hold URLs"),
        (APP, "category: 'FunctionAppLogs'", "categoryGroup: 'allLogs'", "may hold URLs"),
        (VAULT, "  scope: vault\n", "  scope: subscription()\n", "nothing is kept of what vault logs"),
        (ALERTS, "failures_high ", "failures_many ", "failure-share: the app never logs failures_many"),
        (
            ALERTS,
            "code=callback_refused",
            "reason=callback_refused",
            "callbacks-refused: the app never logs http_refused reason",
        ),
        (ALERTS, "state=pressing", "state=urgent_now", "unknown-waiting: the app has no word urgent_now"),
        (ALERTS, '"planning_late "', '"planning_tardy "', "planning-late: the app never logs planning_tardy"),
        (ALERTS, "trigger=release_due", "trigger=release_all", "the app has no word release_all"),
    ],
)
def test_a_log_that_says_too_much_or_an_alert_that_hears_nothing_is_found(
    path: str, right: str, wrong: str, said: str
) -> None:
    assert said in texts(with_mistake(path, right, wrong))


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (MAIN, "    days: logDays\n", "", "the parameter days is not given"),
        (MAIN, "    days: logDays\n", "    dayes: logDays\n", "has no parameter dayes"),
        (MAIN, "vault.outputs.uri", "vault.outputs.address", "there is no vault.outputs.address"),
        (MAIN, "'modules/vault.bicep'", "'modules/safe.bicep'", "there is no infra/azure/modules/safe.bicep"),
        (
            VAULT,
            "param workspaceId string",
            "param workspaceId string\nparam idle string = ''",
            "idle is declared and not used",
        ),
        (
            MAIN,
            "param httpConcurrency int = 16",
            "param httpConcurrency int = 32",
            "httpConcurrency is ${HTTP_CONCURRENCY=16}",
        ),
        (PARAMETERS, '"logDays"', '"dayes"', "dayes stands in only one of"),
        ("azure.yaml", "module: main", "module: start", "there is no infra/azure/start.bicep"),
        ("azure.yaml", "  api:", "  web:", "no resource is tagged as the service web"),
    ],
)
def test_files_that_do_not_fit_together_are_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in texts(with_mistake(path, right, wrong))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"batchSize": 16', '"batchsize": 16', "extensions.queues.batchsize: Extra inputs are not permitted"),
        ('"batchSize": 16', '"batchSize": 64', "extensions.queues.batchSize: Input should be less than or equal to 32"),
        ('"OpenTelemetry"', '"ApplicationInsights"', "telemetryMode"),
        ('"00:01:00"', '"60"', "extensions.queues.visibilityTimeout"),
        ('"routePrefix": "api"', '"routePrefix": ""', "extensions.http.routePrefix"),
        ('"version": "2.0",', '"version": "2.0"', "the file"),
    ],
)
def test_a_host_json_that_the_host_would_not_understand_is_found(right: str, wrong: str, said: str) -> None:
    assert said in texts(with_mistake("host.json", right, wrong))


def test_a_file_that_is_not_bicep_is_found_with_its_place() -> None:
    broken = with_mistake(VAULT, "properties: {", "properties: [")
    with pytest.raises(BicepUnreadable):
        read_bicep(broken)
    assert [finding.place for finding in findings(broken)] == [VAULT]


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (APP, "instanceMemoryMB: i", "instanceMemoryMb: i", "scaleAndConcurrency.instanceMemoryMb: there is no such"),
        (APP, "      deployment: {", "      deploymnt: {", "functionAppConfig.deploymnt: there is no such property"),
        (
            APP,
            "userAssignedIdentityResourceId:",
            "userAssignedIdentityId:",
            "authentication.userAssignedIdentityId: there",
        ),
        (APP, " minTlsVersion: '1.2'", " minTlsVersion: '1.4'", "siteConfig.minTlsVersion: 1.4 is none of 1.0"),
        (
            STORAGE,
            "defaultAction: open",
            "defaultActions: open",
            "networkAcls.defaultActions: there is no such property",
        ),
        (STORAGE, "defaultAction: open ? 'Allow' :", "defaultAction: open ? 'Yes' :", "defaultAction: Yes is none of"),
        (STORAGE, "kind: 'StorageV2'", "kind: 'StorageV3'", "account.kind: StorageV3 is none of"),
        (
            STORAGE,
            "{ category: 'StorageRead'",
            "{ categories: 'StorageRead'",
            "blobLogs.properties.logs[0].categories: there",
        ),
        (STORAGE, "publicAccess: 'None'", "publicAcces: 'None'", "container.properties.publicAcces: there is no such"),
        (
            VAULT,
            "softDeleteRetentionInDays",
            "softDeleteRetentionDays",
            "vault.properties.softDeleteRetentionDays: there",
        ),
        (MONITORING, "DisableLocalAuth", "disableLocalAuthentication", "disableLocalAuthentication: there is no such"),
        (MONITORING, "transformKql: r", "transformKQL: r", "properties.dataFlows[0].transformKQL: there is no such"),
        (ALERTS, "minFailingPeriodsToAlert", "minFailingPeriods", "failingPeriods.minFailingPeriods: there is no such"),
        (ROLES, "    principalType: 'S", "    principalTyp: 'S", "hostBlobs.properties.principalTyp: there is no such"),
        (MODULES + "network.bicep", "serviceName:", "service:", "delegations[0].properties.service: there is no such"),
        (MODULES + "budget.bicep", "thresholdType", "threshold_type", "notifications.spent.threshold_type: there is"),
        (VAULT, "Microsoft.KeyVault/vaults@", "Microsoft.KeyVault/safes@", "no model of Microsoft.KeyVault/safes"),
    ],
)
def test_a_property_that_microsofts_libraries_do_not_know_is_found(
    path: str, right: str, wrong: str, said: str
) -> None:
    assert said in texts(with_mistake(path, right, wrong))


def test_older_and_newer_libraries_are_read_alike() -> None:
    component = fields_of(model_of("Microsoft.Insights/components"))
    assert "Application_Type" in component["properties"]
    site = fields_of(model_of("Microsoft.Web/sites"))
    assert "perInstanceConcurrency" in fields_of(
        fields_of(
            fields_of(fields_of(fields_of(site["properties"])["functionAppConfig"])["scaleAndConcurrency"])["triggers"]
        )["http"]
    )


def texts(files: Files) -> str:
    return "\n".join(map(str, findings(files)))
