/**
 * The request path, stage by stage, in kube-apiserver's order: what is asked (router), who asks (authn), as whom
 * (impersonation), whether they may (authz), the work itself, and the form of the answer (negotiation). Both doors lead
 * here: HTTPS with credentials, messages with the sender's address.
 *
 * Invariants:
 *   1. serve() never rejects: an ApiError is an answer, anything else is a bug and becomes a 500 and a log line.
 *   2. Nothing is looked up, read or changed for a request before it is authorized; its form is agreed before it is carried out.
 */

import { toYaml } from '../api/codec/yaml.js'
import { ApiError, badRequest, internalError, timeout } from '../api/meta/status.js'
import type { Registry } from '../api/registry.js'
import { unreachable } from '../base/assert.js'
import { messageOf } from '../base/errors.js'
import type { Context } from '../kernel/context.js'
import type { Authenticator } from './authn/chain.js'
import { ImpersonationError, impersonate } from './authn/impersonation.js'
import type { Attributes, Authorizer } from './authz/authorizer.js'
import { authorizeOrForbid } from './authz/forbidden.js'
import { Call, within } from './call.js'
import { type Encoding, encodeList, encodeObject, encodeStatus, encodeWatch, includeObjectOf, watchContentType } from './encoding.js'
import type { ApiFaultStage } from './faults/stage.js'
import type { Incoming, Reply, Serve } from './listener.js'
import type { RequestMetrics } from './metrics.js'
import { negotiate } from './negotiation.js'
import { pageNotFound } from './paths.js'
import type { Answer, ApiCall, Handler, ResourceTarget, User } from './request.js'
import { isLongRunning, type RequestInfo, requestInfo, resolve } from './router.js'
import { channelsReply } from './streaming/channels.js'

/** Headers of one answer, before the door adds its own. */
type Headers = Record<string, string | readonly string[]>

export interface PipelineOptions {
  readonly context: Context
  readonly registry: Registry
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly metrics: RequestMetrics
  /** Whatever is no resource: health, discovery, OpenAPI, version, metrics. Throws ApiError 404 for what there is not. */
  readonly paths: Handler
  /** Stored kinds and their plain subresources. */
  readonly resources: Handler
  /** Kinds that are questions (reviews); undefined for any other. */
  readonly reviews: (target: ResourceTarget) => Handler | undefined
  /** Subresources that stream (log, exec, attach, portforward, proxy); undefined for any other. */
  readonly streams: (target: ResourceTarget) => StreamHandler | undefined
  /** Resolves when resources can be served; rejects with an ApiError 503 when that takes too long. */
  readonly ready: () => Promise<void> | undefined
  /** Faults in force: around requests, and in what reads show. */
  readonly faults: ApiFaultStage
}

/** A handler that may take the connection over, and so sees it. */
export type StreamHandler = (call: ApiCall, incoming: Incoming) => Promise<Answer | Reply>

export interface Pipeline {
  /** Requests from outside, by their credentials. */
  readonly serve: Serve
  /** Requests from the cast, by who sent them. */
  readonly serveAs: (user: User, incoming: Incoming) => Promise<Reply>
}

const requestTimeoutMs = 60_000
const noBody = new Uint8Array(0)
const healthPaths = /^\/(healthz|livez|readyz)(\/|$)/

export function createPipeline(options: PipelineOptions): Pipeline {
  const { context, authenticator, metrics } = options
  const auditIds = createAuditIds(context.ids.uid())

  async function serve(incoming: Incoming, authenticate: () => User | Promise<User>): Promise<Reply> {
    const started = context.clock.monotonic()
    const headers: Headers = { 'audit-id': incoming.headers['audit-id'] ?? auditIds(), 'cache-control': 'no-cache, private' }
    const { url } = incoming
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
    let info: RequestInfo | undefined
    let reply: Reply
    try {
      info = requestInfo(incoming.method, path, query)
      // Before the first policy and accounts are there, everybody would be refused everything: who came early waits.
      const pending = healthPaths.test(path) ? undefined : options.ready()
      if (pending) await pending
      const authenticated = authenticate()
      const user = authenticated instanceof Promise ? await authenticated : authenticated
      const asked: Asked = { incoming, info, path, query, user: impersonate(user, incoming, options.authorizer), headers }
      reply = await options.faults.around(asked, (own) => handle(options, own === incoming ? asked : { ...asked, incoming: own }))
    } catch (error) {
      reply = errorReply(context, error, { incoming, query, headers })
    }
    metrics.observe(info, 'status' in reply ? reply.status : 101, context.clock.monotonic() - started)
    return reply
  }

  return {
    serve: (incoming) => serve(incoming, () => authenticator.authenticate(incoming)),
    serveAs: (user, incoming) => serve(incoming, () => user),
  }
}

