"""What a resource of each type needs, as data: without it Azure refuses the deployment, or makes something else.

Sources: required properties in github.com/Azure/bicep-types-az (read 27 November 2026, state of 20 August 2026), and
learn.microsoft.com of each service. Doors that must be shut stand in rules/security.py, names in rules/names.py.
"""

from collections.abc import Mapping

ANY = object()

# Provider, or type, -> versions of its interface that were found in bicep-types-az.
VERSIONS: Mapping[str, set[str]] = {
    "Microsoft.Authorization": {"2022-04-01"},
    "Microsoft.Consumption": {"2023-11-01"},
    "Microsoft.Insights/actionGroups": {"2023-01-01"},
    "Microsoft.Insights/components": {"2020-02-02"},
    "Microsoft.Insights/dataCollectionRules": {"2023-03-11"},
    "Microsoft.Insights/diagnosticSettings": {"2021-05-01-preview"},
    "Microsoft.Insights/scheduledQueryRules": {"2023-12-01"},
    "Microsoft.Insights/workbooks": {"2023-06-01"},
    "Microsoft.KeyVault": {"2023-07-01"},
    "Microsoft.ManagedIdentity": {"2023-01-31"},
    "Microsoft.Network": {"2024-05-01"},
    "Microsoft.Network/privateDnsZones": {"2024-06-01"},
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": {"2024-06-01"},
    "Microsoft.OperationalInsights": {"2023-09-01"},
    "Microsoft.Resources": {"2024-03-01"},
    "Microsoft.Storage": {"2024-01-01"},
    "Microsoft.Web": {"2024-04-01"},
}

