// Everything that Patient Messaging needs in Azure, in one resource group. `azd up` runs it; docs/azure/deploy.md
// explains every parameter. Plain resources only, so that `python3 dev.py check` can read all of it offline.
targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('Name of the azd environment, such as riverside-live.')
param environmentName string

@description('Region of everything.')
param location string

@description('Object id of the person or group that may put secrets into the vault and run dev.py ops; empty: nobody.')
param operatorPrincipalId string = ''

@allowed(['User', 'Group', 'ServicePrincipal'])
@description('What the operator is.')
param operatorPrincipalType string = 'User'

@description('true: an own virtual network, and one fixed address for what the app calls (WeChat wants it on its allow-list).')
param network bool = false

@description('true: storage and vault can be reached from the virtual network alone (brings the network along).')
param privateEndpoints bool = false

@description('Address space of the virtual network: at least a /24.')
param addressSpace string = '10.20.0.0/24'

@allowed([512, 2048, 4096])
@description('Memory of an instance in MB.')
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
@description('At most so many instances; the pace of sending is kept by the app, whatever their number.')
param maximumInstances int = 40

@minValue(2)
@maxValue(1000)
@description('HTTP calls that one instance takes at once. The default of the platform is 1 for Python.')
param httpConcurrency int = 16

@minValue(0)
@description('Instances that always wait for callbacks, forms and the patient page.')
param alwaysReadyHttp int = 1

@minValue(0)
@description('Instances that always wait for messages to send.')
param alwaysReadySend int = 0

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
@description('How the patient storage is copied.')
param patientRedundancy string = 'Standard_ZRS'

@description('true: messages go to built-in simulators, nothing leaves the app.')
param mockMode bool = false

@description('true: the default WhatsApp account is used. Never in mainland China, from where it cannot be reached.')
param whatsApp bool = true

@description('true: the default WeChat account is used.')
param weChat bool = false

@description('Default WhatsApp account: id of the sending number.')
param whatsAppPhoneNumberId string = ''

@description('Default WhatsApp account: WABA id.')
param whatsAppBusinessAccountId string = ''

@description('Default WeChat account: AppID.')
param weChatAppId string = ''

@allowed(['plain', 'compatible', 'secure'])
@description('How WeChat seals its callbacks. All but plain need the secret WECHAT-ENCODING-AES-KEY.')
param weChatCallbackMode string = 'secure'

@description('Tenant whose tokens may call; empty: callers need an API key.')
param entraTenantId string = ''

@description('Client id of the registration of this app in that tenant.')
param entraClientId string = ''

@description('More names of this app in tokens, comma between.')
param entraAudience string = ''

@description('Address of the app as others see it; empty: its own name in Azure.')
param publicUrl string = ''

@description('Domains to whose hosts events may be sent, comma between; empty: those of the Power Platform in this cloud.')
param subscriberHosts string = ''

@description('Settings of clinics that hold secrets of their sources, comma between, such as SOURCE_RIVERSIDE_TOKEN.')
param sourceSettings string = ''

@description('Who is told of alerts and of the budget; empty: nobody.')
param alertEmail string = ''

@minValue(0)
@description('Budget a month in the currency of the subscription; 0: none.')
param monthlyBudget int = 0

@description('First day of the month in which the budget begins, such as 2026-12-01. It never changes afterwards.')
param budgetStart string = ''

@minValue(30)
@maxValue(730)
@description('How many days logs are kept.')
param logDays int = 30

@description('What an earlier deployment gave as WORKSPACE_RULES_ID; azd keeps it.')
param workspaceRulesId string = ''

var china = environment().name == 'AzureChinaCloud'
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var inNetwork = network || privateEndpoints
// The host leases its timers under the first 32 characters of the app's name: a longer one could meet another app's.
var appName = 'func-${token}'
var packages = 'app-package'
var queues = ['plan-items', 'send-items', 'check-items', 'callback-items', 'event-items']
var powerPlatformInChina = 'logic.azure.cn,api.powerplatform.partner.microsoftonline.cn'
var powerPlatform = china ? powerPlatformInChina : 'logic.azure.com,api.powerplatform.com'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-${token}'
    componentName: 'appi-${token}'
    rulesName: 'dcr-${token}'
    location: location
    tags: tags
    days: logDays
    appPrincipalId: identity.outputs.principalId
    rulesId: workspaceRulesId
  }
}

