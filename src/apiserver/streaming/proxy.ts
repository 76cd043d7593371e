/**
 * pods/proxy and services/proxy: an HTTP request handed on to a pod through its kubelet, and the answer handed back, with
 * redirects and links made to lead through the proxy again (apimachinery/pkg/util/proxy).
 *
 * What a service leads to is one of its ready endpoints that is a pod. TLS towards the pod (the scheme https) is not
 * spoken. A node's own HTTP API is not served, so nodes/proxy finds nobody.
 */

import { ApiError, badRequest, notFound, serviceUnavailable } from '../../api/meta/status.js'
import type { Service } from '../../api/types/core-v1.js'
import type { EndpointSlice } from '../../api/types/discovery-v1.js'
import { CodedError, messageOf } from '../../base/errors.js'
import type { Context } from '../../kernel/context.js'
import { type KubeletProtocol, kubeletName } from '../../node/kubelet/protocol.js'
import type { ByteDuplex, Incoming, Reply } from '../listener.js'
import type { ApiCall, ResourceTarget } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import { chunkOf, type Http1Answer, headerOf, lastChunk, readAnswer, requestHead } from './http1.js'
import { containersOf, nodeOf, podOf } from './pod.js'
import { relink } from './relink.js'

interface Options {
  readonly context: Context
  readonly lookup: Lookup
}

/** Where a proxied request goes. */
interface Destination {
  readonly namespace: string
  readonly pod: string
  readonly node: string
  readonly port: number
}

/** Headers of one connection only, and what was meant for the API server. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
  'content-length',
])
const defaultPort = 80
const htmlBytesMax = 16 * 1024 * 1024

/** Throws ApiError 400, 404 and 503. */
export async function proxyReply(call: ApiCall, incoming: Incoming, options: Options): Promise<Reply> {
  const target = call.target as ResourceTarget
  const base = call.path.slice(0, call.path.length - target.rest.length).replace(/\/$/, '')
  const mark = incoming.url.indexOf('?')
  const query = mark < 0 ? '' : incoming.url.slice(mark)
  if (target.rest === '' && !call.path.endsWith('/') && (call.method === 'GET' || call.method === 'HEAD'))
    return { type: 'whole', status: 301, headers: { location: `${call.path}/${query}` }, body: '' }
  const to = await destinationOf(target, options.lookup)
  const stream = options.context
    .actor<KubeletProtocol>(kubeletName(to.node))
    .stream('dial', { namespace: to.namespace, pod: to.pod, port: to.port }, { signal: incoming.signal })
  const received = bytesOf(stream)
  try {
    await stream.send({
      bytes: requestHead({ method: call.method, target: `/${target.rest}${query}`, headers: requestHeaders(incoming, to) }),
    })
    const sending = incoming.upgrade ? Promise.resolve() : sendBody(incoming, (bytes) => stream.send({ bytes }))
    // A pod may answer before it has read all: what becomes of the rest does not matter then.
    sending.catch(() => {})
    const answer = await readAnswer(received, call.method)
    if (answer.status !== 101) return await plainReply(answer, base)
    return {
      type: 'raw',
      headers: Object.fromEntries(answer.headers),
      run: (duplex) => splice(duplex, answer.body, { send: (bytes) => stream.send({ bytes }), end: () => stream.end() }),
    }
  } catch (error) {
    stream.close()
    if (error instanceof ApiError) throw error
    throw serviceUnavailable(`error trying to reach service: ${messageOf(error)}`)
  }
}

async function* bytesOf(stream: AsyncIterable<{ readonly bytes: Uint8Array }>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of stream) yield bytes
}

function requestHeaders(incoming: Incoming, { pod, port }: Destination): [string, string][] {
  const headers: [string, string][] = [['Host', `${pod}:${port}`]]
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (ownHeaders.has(name) || name.startsWith(':') || name.startsWith('impersonate-')) continue
    headers.push([name, value])
  }
  headers.push(['X-Forwarded-For', incoming.remote.replace(/:\d+$/, '')], ['X-Forwarded-Proto', 'https'], ['X-Forwarded-Uri', incoming.url])
  if (incoming.upgrade) return [...headers, ['Connection', 'Upgrade'], ['Upgrade', incoming.headers.upgrade ?? '']]
  headers.push(['Connection', 'close'])
  if (incoming.headers['content-length'] !== undefined) headers.push(['Content-Length', incoming.headers['content-length']])
  else if (mayHaveBody(incoming)) headers.push(['Transfer-Encoding', 'chunked'])
  return headers
}

function mayHaveBody({ method }: Incoming): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH' || method === 'DELETE'
}

async function sendBody(incoming: Incoming, send: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const length = incoming.headers['content-length']
  if (length === '0' || (length === undefined && !mayHaveBody(incoming))) return
  for await (const bytes of incoming.bodyStream()) await send(length === undefined ? chunkOf(bytes) : bytes)
  if (length === undefined) await send(lastChunk)
}

