/**
 * What a path means. Two steps, as upstream has them: requestInfo() reads verb, resource and name off method and path
 * alone (authorization judges by it, also for resources that do not exist), and resolve() finds the kind and refuses what
 * it does not have. apiserver/pkg/endpoints/request/requestinfo.go and endpoints/installer.go are the models.
 */
import type { Kind, Subresource } from '../api/kind.js'
import { ApiError, badRequest } from '../api/meta/status.js'
import type { Registry } from '../api/registry.js'
import type { PathTarget, ResourceTarget, Verb } from './request.js'

export interface RequestInfo {
  readonly type: 'resource' | 'path'
  /** For resources one of Verb's, or '' for a method that means nothing; for paths the method in lower case. */
  readonly verb: string
  readonly path: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  /** Also set for lists and watches of one object by field selector, as RBAC's resourceNames are judged. */
  readonly name: string
  /** What follows the subresource, without the leading slash. */
  readonly rest: string
  /** Segments from the resource on: 1 is a collection, 2 an object, more a subresource. */
  readonly depth: number
}

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize'])
/** Subresources whose connection is taken over or handed through. */
const connectSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy'])
const longRunningSubresources: ReadonlySet<string> = new Set([...connectSubresources, 'log'])

/** `path` is as on the wire, still percent-encoded. Throws ApiError 400 for a path that cannot be decoded. */
export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const segments = segmentsOf(path)
  const grouped = segments[0] === 'apis'
  if (segments.length < (grouped ? 4 : 3) || !(grouped || segments[0] === 'api')) return pathInfo(method, path)
  const group = grouped ? (segments[1] as string) : ''
  const version = segments[grouped ? 2 : 1] as string
  let parts = segments.slice(grouped ? 3 : 2)

  let verb = verbOfMethod[method] ?? ''
  if (parts[0] === 'watch' || parts[0] === 'proxy') {
    verb = parts[0]
    parts = parts.slice(1)
    if (parts.length === 0) throw new ApiError(500, 'InternalError', `unable to determine kind and namespace from url, ${path}`)
  }

  let namespace = ''
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] as string
    if (parts.length > 2 && !namespaceSubresources.has(parts[2] as string)) parts = parts.slice(2)
  }
  let name = parts[1] ?? ''
  if (name === '' && verb === 'get') {
    verb = isWatch(query) ? 'watch' : 'list'
    name = nameSelected(query)
  }
  if (name === '' && verb === 'delete') verb = 'deletecollection'
  return {
    type: 'resource',
    verb,
    path,
    group,
    version,
    resource: parts[0] as string,
    subresource: verb === 'proxy' ? '' : (parts[2] ?? ''),
    namespace,
    name,
    rest: parts.length > 3 ? restOf(path, segments.length - parts.length + 3) : '',
    depth: parts.length,
  }
}

/** Whether the 60 s deadline does not apply to it (apiserver config BasicLongRunningRequestCheck). */
export function isLongRunning({ verb, subresource }: RequestInfo): boolean {
  return verb === 'watch' || verb === 'proxy' || longRunningSubresources.has(subresource)
}

/** The target of a request. Throws the 404 or 405 of a path that is no resource's or a method that it does not have. */
export function resolve(info: RequestInfo, method: string, registry: Registry): ResourceTarget | PathTarget {
  if (info.type === 'path') return { type: 'path', verb: info.verb, path: info.path }
  const kind = registry.findResource(info)
  if (!kind || info.verb === 'proxy') throw noSuchResource()
  const item = info.depth > 1
  const inNamespace = kind.namespaced && info.namespace !== ''
  if (!kind.namespaced && info.namespace !== '' && info.resource !== 'namespaces') throw noSuchResource()
  if (kind.namespaced && !inNamespace && item) throw noSuchResource()
  const base = { type: 'resource' as const, kind, namespace: inNamespace ? info.namespace : '', rest: info.rest }
  if (info.depth > 2) return subresourceTarget(info, method, kind, base)
  const verb = info.verb as Verb
  if (!isServed(verb, method, kind, item, kind.namespaced && !inNamespace)) throw noSuchMethod()
  return { ...base, verb, name: item ? info.name : '' }
}

function subresourceTarget(info: RequestInfo, method: string, kind: Kind, base: Omit<ResourceTarget, 'verb' | 'name'>): ResourceTarget {
  const subresource = kind.subresources.find(({ name }) => name === info.subresource)
  const connects = subresource !== undefined && connectSubresources.has(subresource.name)
  if (!subresource || (info.depth > 3 && subresource.name !== 'proxy')) throw noSuchResource()
  if (connects ? !connectMethods(subresource).includes(method) : !subresource.verbs.includes(info.verb) || method === 'HEAD')
    throw noSuchMethod()
  return { ...base, verb: connects ? 'connect' : (info.verb as Verb), name: info.name, subresource }
}

function connectMethods({ name }: Subresource): readonly string[] {
  return name === 'proxy' ? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] : ['GET', 'POST']
}

/** Whether the kind has this verb at this place; `across`: a namespaced kind in all namespaces, where only reading is. */
function isServed(verb: Verb | '', method: string, kind: Kind, item: boolean, across: boolean): boolean {
  if (verb === '' || method === 'HEAD') return false
  if (verb === 'watch') return kind.verbs.includes('watch')
  if (across) return verb === 'list' && kind.verbs.includes('list')
  const expected = item ? ['get', 'update', 'patch', 'delete'] : ['list', 'create', 'deletecollection']
  return expected.includes(verb) && kind.verbs.includes(verb)
}

/** What upstream says when no handler is registered at a path under a known prefix. */
function noSuchResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
}

export function noSuchMethod(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

function pathInfo(method: string, path: string): RequestInfo {
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '', rest: '', depth: 0 }
  return { type: 'path', verb: method.toLowerCase(), path, ...none }
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/')
  segments.shift()
  if (segments.at(-1) === '') segments.pop()
  if (!path.includes('%')) return segments
  try {
    return segments.map(decodeURIComponent)
  } catch {
    throw badRequest(`invalid URL escape in path "${path}"`)
  }
}

/** The path from the given segment on, as it is on the wire: a proxy must not change its encoding or trailing slash. */
function restOf(path: string, from: number): string {
  let at = 0
  for (let i = 0; i <= from; i++) at = path.indexOf('/', at) + 1
  return path.slice(at)
}

function isWatch(query: URLSearchParams): boolean {
  const value = query.get('watch')
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

function nameSelected(query: URLSearchParams): string {
  const selector = query.get('fieldSelector')
  if (!selector) return ''
  for (const term of selector.split(',')) {
    const found = /^\s*metadata\.name\s*==?\s*([^=!]+?)\s*$/.exec(term)?.[1]
    if (found && !found.includes('/') && !found.includes('%') && found !== '.' && found !== '..') return found
  }
  return ''
}
