// Logs and telemetry. Everything that arrives goes through the transformations below before it is stored: they take
// out URLs and query strings, because WeChat puts a patient's openid there, and the patient's page and the end of a
// subscription a token. Only operators that transformations are documented to know are used.
param workspaceName string
param componentName string
param rulesName string
param location string
param tags object
param days int

@description('Object id of the identity of the app.')
param appPrincipalId string

@description('The rules of an earlier deployment: without them the first step below would let URLs in for a moment.')
param rulesId string

// Lines of the platform that name a URL are not kept; the app itself writes none.
var hostLogs = '''
source
| where Message !contains '://' and Message !contains '/api/' and Message !contains 'openid'
| where ExceptionMessage !contains '://' and ExceptionMessage !contains '/api/' and ExceptionMessage !contains 'openid'
| where ExceptionDetails !contains '://' and ExceptionDetails !contains '/api/' and ExceptionDetails !contains 'openid'
'''

var requests = '''
source
| extend Url = ''
| extend Name = iif(Name contains '/', OperationName, Name)
| extend OperationName = iif(OperationName contains '/', '', OperationName)
| extend Name = iif(Name contains '/', '', Name)
| extend Properties = iif(tostring(Properties) contains '/' or tostring(Properties) contains 'openid', parse_json('{}'), Properties)
'''

var dependencies = '''
source
| extend Data = ''
| extend Name = iif(Name contains '/', DependencyType, Name)
| extend OperationName = iif(OperationName contains '/', '', OperationName)
| extend Properties = iif(tostring(Properties) contains '/' or tostring(Properties) contains 'openid', parse_json('{}'), Properties)
'''

var traces = '''
source
| where Message !contains '://' and Message !contains '/api/' and Message !contains 'openid'
| extend OperationName = iif(OperationName contains '/', '', OperationName)
| extend Properties = iif(tostring(Properties) contains '://' or tostring(Properties) contains '/api/' or tostring(Properties) contains 'openid', parse_json('{}'), Properties)
'''

var exceptions = '''
source
| where Message !contains '://' and Message !contains '/api/' and Message !contains 'openid'
| where OuterMessage !contains '://' and OuterMessage !contains '/api/' and OuterMessage !contains 'openid'
| where InnermostMessage !contains '://' and InnermostMessage !contains '/api/' and InnermostMessage !contains 'openid'
| where tostring(Details) !contains '://' and tostring(Details) !contains '/api/' and tostring(Details) !contains 'openid'
| extend OperationName = iif(OperationName contains '/', '', OperationName)
| extend Properties = iif(tostring(Properties) contains '://' or tostring(Properties) contains '/api/' or tostring(Properties) contains 'openid', parse_json('{}'), Properties)
'''

// Whoever else touches what is stored of patients is logged, and whoever is refused. What the app itself reads and
// writes is told by its own lines; each of its reads would be a row here, some hundred thousand a day while nothing is due.
var strangers = 'source | where RequesterObjectId != "${appPrincipalId}" or StatusCode == "401" or StatusCode == "403"'

module workspace 'workspace.bicep' = {
  name: 'workspace'
  params: {
    name: workspaceName
    location: location
    tags: tags
    days: days
    rulesId: rulesId
  }
}

resource rules 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: rulesName
  location: location
  tags: tags
  kind: 'WorkspaceTransforms'
  properties: {
    dataSources: {}
    destinations: {
      logAnalytics: [
        {
          name: 'workspace'
          workspaceResourceId: workspace.outputs.id
        }
      ]
    }
    dataFlows: [
      {
        streams: ['Microsoft-Table-AppRequests']
        destinations: ['workspace']
        transformKql: requests
      }
      {
        streams: ['Microsoft-Table-AppDependencies']
        destinations: ['workspace']
        transformKql: dependencies
      }
      {
        streams: ['Microsoft-Table-AppTraces']
        destinations: ['workspace']
        transformKql: traces
      }
      {
        streams: ['Microsoft-Table-AppExceptions']
        destinations: ['workspace']
        transformKql: exceptions
      }
      {
        streams: ['Microsoft-Table-FunctionAppLogs']
        destinations: ['workspace']
        transformKql: hostLogs
      }
      {
        streams: ['Microsoft-Table-StorageTableLogs']
        destinations: ['workspace']
        transformKql: strangers
      }
      {
        streams: ['Microsoft-Table-StorageBlobLogs']
        destinations: ['workspace']
        transformKql: strangers
      }
    ]
  }
}

module transformed 'workspace.bicep' = {
  name: 'workspace-with-rules'
  params: {
    name: workspaceName
    location: location
    tags: tags
    days: days
    rulesId: rules.id
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: transformed.outputs.id
  }
}

output workspaceId string = transformed.outputs.id
output rulesId string = rules.id
output componentName string = component.name