# Type -> path -> what stands there, in Bicep's words; ANY: something does. `*` is every entry of an object.
NEEDED: Mapping[str, Mapping[str, object]] = {
    "Microsoft.Resources/resourceGroups": {"location": ANY, "tags": ANY},
    "Microsoft.Consumption/budgets": {
        "properties.category": "Cost",
        "properties.amount": ANY,
        "properties.timeGrain": "Monthly",
        "properties.timePeriod.startDate": ANY,
        "properties.notifications.*.enabled": True,
        "properties.notifications.*.operator": "GreaterThan",
        "properties.notifications.*.threshold": ANY,
        "properties.notifications.*.thresholdType": ANY,
        "properties.notifications.*.contactEmails": ANY,
    },
    "Microsoft.Insights/actionGroups": {
        "location": "global",
        "properties.enabled": True,
        "properties.groupShortName": ANY,
        "properties.emailReceivers.name": ANY,
        "properties.emailReceivers.emailAddress": ANY,
    },
    "Microsoft.Insights/components": {"kind": "web", "properties.Application_Type": "web"},
    "Microsoft.Insights/dataCollectionRules": {
        "kind": "WorkspaceTransforms",
        "properties.dataSources": ANY,  # there, and empty
        "properties.destinations.logAnalytics.name": ANY,
        "properties.destinations.logAnalytics.workspaceResourceId": "workspace.outputs.id",
        "properties.dataFlows.streams": ANY,
        "properties.dataFlows.destinations": ANY,
        "properties.dataFlows.transformKql": ANY,
    },
    "Microsoft.Insights/scheduledQueryRules": {
        "kind": "LogAlert",
        "properties.description": ANY,  # the mail's text
        "properties.enabled": True,
        "properties.severity": ANY,
        "properties.scopes": ["workspaceId"],
        "properties.evaluationFrequency": ANY,
        "properties.windowSize": ANY,
        "properties.skipQueryValidation": True,  # the tables come with the first telemetry
        "properties.criteria.allOf.query": ANY,
        "properties.criteria.allOf.timeAggregation": "Count",
        "properties.criteria.allOf.operator": ANY,
        "properties.criteria.allOf.threshold": ANY,
        "properties.criteria.allOf.failingPeriods.numberOfEvaluationPeriods": ANY,
        "properties.criteria.allOf.failingPeriods.minFailingPeriodsToAlert": ANY,
        "properties.actions.actionGroups": "empty(email) ? [] : [people.id]",
    },
    "Microsoft.Insights/workbooks": {
        "kind": "shared",
        "properties.displayName": ANY,
        "properties.category": "workbook",
        "properties.sourceId": "workspaceId",
        "properties.serializedData": ANY,
    },
    "Microsoft.KeyVault/vaults": {
        "properties.tenantId": "subscription().tenantId",
        "properties.sku.family": "A",
        "properties.sku.name": "standard",
        "properties.enableSoftDelete": True,
        "properties.softDeleteRetentionInDays": 90,  # the longest: without the keys nothing can be read
        "properties.networkAcls.bypass": "AzureServices",  # references in settings
    },
    "Microsoft.Network/natGateways": {"sku.name": "Standard", "properties.publicIpAddresses.id": "address.id"},
    "Microsoft.Network/publicIPAddresses": {
        "sku.name": "Standard",
        "properties.publicIPAllocationMethod": "Static",
        "properties.publicIPAddressVersion": "IPv4",
    },
    "Microsoft.Network/privateDnsZones": {"location": "global"},
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": {
        "location": "global",
        "properties.registrationEnabled": False,
        "properties.virtualNetwork.id": "networkId",
    },
    "Microsoft.Network/privateEndpoints": {
        "properties.subnet.id": "subnetId",
        "properties.privateLinkServiceConnections.name": ANY,
        "properties.privateLinkServiceConnections.properties.privateLinkServiceId": "target.id",
        "properties.privateLinkServiceConnections.properties.groupIds": "[target.part]",
    },
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": {
        "properties.privateDnsZoneConfigs.name": ANY,
        "properties.privateDnsZoneConfigs.properties.privateDnsZoneId": "zone[target.zone].id",
    },
    "Microsoft.Network/virtualNetworks": {
        "properties.addressSpace.addressPrefixes": ANY,
        "properties.subnets.name": ANY,
        "properties.subnets.properties.addressPrefix": ANY,
    },
    "Microsoft.OperationalInsights/workspaces": {
        "properties.sku.name": "PerGB2018",
        "properties.retentionInDays": ANY,
        "properties.features.enableLogAccessUsingOnlyResourcePermissions": True,
    },
    "Microsoft.Storage/storageAccounts": {
        "kind": "StorageV2",  # older kinds have no tables, or no Entra sign-in for them
        "sku.name": "redundancy",
        "properties.defaultToOAuthAuthentication": True,
        "properties.networkAcls.bypass": "None",
    },
    "Microsoft.Storage/storageAccounts/blobServices": {
        "name": "default",
        "properties.deleteRetentionPolicy.enabled": True,
        "properties.deleteRetentionPolicy.days": "undeleteDays",
        "properties.containerDeleteRetentionPolicy.enabled": True,
        "properties.containerDeleteRetentionPolicy.days": "undeleteDays",
    },
    "Microsoft.Storage/storageAccounts/queueServices": {"name": "default"},
    "Microsoft.Storage/storageAccounts/tableServices": {"name": "default"},
    "Microsoft.Web/serverfarms": {
        "kind": "functionapp",
        "sku.tier": "FlexConsumption",
        "properties.reserved": True,  # Linux
    },
    "Microsoft.Web/sites": {
        "kind": "functionapp,linux",
        "identity.type": "UserAssigned",
        "identity.userAssignedIdentities": ANY,
        "properties.serverFarmId": "plan.id",
        "properties.publicNetworkAccess": "Enabled",  # for the providers
        "properties.keyVaultReferenceIdentity": "identityId",
        "properties.virtualNetworkSubnetId": "empty(subnetId) ? null : subnetId",
        "properties.functionAppConfig.deployment.storage.type": "blobContainer",
        "properties.functionAppConfig.deployment.storage.value": (
            "${hostStorage.properties.primaryEndpoints.blob}${packages}"
        ),
        "properties.functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId": "identityId",
    },
    "Microsoft.Web/sites/config": {"name": "appsettings"},
}
