"""Each rule of the check bites: what Azure would refuse, or would make into something else, is found."""

from pathlib import Path

import pytest

from infra.azure.bicep import read_bicep
from infra.azure.check import Rule
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
from infra.azure.rules.roles import roles
from infra.azure.rules.settings import places
from infra.azure.rules.urls import urls
from infra.azure.rules.values import values
from infra.azure.rules.wiring import wiring
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
    assert right in FILES[path], f"the mistake cannot be planted: {path} has no {right!r}"
    files = {**FILES, path: FILES[path].replace(right, wrong, 1)}
    return "\n".join(map(str, rule(read_bicep(files), files)))


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (STORAGE, "  name: name\n", "", "account has no name"),
        (STORAGE, "  location: location\n", "", "account has no location"),
        (STORAGE, "  parent: account\n", "", "blobService has no parent"),
        (STORAGE, "  name: 'default'\n", "  name: 'main'\n", "blobService: name is main, must be default"),
        (STORAGE, "kind: 'StorageV2'", "kind: 'Storage'", "kind is Storage, must be StorageV2"),
        (VAULT, "vaults@2023-07-01", "vaults@2027-13-01", "there is no 2027-13-01"),
        (VAULT, "softDeleteRetentionInDays: 90", "softDeleteRetentionInDays: 7", "is 7, must be 90"),
        (VAULT, "    tenantId: subscription().tenantId\n", "", "properties.tenantId is missing"),
        (APP, "    serverFarmId: plan.id\n", "", "properties.serverFarmId is missing"),
        (APP, "serverFarmId: plan.id", "serverFarmId: plan.name", "is plan.name, must be plan.id"),
        (APP, "tier: 'FlexConsumption'", "tier: 'Dynamic'", "sku.tier is Dynamic"),
        (
            APP,
            "keyVaultReferenceIdentity: identityId",
            "keyVaultReferenceIdentity: identityClientId",
            "must be identityId",
        ),
        (APP, "publicNetworkAccess: 'Enabled'", "publicNetworkAccess: 'Disabled'", "must be Enabled"),
        (BUDGET, "contactEmails: [email]", "contactEmails: []", "contactEmails is missing"),
        (BUDGET, "timeGrain: 'Monthly'", "timeGrain: 'Annually'", "timeGrain is Annually"),
        (NETWORK, "publicIPAllocationMethod: 'Static'", "publicIPAllocationMethod: 'Dynamic'", "must be Static"),
        (NETWORK, "    publicIpAddresses: [{ id: address.id }]\n", "", "publicIpAddresses.id is missing"),
        (ENDPOINTS, "groupIds: [target.part]", "groupIds: [target.name]", "groupIds is [target.name]"),
        (ALERTS, "[] : [people.id]", "[] : []", "actions.actionGroups is empty(email) ? [] : []"),
        (ALERTS, "    enabled: true\n    severity", "    enabled: false\n    severity", "properties.enabled is false"),
        (MONITORING, "kind: 'WorkspaceTransforms'", "kind: 'Linux'", "kind is Linux, must be WorkspaceTransforms"),
        (MONITORING, "    dataSources: {}\n", "", "properties.dataSources is missing"),
        (MAIN, "targetScope = 'subscription'", "targetScope = 'resourceGroup'", "its scope is the subscription"),
        (MAIN, "  scope: group\n", "", "module identity is not made in the resource group"),
        (MAIN, "  scope: group\n", "  scop: group\n", "module identity: scop is no word of a module"),
    ],
)
def test_what_azure_needs_and_does_not_get_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(complete, path, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (NETWORK, "resource gateway", "resource nat", "gateway is not declared"),
        (ENDPOINTS, "zone[target.zone].id", "zones2[target.zone].id", "zones2 is not declared"),
        (APP, "var weChatSealed", "var weChatPlain", "weChatSealed is not declared"),
        (APP, "'https://${app.properties", "'https://${site.properties", "site is not declared"),
        (MAIN, "dependsOn: [roles, endpoints]", "dependsOn: [role, endpoints]", "role is not declared"),
    ],
)
def test_a_name_that_nobody_declared_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(declared, path, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (ROLES, "principalType: 'ServicePrincipal'", "principalType: 'User'", "principalType is not ServicePrincipal"),
        (ROLES, "principalType: operatorPrincipalType", "principalType: 'User'", "is not operatorPrincipalType"),
        (
            ROLES,
            "(hostStorage.id, appPrincipalId, queueData",
            "(hostStorage.id, appPrincipalId, blobData",
            "its name is not",
        ),
        (ROLES, "= if (!empty(operatorPrincipalId))", "= if (empty(operatorPrincipalId))", "or is never given"),
        (ROLES, "subscriptionResourceId(", "resourceId(", "roleDefinitionId is not one of the subscription"),
    ],
)
def test_a_role_that_azure_would_not_give_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(roles, path, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (
            APP,
            "'function:send_message'",
            "'function:send_mesage'",
            "function:send_mesage is neither http nor a function",
        ),
        (APP, "{ name: 'http',", "{ name: 'https',", "https is neither http nor a function"),
        (APP, "one.instanceCount > 0", "one.instanceCount < 0", "no instance is always ready"),
        (APP, "{ '${identityId}': {} }", "{ '${identityClientId}': {} }", "not the identity that its settings name"),
        (APP, "instanceMemoryMB: instanceMemoryMB", "instanceMemoryMB: 1024", "memory and number of instances"),
        (
            APP,
            "http20Enabled: true",
            "remoteDebuggingEnabled: true",
            "siteConfig.remoteDebuggingEnabled is not for Flex",
        ),
        (APP, "    httpsOnly: true\n", "    httpsOnly: true\n    clientCertEnabled: true\n", "no certificate to show"),
        (MAIN, "@allowed([512, 2048, 4096])", "@allowed([512, 1024])", "instanceMemoryMB: there are"),
        (MAIN, "@minValue(40)", "@minValue(0)", "maximumInstances is not held between 40 and 1000"),
        (MAIN, "@minValue(2)", "@minValue(1)", "httpConcurrency is not held between 2 and 1000"),
    ],
)
def test_what_flex_consumption_does_not_know_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(flex, path, right, wrong)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("__credential: 'managedidentity'", "__credential: 'identity'", "__credential is identity"),
        ("__clientId: identityClientId", "__clientId: identityId", "__clientId is identityId"),
        (";Authorization=AAD'", "'", "must be ClientId=${identityClientId};Authorization=AAD"),
        (
            "hostStorage.properties.primaryEndpoints.queue",
            "hostStorage.properties.primaryEndpoints.blob",
            "queueServiceUri leads to",
        ),
        ("TABLE_ENDPOINT: patientStorage.", "TABLE_ENDPOINT: hostStorage.", "TABLE_ENDPOINT leads to hostStorage."),
        ("INDEX_KEY: '${secrets}/INDEX-KEY)'", "INDEX_KEY: '${secrets}/ENCRYPTION-KEYS)'", "not the vault's INDEX-KEY"),
        ("'${secrets}/INDEX-KEY)'", "'${secrets}/INDEX-KEY'", "not the vault's INDEX-KEY"),
        ("WHATSAPP_ACCESS_TOKEN: whatsApp ?", "WHATSAPP_ACCESS_TOKEN: weChat ?", "depends on weChat"),
        ("SecretUri=${vaultUri}secrets", "SecretUri=${vaultUri}secret", "secrets is not @Microsoft.KeyVault"),
        ("weChatCallbackMode != 'plain'", "weChatCallbackMode == 'plain'", "weChatSealed is not"),
        ("replace(setting, '_', '-')", "setting", "not found under their names with hyphens"),
        ("'https://graph.facebook.com'", "'http://graph.facebook.com'", "is an address without TLS"),
        ("mockMode ? 'true' : 'false'", "mockMode ? 'false' : 'true'", "MOCK_MODE is mockMode ? false : true"),
    ],
)
def test_a_setting_that_leads_astray_is_found(right: str, wrong: str, said: str) -> None:
    assert said in found(values, APP, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (NETWORK, "cidrSubnet(addressSpace, 26, 1)", "cidrSubnet(addressSpace, 26, 0)", "subnets overlap"),
        (NETWORK, "cidrSubnet(addressSpace, 26, 0)", "cidrSubnet(addressSpace, 29, 0)", "or are too small"),
        (NETWORK, "/subnets/app'", "/subnets/endpoints'", "appSubnetId does not lead to the subnet app"),
        (
            ENDPOINTS,
            "part: 'queue', zone: 1",
            "part: 'queue', zone: 0",
            "host-queue is not known as privatelink.queue.",
        ),
        (ENDPOINTS, "'privatelink.table.", "'privatelink.tables.", "host-table is not known as privatelink.table."),
        (ENDPOINTS, "name: 'host-blob'", "name: 'vault'", "two endpoints have one name"),
        (STORAGE, "open ? 'Enabled' : 'Disabled'", "open ? 'Disabled' : 'Disabled'", "publicNetworkAccess is not"),
        (MAIN, "open: !privateEndpoints", "open: true", "hostStorage stays open"),
        (MAIN, "= network || privateEndpoints", "= network", "endpoints do not bring the network along"),
        (MAIN, "if (privateEndpoints) {", "if (network) {", "endpoints is not made where privateEndpoints"),
        (MAIN, "net!.outputs.appSubnetId", "net!.outputs.endpointSubnetId", "app.subnetId is not inNetwork"),
        (MAIN, "dependsOn: [roles, endpoints]", "dependsOn: [endpoints]", "the app may start before its roles"),
    ],
)
def test_a_network_that_does_not_hold_together_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(network, path, right, wrong)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("'sthost${token}'", "'st-host${token}'", "hostStorage: a name may only be"),
        ("'kv-${token}'", "'kv_${token}'", "vault: a name may only be"),
        ("'func-${token}'", "'func-${take(environmentName, 4)}-${token}'", "app: a name may only be"),
        ("'stpat${token}'", "'sthost${token}'", "two resources have one name"),
    ],
)
def test_a_name_that_azure_would_refuse_is_found(right: str, wrong: str, said: str) -> None:
    assert said in found(names, MAIN, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (
            APP,
            "'FunctionAppLogs', enabled: true",
            "'FunctionAppLogs', enabled: false",
            "FunctionAppLogs of app is not kept",
        ),
        (APP, "'AllMetrics', enabled: true", "'AllMetrics', enabled: false", "AllMetrics of app is not kept"),
        (APP, "'FunctionAppLogs'", "'AuditEvent'", "AuditEvent may hold URLs, or is not known of app"),
        (
            STORAGE,
            "      { category: 'StorageDelete', enabled: true }\n",
            "",
            "StorageDelete of blobService is not kept",
        ),
        (STORAGE, "enabled: readsAreLogged", "enabled: false", "StorageRead of blobService is not kept"),
        (VAULT, "    workspaceId: workspaceId\n", "", "does not go to the workspace"),
        (MAIN, "readsAreLogged: true", "readsAreLogged: false", "who reads the patients' storage is not logged"),
    ],
)
def test_a_log_that_is_not_kept_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(diagnostics, path, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (MONITORING, "Message !contains '://'", "Message contains '://'", "FunctionAppLogs: what names no URL is lost"),
        (
            MONITORING,
            " and Message !contains 'openid'\n| where Ex",
            "\n| where Ex",
            "FunctionAppLogs.Message is stored",
        ),
        (MONITORING, "| where ExceptionDetails !contains", "| where ExceptionType !contains", "know ExceptionType"),
        (
            MONITORING,
            "| where InnermostMessage !contains '://' and",
            "| where",
            "AppExceptions.InnermostMessage is stored",
        ),
        (MONITORING, "OperationName contains '/'", "OperationName contains '?'", "AppRequests.OperationName is stored"),
        (MONITORING, "parse_json('{}'), Properties)", "Properties, Properties)", "AppRequests.Properties is stored"),
        (
            MONITORING,
            "'/', OperationName, Name)",
            "'/', Name, OperationName)",
            "AppRequests: what names no URL is lost",
        ),
        (MONITORING, "destinations: ['workspace']", "destinations: ['workspce']", "does not lead to the one workspace"),
        (MONITORING, "rulesId: rules.id", "rulesId: rulesId", "not made before and after its rules"),
        (
            MONITORING,
            "ResourceId: transformed.outputs",
            "ResourceId: workspace.outputs",
            "before the workspace has its rules",
        ),
        (WORKSPACE, "empty(rulesId) ? null : rulesId", "null", "the rules are not attached"),
        (MAIN, "rulesId: workspaceRulesId", "rulesId: ''", "a second deployment would detach the rules"),
    ],
)
def test_a_url_that_would_be_stored_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(urls, path, right, wrong)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("    severity: 1\n", "    severity: 7\n", "severity: Input should be less than or equal to 4"),
        ("    minutes: 15\n", "    minutes: 7\n", "minutes: Input should be 5, 10, 15, 30 or 60"),
        ("    threshold: 0\n", "", "threshold: Field required"),
        ("    when: 'LessThan'\n", "    when: 'GreaterThan'\n", "it would be silent when nothing runs"),
        ('"schedule_runs" and Success == true', '"schedule_runs"', "a run that failed counts as one that ran"),
        ("AppRequests | where Name", "AppTraces | where Name", "AppTraces has no column Name"),
        ("Message startswith", "Mesage startswith", "AppTraces has no column Mesage"),
        ('Message startswith "failures_high "', 'Message == "failures_high"', "it never equals it"),
        ('"failures_high "', '"failures_hig"', "'failures_hig' ends within a word"),
        ('contains "state=complete"', 'contains "state=entire"', "the app never logs state=entire"),
        ("groupShortName: 'people'", "groupShortName: 'people who are told'", "more than 12 characters"),
    ],
)
def test_an_alert_that_would_not_come_is_found(right: str, wrong: str, said: str) -> None:
    assert said in found(alerts, ALERTS, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (
            MAIN,
            "hostStorageName: hostStorage.outputs.name",
            "hostStorageName: patientStorage.outputs.name",
            "is patientStorage.outputs.name",
        ),
        (
            MAIN,
            "identityId: identity.outputs.id",
            "identityId: identity.outputs.clientId",
            "is identity.outputs.clientId",
        ),
        (
            MAIN,
            "appPrincipalId: identity.outputs.principalId",
            "appPrincipalId: identity.outputs.id",
            "is identity.outputs.id",
        ),
        (
            MAIN,
            "    httpConcurrency: httpConcurrency",
            "    httpConcurrency: alwaysReadyHttp",
            "is alwaysReadyHttp, not the parameter",
        ),
        (
            MAIN,
            "URL string = app.outputs.url",
            "URL string = app.outputs.name",
            "PATIENT_MESSAGING_URL is app.outputs.name",
        ),
        (
            MAIN,
            "'modules/workbook.bicep'",
            "'modules/alerts.bicep'",
            "modules/workbook.bicep: no file of infra/azure/ leads to it",
        ),
    ],
)
def test_what_is_handed_to_the_wrong_place_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(passed, path, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (AZD, "remoteBuild: true", "remoteBuild: false", "services.api.remoteBuild: Input should be True"),
        (AZD, "remoteBuild: true", "remotBuild: true", "services.api.remotBuild: Extra inputs are not permitted"),
        (AZD, "host: function", "host: appservice", "services.api.host: Input should be 'function'"),
        (AZD, "language: py", "language: js", "services.api.language: Input should be 'py' or 'python'"),
        (AZD, "provider: bicep", "provider: terraform", "infra.provider: Input should be 'bicep'"),
        (PARAMETERS, "${NETWORK=false}", "${WITH_NETWORK=false}", "network is filled by WITH_NETWORK"),
        (PARAMETERS, "${AZURE_PRINCIPAL_ID}", "${OPERATOR}", "operatorPrincipalId is filled by OPERATOR"),
        (
            MAIN,
            "output PATIENT_MESSAGING_VAULT",
            "output VAULT",
            "PATIENT_MESSAGING_VAULT is read of azd's environment",
        ),
        (MAIN, "output WORKSPACE_RULES_ID", "output RULES_ID", "WORKSPACE_RULES_ID is read of azd's environment"),
        (MAIN, "output PATIENT_STORAGE_TABLE", "output STORAGE_TABLE", "PATIENT_STORAGE_TABLE_ENDPOINT is read of"),
        (MAIN, "'azd-env-name': environmentName", "'azd-env': environmentName", "by its tag azd-env-name"),
        (MAIN, "@minValue(0)\n@description('Budget", "@description('Budget", "monthlyBudget has no least value"),
        (MAIN, "@allowed(['plain', 'compatible', 'secure'])\n", "", "weChatCallbackMode: the words that it may be"),
    ],
)
def test_what_azd_would_not_understand_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(azd, path, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (MAIN, "== 'AzureChinaCloud'", "== 'AzureChina'", "the cloud in China is not recognised"),
        (
            MAIN,
            "whatsApp: whatsApp && !china",
            "whatsApp: whatsApp",
            "whatsApp is whatsApp, must be whatsApp && !china",
        ),
        (MAIN, "china ? 'privatelink.vaultcore.azure.cn' : ", "", "leads out of China"),
        (
            ENDPOINTS,
            "'privatelink.queue.${storageDomain}'",
            "'privatelink.queue.core.windows.net'",
            "leads out of China",
        ),
        (MAIN, "'logic.azure.com,api.powerplatform.com'", "'*'", "*: not domains, comma between"),
    ],
)
def test_a_way_out_of_china_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(china, path, right, wrong)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"maxDequeueCount": 30', '"maxDequeueCount": 5', "a job is tried for 300 s; 1800 are wanted"),
        ('"visibilityTimeout": "00:01:00"', '"visibilityTimeout": "12:00:00"', "a job is tried for 1296000 s"),
        ('"maxPollingInterval": "00:00:10"', '"maxPollingInterval": "01:00:00"', "messages would wait for the queue"),
        ('"functionTimeout": "00:10:00"', '"functionTimeout": "00:00:10"', "a plan would be cut off"),
        ('"extensions"', '"logging": {"logLevel": {"Function": "Error"}}, "extensions"', "alerts would hear nothing"),
    ],
)
def test_a_host_json_that_gives_up_or_falls_silent_is_found(right: str, wrong: str, said: str) -> None:
    assert said in found(host_json, "host.json", right, wrong)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("containers: [packages]", "containers: []", "hostStorage: packages of containers is not made"),
        ("'send-items', ", "'send_items', ", "send_items of queues is made, and nothing uses it"),
    ],
)
def test_a_place_that_the_host_needs_and_does_not_get_is_found(right: str, wrong: str, said: str) -> None:
    assert said in found(places, MAIN, right, wrong)


def test_a_word_that_a_module_does_not_allow_is_found() -> None:
    assert "redundancy is Standard_LSR, none of Standard_LRS" in found(
        wiring, MAIN, "'Standard_LRS'\n", "'Standard_LSR'\n"
    )