/** Ids in the form of UUIDs: this server's random part and a count, because drawing a new one costs more than a lookup. */
function createAuditIds(uid: string): () => string {
  const own = uid.slice(0, 24)
  let count = 0
  return () => own + (++count).toString(16).padStart(12, '0')
}

interface Asked {
  readonly incoming: Incoming
  readonly info: RequestInfo
  readonly path: string
  readonly query: URLSearchParams
  readonly user: User
  readonly headers: Headers
}

async function handle(options: PipelineOptions, asked: Asked): Promise<Reply> {
  const { info, incoming, query, user, headers, path } = asked
  authorize(options.authorizer, asked)
  if (info.type === 'resource' && !options.registry.serves(info))
    return finish(pageNotFound, jsonEncoding(options.context), asked, noWarnings)
  const target = resolve(info, incoming.method, options.registry)
  if (target.type === 'path')
    return finish(await options.paths(await callOf(asked, target)), jsonEncoding(options.context), asked, noWarnings)

  const stream = options.streams(target)
  if (stream) {
    const call = new Call(incoming, { target, path, query, body: noBody, user })
    const answer = await stream(call, incoming)
    return 'code' in answer || answer.type === 'status' || answer.type === 'connect'
      ? finish(answer as Answer, jsonEncoding(options.context), asked, call.warnings)
      : withHeaders(answer as Reply, headers)
  }

  const review = options.reviews(target)
  const watch = target.verb === 'watch'
  const negotiated = negotiate(incoming.headers, query.get('pretty'), { table: review === undefined, watch })
  const encoding: Encoding = {
    ...negotiated,
    include: negotiated.transform?.as === 'Table' ? includeObjectOf(query) : 'Metadata',
    now: () => options.context.clock.now(),
    toYaml,
    failed: (error) => logBug(options.context, incoming, error),
  }
  const call = await callOf(asked, target)
  const handler = options.faults.view(asked, review ?? options.resources)
  if (isLongRunning(info)) return finish(await handler(call), encoding, asked, call.warnings)
  const { clock } = options.context
  const deadlineMs = deadlineOf(query)
  const answer = await within(
    (ms, run) => clock.after(ms, run),
    deadlineMs,
    handler(call),
    () => {
      incoming.abort()
      return timeout('request did not complete within the allotted timeout', 0)
    },
  )
  return finish(answer, encoding, asked, call.warnings)
}

const noWarnings: readonly string[] = []

async function callOf({ incoming, path, query, user }: Asked, target: ApiCall['target']): Promise<Call> {
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
  return new Call(incoming, { target, path, query, user, body: hasBody ? await incoming.body() : noBody })
}

function authorize(authorizer: Authorizer, { info, incoming, user }: Asked): void {
  if (info.type === 'path') {
    if (healthPaths.test(info.path)) return
    return authorizeOrForbid(authorizer, { user, verb: info.verb, path: info.path })
  }
  const attributes: Attributes = { user, verb: info.verb, resource: info }
  authorizeOrForbid(authorizer, attributes)
  // A GET that takes a pod's connection over does what POST does (gate AuthorizePodWebsocketUpgradeCreatePermission, on since 1.35).
  const takesOver =
    info.verb === 'get' &&
    info.resource === 'pods' &&
    (info.subresource === 'exec' || info.subresource === 'attach' || info.subresource === 'portforward')
  if (takesOver && incoming.upgrade === 'websocket') authorizeOrForbid(authorizer, { ...attributes, verb: 'create' })
}

