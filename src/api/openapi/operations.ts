/**
 * What can be asked of a group-version, as OpenAPI tells it: paths, methods, parameters, bodies and answers, derived from
 * the registry's kinds as apiserver's installer derives them from its storages. Both OpenAPI versions render this.
 *
 * Next: parameters.ts, v3.ts, v2.ts.
 */
import type { Kind, Subresource } from '../kind.js'
import { apiVersionOf, type GroupVersionKind } from '../meta/object.js'
import type { Registry } from '../registry.js'
import {
  connectParameters,
  deleteParameters,
  force,
  listParameters,
  logParameters,
  type Parameter,
  pathParameter,
  pretty,
  watchListParameters,
  writeParameters,
} from './parameters.js'

export type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch'

export interface Operation {
  readonly path: string
  readonly method: Method
  readonly id: string
  readonly description: string
  readonly tag: string
  readonly action?: string
  readonly gvk?: GroupVersionKind
  readonly parameters: readonly Parameter[]
  /** The definition of the body. */
  readonly body?: { readonly definition: string; readonly required: boolean; readonly types: readonly string[] }
  /** Media types of the answer. */
  readonly produces: readonly string[]
  /** What 200 and the like answer: a definition's name, or undefined for a string. */
  readonly answers: readonly { readonly code: '200' | '201' | '202'; readonly definition?: string }[]
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const json = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor'] as const
const streams = [
  ...json,
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
  'application/cbor-seq',
] as const
const jsonOnly = ['application/json', 'application/yaml'] as const
const jsonStreams = [...jsonOnly, 'application/json;stream=watch'] as const
const patches = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
] as const
const connectMethods: readonly Method[] = ['delete', 'get', 'head', 'options', 'patch', 'post', 'put']

/** Kinds whose DELETE answers with the object (DeleteReturnsDeletedObject of their storages). */
const deletedIsReturned: ReadonlySet<string> = new Set([
  ...['PersistentVolume', 'PersistentVolumeClaim', 'Pod', 'PodTemplate', 'ResourceQuota', 'Service', 'ServiceAccount'].map(
    (kind) => `/${kind}`,
  ),
  ...['DeviceClass', 'ResourceClaim', 'ResourceClaimTemplate', 'ResourceSlice'].map((kind) => `resource.k8s.io/${kind}`),
  ...['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment', 'VolumeAttributesClass'].map((kind) => `storage.k8s.io/${kind}`),
])

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** 'RbacAuthorization' for rbac.authorization.k8s.io, 'Core' for the core group. */
function groupWord(group: string): string {
  return group === ''
    ? 'Core'
    : group
        .replace(/\.k8s\.io$/, '')
        .split('.')
        .map(capitalized)
        .join('')
}

/** The tag of a group-version's operations: 'rbacAuthorization_v1'; without a version that of the group. */
export function tagOf(group: string, version?: string): string {
  const word = groupWord(group)
  return `${word.charAt(0).toLowerCase()}${word.slice(1)}${version === undefined ? '' : `_${version}`}`
}

/** Names, paths and forms that the operations of one kind have in common. */
interface Place {
  readonly kind: Kind
  readonly root: string
  readonly word: string
  readonly tag: string
  readonly scope: 'Namespaced' | ''
  readonly collection: string
  readonly builtin: boolean
}

