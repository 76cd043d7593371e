/**
 * Cluster addresses and node ports of Services. An address is an IPAddress object named after it, a node port a key below
 * /registry/ranges/servicenodeports/: both are made in the Service's own transaction on the condition that they are not
 * there, and go with it. So uniqueness is the store's, and there is nothing to repair after a crash.
 */
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import { internalError } from '../../api/meta/status.js'
import { formatTime } from '../../api/meta/time.js'
import type { ServiceSpec } from '../../api/types/core-v1.js'
import { type FieldPath, field, invalid, invalidObject } from '../../api/validation/field-path.js'
import type { Context } from '../../kernel/context.js'
import type { Compare, Operation } from '../../store/protocol.js'
import { keyOf, type StorageOf } from '../resource/keys.js'
import type { Mirror } from '../resource/mirror.js'
import { storedText } from '../resource/wire-form.js'
import { type AddressRange, addressAt, addressRange, givesAddress, pickPlace } from './addresses.js'
import type { Allocation, Claim } from './allocation.js'
import {
  carryOver,
  headless,
  holdingsOf,
  isExternalName,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  specOf,
} from './service-fields.js'

/** Where node ports are kept. */
export const nodePortStorage: StorageOf = { storage: 'ranges/servicenodeports', namespaced: false }

export interface ServiceAllocationOptions {
  readonly context: Pick<Context, 'random' | 'ids' | 'clock'>
  readonly mirror: Mirror
  /** The kind IPAddress. */
  readonly addresses: Kind
  /** The kind ServiceCIDR: ranges beside the configured ones. */
  readonly ranges: Kind
  readonly serviceCidrs: readonly string[]
  readonly nodePorts: { readonly first: number; readonly last: number }
}

const spec = field('spec')
const encoder = new TextEncoder()

export function createServiceAllocation(options: ServiceAllocationOptions): Allocation {
  const pending = { addresses: new Set<string>(), ports: new Set<number>() }
  return {
    claim(kind, object, old) {
      if (kind.group !== '' || kind.plural !== 'services') return undefined
      return new ServiceClaim(options, pending, kind, object, old && specOf(structuredClone(old))).made()
    },
  }
}

/** What is picked by requests under way. */
interface Pending {
  readonly addresses: Set<string>
  readonly ports: Set<number>
}

class ServiceClaim {
  readonly #options: ServiceAllocationOptions
  readonly #pending: Pending
  readonly #kind: Kind
  readonly #object: KubeObject | undefined
  readonly #old: ServiceSpec | undefined
  readonly #compare: Compare[] = []
  readonly #operations: Operation[] = []
  readonly #picked: { addresses: string[]; ports: number[] } = { addresses: [], ports: [] }

  constructor(
    options: ServiceAllocationOptions,
    pending: Pending,
    kind: Kind,
    object: KubeObject | undefined,
    old: ServiceSpec | undefined,
  ) {
    this.#options = options
    this.#pending = pending
    this.#kind = kind
    this.#object = object
    this.#old = old
  }

