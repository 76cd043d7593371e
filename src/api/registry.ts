/**
 * Which kinds there are: by kind, by resource, by group-version, in the order in which Kubernetes tells them. A Registry
 * is a value that an API server owns: the built-in kinds come from the tables of the published API joined with the
 * strategies of kinds/catalog.ts, custom resources are added and removed at run time.
 *
 * Next: kind.ts, schema/table.ts, discovery/, openapi/.
 */
import { groupVersions } from './generated/group-versions.js'
import { resources } from './generated/resources.js'
import { tables } from './generated/tables.js'
import type { Kind, Strategy, Subresource } from './kind.js'
import { strategies } from './kinds/catalog.js'
import type { GroupVersionKind, GroupVersionResource } from './meta/object.js'
import { SchemaTable } from './schema/table.js'
import type { ObjectSchema } from './schema/types.js'

export interface GroupVersion {
  readonly group: string
  readonly version: string
}

/** A group with its versions, the preferred one first. */
export interface GroupVersions {
  readonly group: string
  readonly versions: readonly string[]
}

const keyOf = (group: string, version: string, name: string): string => `${group}/${version}/${name}`

export class Registry {
  /** All types of the published API by name; kinds added at run time are not among them. */
  readonly schemas: SchemaTable
  readonly #byKind = new Map<string, Kind>()
  readonly #byResource = new Map<string, Kind>()
  readonly #groups = new Map<string, { versions: string[] }>()

  /** A registry with these kinds, whose group-versions keep the order in which they first appear. */
  constructor(schemas: SchemaTable, kinds: Iterable<Kind> = []) {
    this.schemas = schemas
    for (const kind of kinds) this.#put(kind, undefined)
  }

  /** The kind of stored or created resources with this name; undefined for lists, options and the like (see schemaOf). */
  findKind({ group, version, kind }: GroupVersionKind): Kind | undefined {
    return this.#byKind.get(keyOf(group, version, kind))
  }

  /** The kind served at this resource: {group: 'apps', version: 'v1', resource: 'deployments'}. */
  findResource({ group, version, resource }: GroupVersionResource): Kind | undefined {
    return this.#byResource.get(keyOf(group, version, resource))
  }

  /** The schema of any kind a body may have: resources, lists, reviews, Binding, Eviction, Scale, TokenRequest, DeleteOptions. */
  schemaOf(gvk: GroupVersionKind): ObjectSchema | undefined {
    return this.findKind(gvk)?.schema ?? this.schemas.findKind(gvk)
  }

  /** All kinds, group by group in the order of groups(), within a group-version as discovery lists them. */
  *kinds(): IterableIterator<Kind> {
    for (const { group, version } of this.groupVersions()) yield* this.kindsOf(group, version)
  }

