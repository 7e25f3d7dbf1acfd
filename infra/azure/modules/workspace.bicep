// The workspace of all logs. It is deployed twice, since its rules of transformation need it and it needs them.
param name string
param location string
param tags object
param days int

@description('The rules through which what arrives must go; empty the first time.')
param rulesId string = ''

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: days
    defaultDataCollectionRuleResourceId: empty(rulesId) ? null : rulesId
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

output id string = workspace.id