  made(): Claim {
    const release = (): void => {
      for (const address of this.#picked.addresses) this.#pending.addresses.delete(address)
      for (const port of this.#picked.ports) this.#pending.ports.delete(port)
    }
    try {
      this.#work()
    } catch (error) {
      release()
      throw error
    }
    return { compare: this.#compare, operations: this.#operations, release }
  }

  #work(): void {
    const held = this.#old ? holdingsOf(this.#old) : { addresses: [], ports: [] }
    const wanted = this.#object ? this.#fill(this.#object, held) : { addresses: [], ports: [] }
    for (const address of wanted.addresses.filter((one) => !held.addresses.includes(one))) this.#takeAddress(address)
    for (const port of wanted.ports.filter((one) => !held.ports.includes(one))) this.#takePort(port)
    for (const address of held.addresses.filter((one) => !wanted.addresses.includes(one)))
      this.#operations.push({ type: 'delete', key: this.#addressKey(address) })
    for (const port of held.ports.filter((one) => !wanted.ports.includes(one)))
      this.#operations.push({ type: 'delete', key: portKey(port) })
  }

  /** Completes the spec and gives what it then holds. */
  #fill(object: KubeObject, held: { addresses: readonly string[]; ports: readonly number[] }): { addresses: string[]; ports: number[] } {
    const service = specOf(object)
    if (this.#old) carryOver(service, this.#old)
    if (service.clusterIP && !service.clusterIPs?.length) service.clusterIPs = [service.clusterIP]
    this.#families(service)
    if (needsClusterIp(service)) this.#addresses(service, held.addresses)
    else if (isHeadless(service)) {
      service.clusterIP = headless
      service.clusterIPs = [headless]
    }
    this.#nodePorts(service, held.ports)
    return holdingsOf(service)
  }

  #ranges(): AddressRange[] {
    const { mirror, ranges, serviceCidrs } = this.#options
    const more = mirror
      .shelf(ranges)
      .range('', '\uffff')
      .flatMap(({ object }) => {
        const cidrs = (object.spec as { cidrs?: readonly string[] } | undefined)?.cidrs ?? []
        return object.metadata.deletionTimestamp ? [] : cidrs
      })
    return [...new Set([...serviceCidrs, ...more])].flatMap((text) => addressRange(text) ?? [])
  }

  /** initIPFamilyFields: the policy and families, from what is given and what the cluster has. */
  #families(service: ServiceSpec): void {
    if (isExternalName(service)) return
    const available = [...new Set(this.#options.serviceCidrs.flatMap((text) => addressRange(text)?.family ?? []))]
    const [primary = 'IPv4'] = available
    for (const [i, family] of (service.ipFamilies ?? []).entries())
      if (!available.includes(family as 'IPv4') && needsClusterIp(service))
        this.#refuse(spec.child('ipFamilies').index(i), family, 'not configured on this cluster')
    const bare = isHeadless(service) && Object.keys(service.selector ?? {}).length === 0
    if (bare) {
      service.ipFamilyPolicy ??= 'RequireDualStack'
      const [first = primary] = service.ipFamilies ?? []
      service.ipFamilies = service.ipFamilyPolicy === 'SingleStack' ? [first] : [first, first === 'IPv4' ? 'IPv6' : 'IPv4']
      return
    }
    const given = (service.clusterIPs ?? [])
      .filter((address) => address && address !== headless)
      .map((address) => (address.includes(':') ? 'IPv6' : 'IPv4'))
    service.ipFamilyPolicy ??= given.length > 1 || (service.ipFamilies?.length ?? 0) > 1 ? 'RequireDualStack' : 'SingleStack'
    if (service.ipFamilyPolicy === 'RequireDualStack' && available.length < 2)
      this.#refuse(spec.child('ipFamilyPolicy'), service.ipFamilyPolicy, 'this cluster is not configured for dual-stack services')
    const families = service.ipFamilies?.length ? [...service.ipFamilies] : given.length > 0 ? given : [primary]
    if (service.ipFamilyPolicy !== 'SingleStack') for (const family of available) if (!families.includes(family)) families.push(family)
    service.ipFamilies = families
  }

  #addresses(service: ServiceSpec, held: readonly string[]): void {
    const addresses = [...(service.clusterIPs ?? [])]
    for (const [i, family] of (service.ipFamilies ?? []).entries()) {
      const given = addresses[i]
      if (given && held.includes(given)) continue
      if (given) this.#checkAddress(given, service.clusterIPs ?? [])
      else addresses[i] = this.#pickAddress(family)
    }
    service.clusterIPs = addresses
    if (!service.clusterIP && addresses[0]) service.clusterIP = addresses[0]
  }

  #checkAddress(address: string, all: readonly string[]): void {
    const ranges = this.#ranges()
    const at = spec.child('clusterIPs')
    if (!/^[0-9a-fA-F.:]+$/.test(address)) return
    if (!ranges.some((range) => givesAddress(range, address))) {
      const valid = ranges.map(({ text }) => text).join(',')
      this.#refuse(
        at,
        all,
        `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is ${valid}`,
      )
    }
    if (this.#isTaken(address)) this.#refuse(at, all, `failed to allocate IP ${address}: provided IP is already allocated`)
    this.#hold(address)
  }

  #pickAddress(family: string): string {
    for (const range of this.#ranges().filter((one) => one.family === family)) {
      const place = pickPlace(2, range.last, range.dynamicFrom, this.#options.context.random, (at) => this.#isTaken(addressAt(range, at)))
      if (place !== undefined) return this.#hold(addressAt(range, place))
    }
    throw internalError('failed to allocate a serviceIP: range is full')
  }

