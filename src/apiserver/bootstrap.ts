/**
 * What kube-apiserver makes by itself when it starts: the system's namespaces, the Service default/kubernetes with its
 * endpoints, the system's priority classes, the default address range, what extension servers authenticate by, and the
 * objects it is given (the bootstrap RBAC). All that is absent goes into the store in a few transactions, because a
 * cluster is to be up in a second; of what is there, the endpoints and the rules of bootstrap roles are brought up to date.
 */
import { decodeObject } from '../api/codec/body.js'
import type { Kind } from '../api/kind.js'
import { type KubeObject, parseApiVersion } from '../api/meta/object.js'
import type { Compare, Operation } from '../store/protocol.js'
import { addressAt, addressRange } from './allocation/addresses.js'
import { addressObject } from './allocation/service-allocation.js'
import { systemObjects } from './bootstrap-objects.js'
import { noCompanions } from './resource/commit.js'
import { sameData, sameObject } from './resource/equal.js'
import { keyOf } from './resource/keys.js'
import type { BootstrapObject, ResourceSettings } from './resource/options.js'
import { fillSystemFields } from './resource/prepare.js'
import { resourceOf } from './resource/read.js'
import { trackWrite } from './resource/tracking.js'
import { storedText } from './resource/wire-form.js'
import type { World } from './resource/world.js'

/** Objects in one transaction; etcd allows 128 operations. */
const batchObjects = 100
const encoder = new TextEncoder()
/** Says that the server may bring a bootstrap role up to date. */
const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate'

interface Planned {
  readonly kind: Kind
  readonly key: string
  /** The object, decoded and defaulted; most starts need none of them. */
  readonly decoded: () => KubeObject
}

/** Runs after the mirror is filled. Throws when the store cannot be written. */
export async function bootstrap(world: World, settings: ResourceSettings, serviceCidrs: readonly string[]): Promise<void> {
  const range = addressRange(serviceCidrs[0] ?? '')
  const system = range
    ? systemObjects({
        address: addressAt(range, 1),
        advertise: settings.advertise ?? { ip: '127.0.0.1', port: 6443 },
        serviceCidrs,
        authenticationConfig: settings.authenticationConfig ?? {},
      })
    : []
  const planned = [...system, ...(settings.bootstrapObjects ?? [])].flatMap((object) => plan(world, object))
  if (range) planned.push(...planAddress(world, addressAt(range, 1)))
  const absent = planned.filter(({ kind, key }) => !world.mirror.shelf(kind).get(key))
  for (let i = 0; i < absent.length; i += batchObjects) await createAll(world, absent.slice(i, i + batchObjects))
  await world.reader.fresh('')
  for (const one of planned) if (!absent.includes(one)) await bringUpToDate(world, one)
}

function plan(world: World, given: BootstrapObject): Planned[] {
  const { group = '', version = '' } = parseApiVersion(given.apiVersion) ?? {}
  const kind = world.registry.findKind({ group, version, kind: given.kind })
  if (!kind) return []
  const decoded = (): KubeObject => {
    const { object } = decodeObject(given, { gvk: kind, schema: kind.schema }, world.registry, 'Ignore')
    kind.strategy.applyDefaults?.(object)
    return object
  }
  return [{ kind, decoded, key: keyOf(kind, given.metadata.namespace ?? '', given.metadata.name) }]
}

function planAddress(world: World, address: string): Planned[] {
  const kind = world.registry.findKind({ group: 'networking.k8s.io', version: 'v1', kind: 'IPAddress' })
  if (!kind) return []
  const { ids, clock } = world.context
  const decoded = (): KubeObject =>
    addressObject(kind, { address, namespace: 'default', name: 'kubernetes', uid: ids.uid(), now: clock.now() })
  return [{ kind, decoded, key: keyOf(kind, '', address) }]
}

/** What an absent object is stored as. */
function firstValue({ registry, context }: World, { kind, decoded }: Planned): Uint8Array {
  const object = trackWrite({ registry, kind, subresource: '', manager: 'kube-apiserver', now: context.clock.now() }, decoded(), undefined)
  fillSystemFields(object, context)
  if (kind.strategy.hasGeneration) object.metadata.generation = 1
  return encoder.encode(storedText(object, kind.schema))
}

/** All or, when somebody else made one of them first, each by itself. */
async function createAll(world: World, planned: readonly Planned[]): Promise<void> {
  const compare = planned.map(({ key }): Compare => ({ key, target: 'modRevision', is: '=', value: 0 }))
  const success = planned.map((one): Operation => ({ type: 'put', key: one.key, value: firstValue(world, one) }))
  // Made anew with the same values when the outcome is unknown: the condition keeps it from happening twice.
  const { succeeded } = await world.store.txn({ compare, success, failure: [] })
  if (succeeded || planned.length === 1) return
  for (const one of planned) await createAll(world, [one])
}

async function bringUpToDate(world: World, { kind, decoded, key }: Planned): Promise<void> {
  const shelf = world.mirror.shelf(kind)
  const item = shelf.get(key)
  const isEndpoints = key.endsWith('/default/kubernetes') && (kind.kind === 'Endpoints' || kind.kind === 'EndpointSlice')
  const isPolicy = kind.group === 'rbac.authorization.k8s.io' && item?.object.metadata.annotations?.[autoupdate] === 'true'
  if (!item || !(isEndpoints || isPolicy)) return
  const object = decoded()
  const next = structuredClone(item.object)
  if (isEndpoints) {
    for (const name of ['subsets', 'endpoints', 'ports', 'addressType']) if (name in object) next[name] = object[name]
  } else {
    // The rules of an aggregated role are its controller's.
    for (const name of object.aggregationRule ? ['subjects'] : ['rules', 'subjects'])
      if (name in object) next[name] = joined(next[name], object[name])
    if (object.metadata.labels) next.metadata.labels = { ...object.metadata.labels, ...next.metadata.labels }
  }
  if (sameObject(next, item.object)) return
  const value = encoder.encode(storedText(next, kind.schema))
  await world.committer.commit({
    resource: resourceOf(kind),
    action: 'update',
    shelf,
    key,
    expected: item.revision,
    value,
    ...noCompanions,
  })
}

/** The entries of both lists; nothing that an administrator added is taken away. */
function joined(have: unknown, want: unknown): unknown {
  if (!Array.isArray(want)) return have
  const list = Array.isArray(have) ? (have as unknown[]) : []
  return [...list, ...want.filter((entry) => !list.some((one) => sameData(one, entry)))]
}
