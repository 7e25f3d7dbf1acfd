// The charts of docs/operations: one workbook over the workspace, made of monitoring/queries.
param location string
param tags object
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'patient-messaging')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Patient Messaging'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: loadTextContent('../monitoring/workbook.json')
  }
}
