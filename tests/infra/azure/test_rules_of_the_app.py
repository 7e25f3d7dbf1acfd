"""The check finds what the app would not start with, or would start wrongly with."""

import pytest

from infra.azure.host_json import host_json
from infra.azure.rules.flex import flex
from infra.azure.rules.settings import places
from infra.azure.rules.values import values
from tests.infra.azure.planted import APP, MAIN, found


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