async function plainReply({ status, headers, body }: Http1Answer, base: string): Promise<Reply> {
  const kept: Record<string, string | readonly string[]> = {}
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    if (ownHeaders.has(key) && key !== 'content-length') continue
    const known = kept[key]
    kept[key] = known === undefined ? value : [known, value].flat()
  }
  const location = headerOf(headers, 'location')
  if (location?.startsWith('/') && !location.startsWith('//')) kept.location = `${base}${location}`
  const isHtml = headerOf(headers, 'content-type')?.startsWith('text/html') && headerOf(headers, 'content-encoding') === undefined
  if (!isHtml) return { type: 'stream', status, headers: kept, chunks: body }
  delete kept['content-length']
  return { type: 'whole', status, headers: kept, body: relink(await textOf(body), base) }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true })
    if (text.length > htmlBytesMax) throw new CodedError('BadAnswer', `Cannot proxy a page: it is longer than ${htmlBytesMax} bytes`)
  }
  return text + decoder.decode()
}

/** Both directions, until the pod's has ended. */
async function splice(
  duplex: ByteDuplex,
  fromPod: AsyncIterable<Uint8Array>,
  toPod: { send(bytes: Uint8Array): Promise<void>; end(): void },
): Promise<void> {
  void (async () => {
    try {
      for await (const bytes of duplex.received) await toPod.send(bytes)
    } catch {
      // The pod is gone: the other direction ends too.
    }
    toPod.end()
  })()
  for await (const bytes of fromPod) await duplex.write(bytes)
}

async function destinationOf({ kind, namespace, name }: ResourceTarget, lookup: Lookup): Promise<Destination> {
  const [scheme, host, port] = splitName(name, kind.kind)
  if (scheme === 'https') throw serviceUnavailable('error trying to reach service: https is not spoken to pods')
  if (kind.kind === 'Node') throw serviceUnavailable(`error trying to reach service: node ${JSON.stringify(host)} serves no HTTP`)
  return kind.kind === 'Service' ? serviceDestination(namespace, host, port, lookup) : podDestination(namespace, host, port, lookup)
}

/** `name`, `name:port` or `scheme:name:port` (apimachinery util/net SplitSchemeNamePort). */
function splitName(id: string, kind: string): [string, string, string] {
  const parts = id.split(':')
  const [scheme, name, port] =
    parts.length === 1
      ? ['', parts[0] ?? '', '']
      : parts.length === 2
        ? ['', parts[0] ?? '', parts[1] ?? '']
        : [parts[0] ?? '', parts[1] ?? '', parts[2] ?? '']
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme))
    throw badRequest(`invalid ${kind.toLowerCase()} request ${JSON.stringify(id)}`)
  return [scheme, name, port]
}

async function podDestination(namespace: string, name: string, port: string, lookup: Lookup): Promise<Destination> {
  const pod = await podOf({ namespace, name }, lookup)
  const node = nodeOf(pod)
  const { podIP } = (pod.status ?? {}) as { podIP?: string }
  if (node === undefined || !podIP) throw badRequest('address not allowed')
  const declared = containersOf(pod).find(({ ports }) => ports && ports.length > 0)?.ports?.[0]?.containerPort
  const number = port === '' ? (declared ?? defaultPort) : Number(port)
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw badRequest(`invalid port ${JSON.stringify(port)}`)
  return { namespace, pod: name, node, port: number }
}

async function serviceDestination(namespace: string, name: string, port: string, lookup: Lookup): Promise<Destination> {
  const services = { group: '', resource: 'services' }
  if (!lookup.get(services, namespace, name)) await lookup.refresh()
  const service = lookup.get(services, namespace, name) as Service | undefined
  if (!service) throw notFound(services, name)
  const portName = portNameOf(service, port)
  const slices = (lookup.list({ group: 'discovery.k8s.io', resource: 'endpointslices' }, namespace) as unknown as EndpointSlice[]).filter(
    ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name,
  )
  for (const { endpoints = [], ports = [] } of slices) {
    const number = ports.find((one) => (one.name ?? '') === portName)?.port
    if (number === undefined) continue
    for (const { conditions, targetRef } of endpoints) {
      if (conditions?.ready === false || targetRef?.kind !== 'Pod') continue
      const pod = lookup.get({ group: '', resource: 'pods' }, targetRef.namespace ?? namespace, targetRef.name ?? '')
      const node = pod && nodeOf(pod)
      if (node !== undefined) return { namespace: targetRef.namespace ?? namespace, pod: targetRef.name ?? '', node, port: number }
    }
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(port === '' ? name : `${name}:${port}`)}`)
}

/** The name of the service's port that a proxy path means: by name, by number, or the only one. */
function portNameOf({ spec, metadata }: Service, port: string): string {
  const ports = spec?.ports ?? []
  if (port === '') return ports.length === 1 ? (ports[0]?.name ?? '') : ''
  if (!/^\d+$/.test(port)) return port
  const found = ports.find((one) => one.port === Number(port))
  if (!found) throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(metadata.name)}`)
  return found.name ?? ''
}