/** Milliseconds a request may take: `timeout` of the query, up to a minute. Throws ApiError 400. */
function deadlineOf(query: URLSearchParams): number {
  const asked = query.get('timeout')
  if (!asked) return requestTimeoutMs
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(asked) ?? []
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit ?? '']
  if (factor === undefined)
    throw badRequest(`invalid timeout specified in the request URL: time: invalid duration ${JSON.stringify(asked)}`)
  return Number(amount) === 0 ? requestTimeoutMs : Math.min(requestTimeoutMs, Number(amount) * factor)
}

function jsonEncoding({ clock }: Context): Encoding {
  return { format: 'json', pretty: false, include: 'Metadata', now: () => clock.now(), toYaml, failed: () => {} }
}

function finish(answer: Answer, encoding: Encoding, { incoming, headers }: Asked, warnings: readonly string[]): Reply {
  if (warnings.length > 0) headers.warning = [...new Set(warnings)].map(warningHeader)
  switch (answer.type) {
    case 'object':
      return wholeReply(encodeObject(answer, encoding), headers)
    case 'list':
      return wholeReply(encodeList(answer, encoding), headers)
    case 'status':
      return wholeReply(encodeStatus(answer.status, encoding), headers)
    case 'watch':
      return streamReply(200, watchContentType, encodeWatch(answer, encoding), incoming, headers)
    case 'bytes':
      return { type: 'whole', status: answer.code, headers: Object.assign(headers, answer.headers), body: answer.body }
    case 'stream':
      return withHeaders({ type: 'stream', status: answer.code, headers: { ...answer.headers }, chunks: answer.chunks }, headers)
    case 'connect':
      return withHeaders(channelsReply(answer, incoming), headers)
    default:
      return unreachable(answer)
  }
}

function wholeReply({ status, contentType, body }: { status: number; contentType: string; body: string }, headers: Headers): Reply {
  headers['content-type'] = contentType
  return { type: 'whole', status, headers, body }
}

/** A watch goes over a WebSocket to who asks for one, a message an event. */
function streamReply(status: number, contentType: string, chunks: AsyncIterable<string>, incoming: Incoming, headers: Headers): Reply {
  headers['content-type'] = contentType
  if (incoming.upgrade !== 'websocket') return { type: 'stream', status, headers, chunks }
  return {
    type: 'websocket',
    protocol: '',
    headers: {},
    async run(socket) {
      for await (const chunk of chunks) for (const line of chunk.split('\n')) if (line !== '') await socket.send(line)
    },
  }
}

function withHeaders(reply: Reply, headers: Headers): Reply {
  return reply.type === 'cut' ? reply : { ...reply, headers: { ...headers, ...reply.headers } }
}

/** RFC 7234 warn-text, as apimachinery's net.NewWarningHeader quotes it. */
function warningHeader(text: string): string {
  return `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/[^\x20-\x7e]/g, '')}"`
}

function errorReply(context: Context, error: unknown, { incoming, query, headers }: Pick<Asked, 'incoming' | 'query' | 'headers'>): Reply {
  if (error instanceof ImpersonationError)
    return {
      type: 'whole',
      status: 500,
      headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
      body: `Internal Server Error: ${JSON.stringify(incoming.url)}: ${error.message}\n`,
    }
  const known = error instanceof ApiError
  if (!known && incoming.signal.aborted) return { type: 'whole', status: 499, headers, body: '' }
  if (!known) logBug(context, incoming, error)
  const { status } = known ? error : internalError(messageOf(error))
  const wait = status.details?.retryAfterSeconds
  if (wait) headers['retry-after'] = String(wait)
  return wholeReply(encodeStatus(status, { ...plainForm(incoming, query), toYaml }), headers)
}

function logBug({ log }: Context, { method, url }: Incoming, error: unknown): void {
  log.error('a request failed', { method, url, error: messageOf(error), stack: error instanceof Error ? error.stack : undefined })
}

/** The form of an error: as asked for where that can be had, else JSON. */
function plainForm(incoming: Incoming, query: URLSearchParams): Pick<Encoding, 'format' | 'pretty'> {
  try {
    return negotiate(incoming.headers, query.get('pretty'), { table: true, watch: false })
  } catch {
    return { format: 'json', pretty: false }
  }
}
