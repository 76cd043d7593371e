/** The tables of types, read back: against the published schema, and what Go adds to it. */
import t from 'tap'
import { groupVersions } from '../../../src/api/generated/group-versions.js'
import { tables } from '../../../src/api/generated/tables.js'
import { tableColumns } from '../../../src/api/schema/columns.js'
import { applySchemaDefaults } from '../../../src/api/schema/defaults.js'
import { SchemaTable } from '../../../src/api/schema/table.js'

const schemas = new SchemaTable(tables, groupVersions)

t.test('every line of every table parses', async (t) => {
  let fields = 0
  for (const name of schemas.names()) fields += schemas.object(name).fields.size
  t.ok(fields > 2400, `${fields} fields`)
})

t.test('a field has its type, list type, patch strategy, default and numbers', async (t) => {
  const container = schemas.object('io.k8s.api.core.v1.Container')
  const ports = container.fields.get('ports')
  t.match(ports, {
    type: { type: 'list', listType: 'map', mapKeys: ['containerPort', 'protocol'] },
    patchStrategy: ['merge'],
    patchMergeKey: 'containerPort',
    protobuf: [6],
  })
  const port = schemas.object('io.k8s.api.core.v1.ContainerPort')
  t.match(port.fields.get('protocol'), { type: { type: 'string', goName: 'v1.Protocol' }, default: 'TCP', required: false })
  const spec = schemas.object('io.k8s.api.core.v1.PodSpec')
  t.match(spec.fields.get('volumes'), { patchStrategy: ['merge', 'retainKeys'], patchMergeKey: 'name' })
  t.match(spec.fields.get('nodeSelector'), { type: { type: 'map', mapType: 'atomic' } })
  t.match(spec.fields.get('tolerations'), { type: { listType: 'atomic' } })
  t.match(schemas.object('io.k8s.api.core.v1.Volume').fields.get('emptyDir'), { protobuf: [2, 2], pointer: true })
  t.equal(schemas.object('io.k8s.api.core.v1.SecretKeySelector').mapType, 'atomic')
  t.match(schemas.object('io.k8s.api.core.v1.PersistentVolumeSpec').fields.get('claimRef'), {
    type: { type: 'object', mapType: 'granular' },
  })
  t.match(schemas.object('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta').fields.get('finalizers'), {
    type: { listType: 'set' },
    patchStrategy: ['merge'],
  })
  t.match(schemas.object('io.k8s.api.core.v1.SeccompProfile').unions, [
    { discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } },
  ])
})

t.test('kinds are found by name', async (t) => {
  t.equal(schemas.findKind({ group: 'apps', version: 'v1', kind: 'Deployment' })?.name, 'io.k8s.api.apps.v1.Deployment')
  t.equal(schemas.findKind({ group: 'apps', version: 'v1', kind: 'WatchEvent' })?.name, 'io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent')
  t.equal(schemas.findKind({ group: 'apps', version: 'v2', kind: 'Deployment' }), undefined)
})

t.test('published defaults are filled in wherever they apply', async (t) => {
  const pod = {
    spec: {
      containers: [{ name: 'c', ports: [{ containerPort: 1 }, { containerPort: 2, protocol: 'UDP' }] }],
      volumes: [{ name: 'v', azureDisk: { diskName: 'd', diskURI: 'u', cachingMode: 'None' } }],
    },
  }
  applySchemaDefaults(pod, schemas.object('io.k8s.api.core.v1.Pod'))
  t.same(pod.spec.containers[0]?.ports, [
    { containerPort: 1, protocol: 'TCP' },
    { containerPort: 2, protocol: 'UDP' },
  ])
  t.same(pod.spec.volumes[0]?.azureDisk, { diskName: 'd', diskURI: 'u', cachingMode: 'None', fsType: 'ext4', kind: 'Shared' })
  const controller = { spec: { replicas: 0 } }
  applySchemaDefaults(controller, schemas.object('io.k8s.api.core.v1.ReplicationController'))
  t.equal(controller.spec.replicas, 0, 'what is there stays, zero or not, where Go holds a pointer')
})

t.test('columns are those of the printers', async (t) => {
  t.same(
    tableColumns('Namespace')?.map(({ name, priority }) => [name, priority]),
    [
      ['Name', 0],
      ['Status', 0],
      ['Age', 0],
    ],
  )
  t.equal(tableColumns('Nothing'), undefined)
})