/** All operations of a group-version, those of GET on its root included. */
export function operationsOf(registry: Registry, group: string, version: string): Operation[] {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const word = `${groupWord(group)}${capitalized(version)}`
  const tag = tagOf(group, version)
  const first: Operation = {
    path: `${root}/`,
    method: 'get',
    id: `get${word}APIResources`,
    description: 'get available resources',
    tag,
    parameters: [],
    produces: json,
    answers: [{ code: '200', definition: `${meta}.APIResourceList` }],
  }
  const all = [first]
  for (const kind of registry.kindsOf(group, version)) {
    const collection = kind.namespaced ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`
    const place: Place = {
      kind,
      root,
      word,
      tag,
      scope: kind.namespaced ? 'Namespaced' : '',
      collection,
      builtin: registry.schemas.find(kind.schema.name) !== undefined,
    }
    all.push(...collectionOperations(place), ...objectOperations(place), ...watchOperations(place))
    for (const subresource of kind.subresources) all.push(...subresourceOperations(place, subresource, registry))
  }
  return all
}

const namespaceOf = ({ kind }: Place): Parameter[] =>
  kind.namespaced ? [pathParameter('namespace', 'object name and auth scope, such as for teams and projects')] : []
const nameOf = (kind: string): Parameter => pathParameter('name', `name of the ${kind}`)
const definitionOf = (place: Place): string => place.kind.schema.name
const typesOf = (place: Place): readonly string[] => (place.builtin ? json : jsonOnly)
const streamsOf = (place: Place): readonly string[] => (place.builtin ? streams : jsonStreams)
const patchesOf = (place: Place): readonly string[] =>
  place.builtin ? patches : patches.filter((type) => !type.includes('strategic') && !type.includes('cbor'))

function common({ kind, tag }: Place, action: string): { tag: string; action: string; gvk: GroupVersionKind } {
  return { tag, action, gvk: { group: kind.group, version: kind.version, kind: kind.kind } }
}

const deleteBody = { definition: `${meta}.DeleteOptions`, required: false, types: ['*/*'] }

function collectionOperations(place: Place): Operation[] {
  const { kind, word, scope, collection, root } = place
  const verbs = new Set(kind.verbs)
  const all: Operation[] = []
  const parameters = [...namespaceOf(place), pretty]
  const list = {
    ...common(place, 'list'),
    method: 'get',
    description: `list ${verbs.has('watch') ? 'or watch ' : ''}objects of kind ${kind.kind}`,
    produces: streamsOf(place),
    answers: [{ code: '200', definition: `${definitionOf(place)}List` }],
  } as const
  if (verbs.has('list'))
    all.push({ ...list, path: collection, id: `list${word}${scope}${kind.kind}`, parameters: [...parameters, ...listParameters] })
  if (verbs.has('list') && kind.namespaced)
    all.push({
      ...list,
      path: `${root}/${kind.plural}`,
      id: `list${word}${kind.kind}ForAllNamespaces`,
      parameters: [pretty, ...listParameters],
    })
  if (verbs.has('create'))
    all.push(
      createOperation(
        place,
        collection,
        `create${word}${scope}${kind.kind}`,
        `create ${article(kind.kind)}`,
        definitionOf(place),
        parameters,
      ),
    )
  if (verbs.has('deletecollection'))
    all.push({
      ...common(place, 'deletecollection'),
      path: collection,
      method: 'delete',
      id: `delete${word}Collection${scope}${kind.kind}`,
      description: `delete collection of ${kind.kind}`,
      parameters: [
        ...parameters,
        ...deleteParameters,
        ...listParameters.filter(({ name }) => name !== 'watch' && name !== 'allowWatchBookmarks'),
      ],
      body: deleteBody,
      produces: typesOf(place),
      answers: [{ code: '200', definition: `${meta}.Status` }],
    })
  return all
}

const article = (kind: string): string => `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`

function createOperation(
  place: Place,
  path: string,
  id: string,
  description: string,
  definition: string,
  parameters: readonly Parameter[],
): Operation {
  return {
    ...common(place, 'post'),
    path,
    method: 'post',
    id,
    description,
    parameters: [...parameters, ...writeParameters],
    body: { definition, required: true, types: ['*/*'] },
    produces: typesOf(place),
    answers: (['200', '201', '202'] as const).map((code) => ({ code, definition })),
  }
}

function objectOperations(place: Place): Operation[] {
  const { kind, word, scope, collection } = place
  const names = { path: `${collection}/{name}`, id: `${word}${scope}${kind.kind}`, of: '' }
  const all = readAndWrite(place, names, kind.verbs, definitionOf(place))
  if (!kind.verbs.includes('delete')) return all
  const definition = deletedIsReturned.has(`${kind.group}/${kind.kind}`) ? definitionOf(place) : `${meta}.Status`
  all.push({
    ...common(place, 'delete'),
    path: names.path,
    method: 'delete',
    id: `delete${names.id}`,
    description: `delete ${article(kind.kind)}`,
    parameters: [...namespaceOf(place), nameOf(kind.kind), pretty, ...deleteParameters],
    body: deleteBody,
    produces: typesOf(place),
    answers: [
      { code: '200', definition },
      { code: '202', definition },
    ],
  })
  return all
}

/** GET, PUT and PATCH of an object or its subresource (`of`: 'status of '). */
function readAndWrite(
  place: Place,
  { path, id, of }: { path: string; id: string; of: string },
  verbs: readonly string[],
  definition: string,
  gvk?: GroupVersionKind,
): Operation[] {
  const kind = place.kind.kind
  const parameters = [...namespaceOf(place), nameOf(gvk?.kind ?? kind), pretty]
  const shared = (action: string): ReturnType<typeof common> => ({ ...common(place, action), ...(gvk ? { gvk } : {}) })
  const all: Operation[] = []
  const base = { path, produces: typesOf(place) }
  if (verbs.includes('get'))
    all.push({
      ...base,
      ...shared('get'),
      method: 'get',
      id: `read${id}`,
      description: `read ${of}the specified ${kind}`,
      parameters,
      answers: [{ code: '200', definition }],
    })
  const answers = [
    { code: '200', definition },
    { code: '201', definition },
  ] as const
  if (verbs.includes('update'))
    all.push({
      ...base,
      ...shared('put'),
      method: 'put',
      id: `replace${id}`,
      description: `replace ${of}the specified ${kind}`,
      parameters: [...parameters, ...writeParameters],
      body: { definition, required: true, types: ['*/*'] },
      answers,
    })
  if (verbs.includes('patch')) {
    all.push({
      ...base,
      ...shared('patch'),
      method: 'patch',
      id: `patch${id}`,
      description: `partially update ${of}the specified ${kind}`,
      parameters: [...parameters, ...writeParameters, force],
      body: { definition: `${meta}.Patch`, required: true, types: patchesOf(place) },
      answers,
    })
  }
  return all
}

function watchOperations(place: Place): Operation[] {
  const { kind, root, word, scope } = place
  if (!kind.verbs.includes('watch')) return []
  const shared = { method: 'get', produces: streamsOf(place), answers: [{ code: '200', definition: `${meta}.WatchEvent` }] } as const
  const list = {
    ...shared,
    ...common(place, 'watchlist'),
    description: `watch individual changes to a list of ${kind.kind}. deprecated: use the 'watch' parameter with a list operation instead.`,
  }
  const one = `watch changes to an object of kind ${kind.kind}. deprecated: use the 'watch' parameter with a list operation instead, filtered to a single item with the 'fieldSelector' parameter.`
  const within = kind.namespaced ? `${root}/watch/namespaces/{namespace}/${kind.plural}` : `${root}/watch/${kind.plural}`
  const all: Operation[] = [
    { ...list, path: within, id: `watch${word}${scope}${kind.kind}List`, parameters: [...namespaceOf(place), ...watchListParameters] },
    {
      ...shared,
      ...common(place, 'watch'),
      path: `${within}/{name}`,
      id: `watch${word}${scope}${kind.kind}`,
      description: one,
      parameters: [...namespaceOf(place), nameOf(kind.kind), ...watchListParameters],
    },
  ]
  if (kind.namespaced)
    all.push({
      ...list,
      path: `${root}/watch/${kind.plural}`,
      id: `watch${word}${kind.kind}ListForAllNamespaces`,
      parameters: watchListParameters,
    })
  return all
}

function subresourceOperations(place: Place, subresource: Subresource, registry: Registry): Operation[] {
  const { kind, word, scope, collection } = place
  const gvk = { group: subresource.group ?? kind.group, version: subresource.version ?? kind.version, kind: subresource.kind }
  const id = `${word}${scope}${kind.kind}${capitalized(subresource.name)}`
  const path = `${collection}/{name}/${subresource.name}`
  if (subresource.name === 'log') return [logOperation(place, path, id)]
  const options = connectParameters[subresource.kind]
  if (options) return connectOperations(place, subresource, gvk, path, options)
  const definition = registry.schemaOf(gvk)?.name ?? `${meta}.Status`
  if (subresource.verbs.includes('create')) {
    const created = createOperation(place, path, `create${id}`, `create ${subresource.name} of ${article(kind.kind)}`, definition, [
      ...namespaceOf(place),
      nameOf(gvk.kind),
      pretty,
    ])
    return [{ ...created, gvk }]
  }
  return readAndWrite(place, { path, id, of: `${subresource.name} of ` }, subresource.verbs, definition, gvk)
}

function logOperation(place: Place, path: string, id: string): Operation {
  const parameters = [...namespaceOf(place), nameOf(place.kind.kind), pretty, ...logParameters]
  return {
    ...common(place, 'get'),
    path,
    method: 'get',
    id: `read${id}`,
    description: `read log of the specified ${place.kind.kind}`,
    parameters,
    produces: ['text/plain', ...json],
    answers: [{ code: '200' }],
  }
}

function connectOperations(
  place: Place,
  { name, kind: options }: Subresource,
  gvk: GroupVersionKind,
  path: string,
  query: readonly Parameter[],
): Operation[] {
  const proxied = name === 'proxy'
  const methods = proxied ? connectMethods : (['get', 'post'] as const)
  const paths = proxied ? [path, `${path}/{path}`] : [path]
  const kind = place.kind.kind
  return paths.flatMap((at) =>
    methods.map((method) => ({
      ...common(place, 'connect'),
      gvk,
      path: at,
      method,
      id: `connect${place.word}${capitalized(method)}${place.scope}${kind}${capitalized(name)}${at.endsWith('{path}') ? 'WithPath' : ''}`,
      description: `connect ${method.toUpperCase()} requests to ${name} of ${kind}`,
      parameters: [
        ...namespaceOf(place),
        nameOf(options),
        ...(at.endsWith('{path}') ? [pathParameter('path', 'path to the resource')] : []),
        ...query,
      ],
      produces: ['*/*'],
      answers: [{ code: '200' as const }],
    })),
  )
}

/** GET on the roots: /api/, /apis/, /apis/<group>/ and /version/. */
export function rootOperation(path: string, id: string, description: string, tag: string, definition: string): Operation {
  const produces = path === '/version/' ? ['application/json'] : json.slice(0, 3)
  return { path, method: 'get', id, description, tag, parameters: [], produces, answers: [{ code: '200', definition }] }
}

/** The operation on a group's root; core's is /api/. */
export function groupOperation(group: string): Operation {
  if (group === '') return rootOperation('/api/', 'getCoreAPIVersions', 'get available API versions', 'core', `${meta}.APIVersions`)
  return rootOperation(`/apis/${group}/`, `get${groupWord(group)}APIGroup`, 'get information of a group', tagOf(group), `${meta}.APIGroup`)
}

const openid = { method: 'get', parameters: [], answers: [{ code: '200' }] } as const

/** The operations that belong to no group: /apis/, /version/ and what is said of service-account tokens. */
export const plainOperations: readonly Operation[] = [
  {
    ...openid,
    path: '/.well-known/openid-configuration/',
    id: 'getServiceAccountIssuerOpenIDConfiguration',
    description: 'get service account issuer OpenID configuration, also known as the OIDC discovery doc',
    tag: 'WellKnown',
    produces: ['application/json'],
  },
  {
    ...openid,
    path: '/openid/v1/jwks/',
    id: 'getServiceAccountIssuerOpenIDKeyset',
    description: 'get service account issuer OpenID JSON Web Key Set (contains public token verification keys)',
    tag: 'openid',
    produces: ['application/jwk-set+json'],
  },
  rootOperation('/apis/', 'getAPIVersions', 'get available API versions', 'apis', `${meta}.APIGroupList`),
  rootOperation(
    '/version/',
    'getCodeVersion',
    'get the version information for this server',
    'version',
    'io.k8s.apimachinery.pkg.version.Info',
  ),
]

/** The name under which a group-version's document is found: 'api/v1', 'apis/apps/v1'. */
export function documentName(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${apiVersionOf({ group, version })}`
}