module net 'modules/network.bicep' = if (inNetwork) {
  name: 'network'
  scope: group
  params: {
    suffix: token
    location: location
    tags: tags
    addressSpace: addressSpace
  }
}

module hostStorage 'modules/storage.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    name: 'sthost${token}'
    location: location
    tags: tags
    redundancy: 'Standard_LRS'
    open: !privateEndpoints
    workspaceId: monitoring.outputs.workspaceId
    containers: [packages]
    queues: queues
    tables: []
    readsAreLogged: false
  }
}

module patientStorage 'modules/storage.bicep' = {
  name: 'patient-storage'
  scope: group
  params: {
    name: 'stpat${token}'
    location: location
    tags: tags
    redundancy: patientRedundancy
    open: !privateEndpoints
    workspaceId: monitoring.outputs.workspaceId
    containers: ['callbacks']
    queues: []
    tables: [
      'messages'
      'patients'
      'history'
      'due'
      'daylog'
      'runs'
      'clinics'
      'idempotency'
      'apikeys'
      'providerids'
      'inbound'
      'worklist'
      'lanes'
      'failures'
      'tallies'
      'marks'
      'waiting'
      'prescriptions'
      'patientpages'
      'patientindex'
      'consents'
      'subscriptions'
      'outbox'
    ]
    readsAreLogged: true
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    open: !privateEndpoints
    workspaceId: monitoring.outputs.workspaceId
  }
}

module endpoints 'modules/endpoints.bicep' = if (privateEndpoints) {
  name: 'endpoints'
  scope: group
  params: {
    suffix: token
    location: location
    tags: tags
    networkId: inNetwork ? net!.outputs.networkId : ''
    subnetId: inNetwork ? net!.outputs.endpointSubnetId : ''
    hostStorageId: hostStorage.outputs.id
    patientStorageId: patientStorage.outputs.id
    vaultId: vault.outputs.id
    vaultZone: china ? 'privatelink.vaultcore.azure.cn' : 'privatelink.vaultcore.azure.net'
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    hostStorageName: hostStorage.outputs.name
    patientStorageName: patientStorage.outputs.name
    vaultName: vault.outputs.name
    componentName: monitoring.outputs.componentName
    appPrincipalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  dependsOn: [roles, endpoints]
  params: {
    name: appName
    location: location
    tags: union(tags, { 'azd-service-name': 'api' })
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    subnetId: inNetwork ? net!.outputs.appSubnetId : ''
    workspaceId: monitoring.outputs.workspaceId
    componentName: monitoring.outputs.componentName
    hostStorageName: hostStorage.outputs.name
    patientStorageName: patientStorage.outputs.name
    vaultUri: vault.outputs.uri
    packages: packages
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: maximumInstances
    httpConcurrency: httpConcurrency
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadySend: alwaysReadySend
    mockMode: mockMode
    whatsApp: whatsApp && !china
    weChat: weChat
    whatsAppPhoneNumberId: whatsAppPhoneNumberId
    whatsAppBusinessAccountId: whatsAppBusinessAccountId
    weChatAppId: weChatAppId
    weChatCallbackMode: weChatCallbackMode
    entraTenantId: entraTenantId
    entraClientId: entraClientId
    entraAudience: entraAudience
    entraAuthority: china ? 'https://login.partner.microsoftonline.cn' : 'https://login.microsoftonline.com'
    publicUrl: publicUrl
    subscriberHosts: empty(subscriberHosts) ? powerPlatform : subscriberHosts
    sourceSettings: sourceSettings
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    email: alertEmail
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0 && !empty(budgetStart) && !empty(alertEmail)) {
  name: 'budget'
  scope: group
  params: {
    amount: monthlyBudget
    start: budgetStart
    email: alertEmail
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output SERVICE_API_NAME string = app.outputs.name
output WORKSPACE_RULES_ID string = monitoring.outputs.rulesId
output PATIENT_MESSAGING_URL string = app.outputs.url
output PATIENT_MESSAGING_VAULT string = vault.outputs.name
output PATIENT_MESSAGING_OUTBOUND_ADDRESS string = inNetwork ? net!.outputs.outboundAddress : ''
output PATIENT_STORAGE_TABLE_ENDPOINT string = patientStorage.outputs.tableEndpoint
output PATIENT_STORAGE_BLOB_ENDPOINT string = patientStorage.outputs.blobEndpoint
output HOST_STORAGE_QUEUE_ENDPOINT string = hostStorage.outputs.queueEndpoint
