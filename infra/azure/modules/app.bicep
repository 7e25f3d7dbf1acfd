// The function app on Flex Consumption, and all its settings. Nothing of the platform checks callers before the app
// does: callbacks, the patient's page and API keys must reach it, and it checks tokens of Entra ID itself.
@maxLength(32)
param name string
param location string
param tags object
param identityId string
param identityClientId string
param subnetId string
param workspaceId string
param componentName string
param hostStorageName string
param patientStorageName string
param vaultUri string
param packages string
param instanceMemoryMB int
param maximumInstances int
param httpConcurrency int
param alwaysReadyHttp int
param alwaysReadySend int
param mockMode bool
param whatsApp bool
param weChat bool
param whatsAppPhoneNumberId string
param whatsAppBusinessAccountId string
param weChatAppId string
param weChatCallbackMode string
param entraTenantId string
param entraClientId string
param entraAudience string
param entraAuthority string
param publicUrl string
param subscriberHosts string
param sourceSettings string

var secrets = '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets'
var weChatSealed = weChat && weChatCallbackMode != 'plain'
var sources = empty(sourceSettings) ? [] : split(sourceSettings, ',')
var ready = [
  { name: 'http', instanceCount: alwaysReadyHttp }
  { name: 'function:send_message', instanceCount: alwaysReadySend }
]
// A clinic's source names such a setting; the vault knows it with hyphens.
var sourceReferences = toObject(sources, setting => setting, setting => '${secrets}/${replace(setting, '_', '-')})')

resource hostStorage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostStorageName
}

resource patientStorage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: patientStorageName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    // Flex Consumption refuses most of siteConfig, even ftpsState (error 51021); FTP does not exist there.
    siteConfig: {
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${packages}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: filter(ready, one => one.instanceCount > 0)
        // Without this a Python app gets an instance for every call that comes at the same time.
        triggers: {
          http: { perInstanceConcurrency: httpConcurrency }
        }
      }
    }
  }
}

// Passwords for publishing: nobody needs them, azd signs in by Entra ID.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(sourceReferences, {
    // The host's storage, by identity. No AzureWebJobsStorage beside them: an empty one would win.
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AzureWebJobsStorage__blobServiceUri: hostStorage.properties.primaryEndpoints.blob
    AzureWebJobsStorage__queueServiceUri: hostStorage.properties.primaryEndpoints.queue
    AzureWebJobsStorage__tableServiceUri: hostStorage.properties.primaryEndpoints.table
    APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    AZURE_CLIENT_ID: identityClientId
    PATIENT_STORAGE_TABLE_ENDPOINT: patientStorage.properties.primaryEndpoints.table
    PATIENT_STORAGE_BLOB_ENDPOINT: patientStorage.properties.primaryEndpoints.blob
    ENCRYPTION_KEYS: '${secrets}/ENCRYPTION-KEYS)'
    INDEX_KEY: '${secrets}/INDEX-KEY)'
    MOCK_MODE: mockMode ? 'true' : 'false'
    ENTRA_TENANT_ID: entraTenantId
    ENTRA_CLIENT_ID: entraClientId
    ENTRA_AUDIENCE: entraAudience
    ENTRA_AUTHORITY: entraAuthority
    PLAN_SCHEDULE: '0 */15 * * * *'
    RELEASE_SCHEDULE: '*/5 * * * * *'
    TALLY_SCHEDULE: '20 * * * * *'
    PUBLISH_SCHEDULE: '*/5 * * * * *'
    PLAN_QUEUE: 'plan-items'
    SEND_QUEUE: 'send-items'
    CHECK_QUEUE: 'check-items'
    CALLBACK_QUEUE: 'callback-items'
    EVENT_QUEUE: 'event-items'
    SUBSCRIBER_HOSTS: subscriberHosts
    PUBLIC_URL: empty(publicUrl) ? 'https://${app.properties.defaultHostName}' : publicUrl
    WHATSAPP_PHONE_NUMBER_ID: whatsApp ? whatsAppPhoneNumberId : ''
    WHATSAPP_BUSINESS_ACCOUNT_ID: whatsApp ? whatsAppBusinessAccountId : ''
    WHATSAPP_ACCESS_TOKEN: whatsApp ? '${secrets}/WHATSAPP-ACCESS-TOKEN)' : ''
    WHATSAPP_VERIFY_TOKEN: whatsApp ? '${secrets}/WHATSAPP-VERIFY-TOKEN)' : ''
    WHATSAPP_WEBHOOK_SECRET: whatsApp ? '${secrets}/WHATSAPP-WEBHOOK-SECRET)' : ''
    WHATSAPP_GRAPH_URL: 'https://graph.facebook.com'
    WHATSAPP_GRAPH_VERSION: 'v25.0'
    WECHAT_APP_ID: weChat ? weChatAppId : ''
    WECHAT_APP_SECRET: weChat ? '${secrets}/WECHAT-APP-SECRET)' : ''
    WECHAT_TOKEN: weChat ? '${secrets}/WECHAT-TOKEN)' : ''
    WECHAT_ENCODING_AES_KEY: weChatSealed ? '${secrets}/WECHAT-ENCODING-AES-KEY)' : ''
    WECHAT_CALLBACK_MODE: weChat ? weChatCallbackMode : ''
    WECHAT_API_URL: 'https://api.weixin.qq.com'
  })
}

// The host's log alone. The platform's HTTP log would hold paths and query strings.
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
