"""The check finds files that do not fit together, a network that leads astray, a way out of China."""

import pytest

from infra.azure.rules.azd import azd
from infra.azure.rules.china import china
from infra.azure.rules.network import network
from infra.azure.rules.passed import passed
from infra.azure.rules.wiring import wiring
from tests.infra.azure.planted import AZD, ENDPOINTS, MAIN, NETWORK, PARAMETERS, STORAGE, found


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


def test_a_word_that_a_module_does_not_allow_is_found() -> None:
    assert "redundancy is Standard_LSR, none of Standard_LRS" in found(
        wiring, MAIN, "'Standard_LRS'\n", "'Standard_LSR'\n"
    )