  #isTaken(address: string): boolean {
    return (
      this.#pending.addresses.has(address) ||
      this.#options.mirror.shelf(this.#options.addresses).get(this.#addressKey(address)) !== undefined
    )
  }
  #hold(address: string): string {
    this.#pending.addresses.add(address)
    this.#picked.addresses.push(address)
    return address
  }

  #nodePorts(service: ServiceSpec, held: readonly number[]): void {
    const ports = service.ports ?? []
    if (!needsNodePorts(service) && service.type !== 'LoadBalancer')
      for (const port of ports) if (this.#old && !this.#wasGiven(port.nodePort)) delete port.nodePort
    for (const [i, port] of ports.entries()) {
      const nodePort = port.nodePort ?? 0
      if (nodePort > 0 && (needsNodePorts(service) || service.type === 'LoadBalancer')) {
        if (!held.includes(nodePort)) this.#checkPort(nodePort, spec.child('ports').index(i).child('nodePort'))
      } else if (nodePort <= 0 && needsNodePorts(service)) {
        // One port under two protocols keeps one number.
        const twin = ports.find(
          (one) => one !== port && one.port === port.port && one.protocol !== port.protocol && (one.nodePort ?? 0) > 0,
        )
        port.nodePort = twin?.nodePort ?? this.#pickPort()
      }
    }
    if (!needsHealthCheckPort(service)) return
    const health = service.healthCheckNodePort ?? 0
    if (health === 0) service.healthCheckNodePort = this.#pickPort()
    else if (!held.includes(health)) this.#checkPort(health, spec.child('healthCheckNodePort'))
  }

  /** Whether a node port on a Service that has none was put there by the client, for validation to refuse. */
  #wasGiven(nodePort: number | undefined): boolean {
    return nodePort !== undefined && !(this.#old?.ports ?? []).some((port) => port.nodePort === nodePort)
  }

  #checkPort(port: number, at: FieldPath): void {
    if (this.#picked.ports.includes(port)) return
    const { first, last } = this.#options.nodePorts
    if (port < first || port > last)
      this.#refuse(at, port, `provided port is not in the valid range. The range of valid ports is ${first}-${last}`)
    if (this.#isPortTaken(port)) this.#refuse(at, port, 'provided port is already allocated')
    this.#holdPort(port)
  }

  #pickPort(): number {
    const { first, last } = this.#options.nodePorts
    const size = last - first + 1
    const dynamicFrom = first + Math.min(Math.max(16, Math.floor(size / 32)), 128)
    const port = pickPlace(first, last, dynamicFrom, this.#options.context.random, (one) => this.#isPortTaken(one))
    if (port === undefined) throw internalError('failed to allocate a nodePort: range is full')
    return this.#holdPort(port)
  }

  #isPortTaken(port: number): boolean {
    return this.#pending.ports.has(port) || this.#options.mirror.shelf(nodePortStorage).get(portKey(port)) !== undefined
  }
  #holdPort(port: number): number {
    this.#pending.ports.add(port)
    this.#picked.ports.push(port)
    return port
  }

  #takeAddress(address: string): void {
    const { addresses, context } = this.#options
    const { namespace = '', name } = this.#object?.metadata ?? { name: '' }
    const object = addressObject(addresses, { address, namespace, name, uid: context.ids.uid(), now: context.clock.now() })
    this.#take(this.#addressKey(address), storedText(object, addresses.schema))
  }

  #takePort(port: number): void {
    const { namespace = '', name, uid = '' } = this.#object?.metadata ?? { name: '' }
    this.#take(
      portKey(port),
      JSON.stringify({ kind: 'NodePortAllocation', apiVersion: 'v1', metadata: { name: String(port) }, service: { namespace, name, uid } }),
    )
  }

  #take(key: string, value: string): void {
    this.#compare.push({ key, target: 'modRevision', is: '=', value: 0 })
    this.#operations.push({ type: 'put', key, value: encoder.encode(value) })
  }

  #addressKey(address: string): string {
    return keyOf(this.#options.addresses, '', address)
  }

  #refuse(at: FieldPath, value: unknown, why: string): never {
    throw invalidObject(this.#kind, this.#object?.metadata.name ?? '', [invalid(at, value, why)])
  }
}

function portKey(port: number): string {
  return keyOf(nodePortStorage, '', String(port))
}

/** The IPAddress of an address that a Service holds. `now` in milliseconds since the epoch. */
export function addressObject(
  { group, version, kind }: Kind,
  {
    address,
    namespace,
    name,
    uid,
    now,
  }: { readonly address: string; readonly namespace: string; readonly name: string; readonly uid: string; readonly now: number },
): KubeObject {
  return {
    kind,
    apiVersion: `${group}/${version}`,
    metadata: {
      name: address,
      uid,
      creationTimestamp: formatTime(now),
      labels: {
        'ipaddress.kubernetes.io/ip-family': address.includes(':') ? 'IPv6' : 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  }
}
