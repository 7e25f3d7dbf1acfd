"""The check finds what Azure would refuse, or would make into something else."""

import pytest

from infra.azure.rules.complete import complete
from infra.azure.rules.declared import declared
from infra.azure.rules.names import names
from infra.azure.rules.roles import roles
from tests.infra.azure.planted import (
    ALERTS,
    APP,
    BUDGET,
    ENDPOINTS,
    MAIN,
    MONITORING,
    NETWORK,
    ROLES,
    STORAGE,
    VAULT,
    found,
)


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
