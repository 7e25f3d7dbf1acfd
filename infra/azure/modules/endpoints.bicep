// Private endpoints: storage and vault answer inside the network alone, under their usual names.
param suffix string
param location string
param tags object
param networkId string
param subnetId string
param hostStorageId string
param patientStorageId string
param vaultId string
param vaultZone string

var storageDomain = environment().suffixes.storage
var zones = [
  'privatelink.blob.${storageDomain}'
  'privatelink.queue.${storageDomain}'
  'privatelink.table.${storageDomain}'
  vaultZone
]
// `zone` is a place in `zones`.
var targets = [
  { name: 'host-blob', id: hostStorageId, part: 'blob', zone: 0 }
  { name: 'host-queue', id: hostStorageId, part: 'queue', zone: 1 }
  { name: 'host-table', id: hostStorageId, part: 'table', zone: 2 }
  { name: 'patient-blob', id: patientStorageId, part: 'blob', zone: 0 }
  { name: 'patient-table', id: patientStorageId, part: 'table', zone: 2 }
  { name: 'vault', id: vaultId, part: 'vault', zone: 3 }
]

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [for name in zones: {
  name: name
  location: 'global'
  tags: tags
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (name, i) in zones: {
  parent: zone[i]
  name: 'vnet-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: networkId }
  }
}]

// One after the other: an account takes one such change at a time (StorageAccountOperationInProgress).
@batchSize(1)
resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = [for target in targets: {
  name: 'pe-${target.name}-${suffix}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: target.name
        properties: {
          privateLinkServiceId: target.id
          groupIds: [target.part]
        }
      }
    ]
  }
}]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [for (target, i) in targets: {
  parent: endpoint[i]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: target.part
        properties: { privateDnsZoneId: zone[target.zone].id }
      }
    ]
  }
}]