  /** The kinds of one group-version, in discovery's order (by resource name). */
  kindsOf(group: string, version: string): readonly Kind[] {
    return [...this.#byResource.values()].filter((kind) => kind.group === group && kind.version === version)
  }

  /** The groups in discovery's order: core (''), then by priority; each with its versions, the preferred one first. */
  groups(): readonly GroupVersions[] {
    return [...this.#groups].map(([group, { versions }]) => ({ group, versions })).filter(({ versions }) => versions.length > 0)
  }

  /** All group-versions in discovery's order. */
  groupVersions(): readonly GroupVersion[] {
    return this.groups().flatMap(({ group, versions }) => versions.map((version) => ({ group, version })))
  }

  /** Whether anything is served under this group-version. */
  serves({ group, version }: GroupVersion): boolean {
    return this.#groups.get(group)?.versions.includes(version) ?? false
  }

  /** The version clients are to use unless they ask for one; undefined for an unknown group. */
  preferredVersion(group: string): string | undefined {
    return this.#groups.get(group)?.versions[0]
  }

  /**
   * Adds a kind or replaces the one of the same name. `order` compares versions of its group (custom resources: the
   * kube-aware order of compareVersions()); without it a new version goes last, as does a new group.
   */
  add(kind: Kind, order?: (a: string, b: string) => number): void {
    this.remove(kind)
    this.#put(kind, order)
  }

  /** Takes a kind out; a group-version without kinds is gone with it. */
  remove({ group, version, kind }: GroupVersionKind): void {
    const old = this.#byKind.get(keyOf(group, version, kind))
    if (!old) return
    this.#byKind.delete(keyOf(group, version, kind))
    this.#byResource.delete(keyOf(group, version, old.plural))
    if (this.kindsOf(group, version).length > 0) return
    const versions = this.#groups.get(group)?.versions
    versions?.splice(versions.indexOf(version), 1)
    if (versions?.length === 0) this.#groups.delete(group)
  }

  #put(kind: Kind, order: ((a: string, b: string) => number) | undefined): void {
    this.#byKind.set(keyOf(kind.group, kind.version, kind.kind), kind)
    this.#byResource.set(keyOf(kind.group, kind.version, kind.plural), kind)
    let known = this.#groups.get(kind.group)
    if (!known) this.#groups.set(kind.group, (known = { versions: [] }))
    if (!known.versions.includes(kind.version)) known.versions.push(kind.version)
    if (order) known.versions.sort(order)
  }
}

/** Orders versions as apimachinery's version.CompareKubeAwareVersionStrings, best first: v2, v1, v2beta1, v1alpha1, foo. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [rankOf(a), rankOf(b)]
  for (let i = 0; i < 3; i++) if (x[i] !== y[i]) return (y[i] ?? 0) - (x[i] ?? 0)
  return a < b ? -1 : a > b ? 1 : 0
}

function rankOf(version: string): readonly number[] {
  const m = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version)
  if (!m) return [0, 0, 0]
  return [m[2] === undefined ? 3 : m[2] === 'beta' ? 2 : 1, Number(m[1]), Number(m[3] ?? 0)]
}

/** A registry of everything Kubernetes 1.36 serves by default. Each call makes a new one. */
export function builtinRegistry(): Registry {
  const schemas = new SchemaTable(tables, groupVersions)
  return new Registry(schemas, builtinKinds(schemas))
}

/** Names of stored collections that are not the resource's (upstream's SpecialDefaultResourcePrefixes and the two side servers'). */
const storages: Readonly<Record<string, string>> = {
  '/replicationcontrollers': 'controllers',
  '/endpoints': 'services/endpoints',
  '/services': 'services/specs',
  '/nodes': 'minions',
  'networking.k8s.io/ingresses': 'ingress',
  'apiregistration.k8s.io/apiservices': 'apiregistration.k8s.io/apiservices',
  'apiextensions.k8s.io/customresourcedefinitions': 'apiextensions.k8s.io/customresourcedefinitions',
}

/** Kinds that are stored as another's: both Events in the core form, every version of the autoscaler as v2. */
function storedAsOf({ group, version, kind }: GroupVersionKind): GroupVersion {
  if (group === 'events.k8s.io') return { group: '', version: 'v1' }
  if (kind === 'HorizontalPodAutoscaler') return { group, version: 'v2' }
  return { group, version }
}

const listed = (text: string): readonly string[] => (text === '-' ? [] : text.split(','))

function* builtinKinds(schemas: SchemaTable): Iterable<Kind> {
  let gv: GroupVersion = { group: '', version: '' }
  let current: { kind: Kind; subresources: Subresource[] } | undefined
  for (const line of resources.split('\n')) {
    if (line.startsWith('# ')) {
      if (current) yield current.kind
      current = undefined
      const [group = '', version = ''] = line.slice(2).split('/')
      gv = { group, version }
      continue
    }
    const [name = '', kind = ''] = line.split(' ')
    const slash = name.indexOf('/')
    if (slash >= 0) {
      current?.subresources.push(subresourceOf(name.slice(slash + 1), line))
      continue
    }
    if (current) yield current.kind
    const subresources: Subresource[] = []
    current = { subresources, kind: kindOf({ ...gv, kind }, line, subresources, schemas) }
  }
  if (current) yield current.kind
}

function subresourceOf(name: string, line: string): Subresource {
  const [, kind = '', , , , , verbs = '', , gv = '-'] = line.split(' ')
  const [group = '', version = ''] = gv.split('/')
  return { name, kind, verbs: listed(verbs), ...(gv === '-' ? {} : { group, version }) }
}

function kindOf(gvk: GroupVersionKind, line: string, subresources: readonly Subresource[], schemas: SchemaTable): Kind {
  const [plural = '', , scope, singular = '', shortNames = '-', categories = '-', verbs = '', hash = '-'] = line.split(' ')
  const schema = schemas.findKind(gvk)
  if (!schema) throw new Error(`Cannot register ${gvk.kind}: no table defines ${keyOf(gvk.group, gvk.version, gvk.kind)}`)
  return {
    ...gvk,
    plural,
    singular,
    listKind: `${gvk.kind}List`,
    namespaced: scope === 'n',
    shortNames: listed(shortNames),
    categories: listed(categories),
    verbs: listed(verbs),
    subresources,
    schema,
    strategy: strategyOf(gvk),
    storage: storages[`${gvk.group}/${plural}`] ?? plural,
    storedAs: storedAsOf(gvk),
    ...(hash === '-' ? {} : { storageVersionHash: hash }),
  }
}

function strategyOf({ group, version, kind }: GroupVersionKind): Strategy {
  const prefix = group === '' ? 'core' : group
  return strategies[`${prefix}/${version}/${kind}`] ?? strategies[`${prefix}/${kind}`] ?? {}
}
