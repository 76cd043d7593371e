/**
 * The API server as an actor: the half that stores objects behind the half that judges requests, at two doors: HTTPS for
 * the world (the Listener port) and messages for the cast. It listens as soon as it has started; requests for objects
 * wait until the mirror of the store is filled.
 */

import { compileOpenApi } from '../api/openapi/compile.js'
import { builtinRegistry } from '../api/registry.js'
import { unreachable } from '../base/assert.js'
import { joinBytes } from '../base/bytes.js'
import { CodedError } from '../base/errors.js'
import type { Behaviour, Instance, Received } from '../kernel/behaviour.js'
import type { Stream } from '../kernel/stream.js'
import { createStoreClient } from '../store/client.js'
import { userOfSender } from './authn/sender.js'
import { bootstrapPolicy } from './authz/bootstrap-policy.js'
import { escalationPlugin } from './authz/escalation-plugin.js'
import type { ApiServerConfig } from './config.js'
import type { CreateCrypto } from './crypto.js'
import { createFront, createIdentity, type Identity } from './front.js'
import type { CreateHeaderCompression, Incoming, Listener, Reply } from './listener.js'
import type { CompileOpenApi } from './openapi.js'
import type { Pipeline } from './pipeline.js'
import type { ApiFrame, ApiRequest, ApiResponse, ApiServerProtocol } from './protocol.js'
import type { AccessQuestion } from './resource/resources.js'
import { createResources, type ResourceSettings } from './resource/resources.js'

export interface ApiServerPorts {
  readonly createCrypto: CreateCrypto
  /** Absent on a stage without sockets: then only the cast is served. */
  readonly listener?: Listener
  readonly compression: CreateHeaderCompression
  /** Absent: the documents are made here, without descriptions. */
  readonly compileOpenApi?: CompileOpenApi
}

/** How long whole answers may go on when the server stops. */
const drainMs = 2_000

export const apiServerActor: Behaviour<ApiServerProtocol, ApiServerConfig, ApiServerPorts> = {
  role: 'apiserver',
  async init(context, config, ports) {
    const crypto = await ports.createCrypto({ signing: config.serviceAccountKey, verifying: config.serviceAccountPublicKeys ?? [] })
    const registry = builtinRegistry()
    let address = { host: config.host, port: config.port }
    let pipeline: Pipeline | undefined
    const listening = await ports.listener?.listen({ ...config, serve: (incoming) => (pipeline as Pipeline).serve(incoming) })
    if (listening) address = { host: listening.host, port: listening.port }

    let identity: Identity | undefined
    const resources = createResources({
      context,
      registry,
      store: createStoreClient(context, config.replicas),
      settings: resourceSettings(config, address),
      signToken: (claims) => (identity as Identity).signToken(claims),
      authorize: (question) => allows(identity as Identity, question),
      dynamicAdmission: [escalationPlugin(() => (identity as Identity).checkEscalation)],
    })
    identity = createIdentity(context, crypto, resources.lookup, config)
    const synced = resources.start()
    synced.catch((error: unknown) => context.crash(error))
    pipeline = createFront({
      context,
      registry,
      crypto,
      compression: ports.compression,
      identity,
      compileOpenApi: ports.compileOpenApi ?? (async () => compileOpenApi(registry, '{}')),
      handler: resources.handler,
      lookup: resources.lookup,
      synced,
      serverAddress: () => `${config.advertise?.ip ?? address.host}:${config.advertise?.port ?? address.port}`,
    })
    return instance(pipeline, { terminate: () => listening?.close(drainMs), inspect: () => ({ ...address }) })
  },
}

function instance(pipeline: Pipeline, more: Pick<Instance<ApiServerProtocol>, 'terminate' | 'inspect'>): Instance<ApiServerProtocol> {
  return {
    ...more,
    calls: {
      request: (request, received) => answerCall(pipeline, request, received),
    },
    streams: {
      open: (request, stream, received) => answerStream(pipeline, request, stream, received),
    },
  }
}

async function answerCall(pipeline: Pipeline, request: ApiRequest, received: Received): Promise<ApiResponse> {
  const reply = await pipeline.serveAs(userOfSender(received.from), incomingOf(request, received))
  if (reply.type === 'stream') {
    const parts: Uint8Array[] = []
    for await (const chunk of reply.chunks) parts.push(bytesOf(chunk))
    return { status: reply.status, headers: flat(reply.headers), body: joinBytes(parts) }
  }
  if (reply.type === 'cut') throw connectionBroken()
  if (reply.type === 'whole') return { status: reply.status, headers: flat(reply.headers), body: bytesOf(reply.body) }
  return { status: 400, headers: { 'content-type': 'text/plain' }, body: bytesOf('Upgrade requests have no meaning here\n') }
}

async function answerStream(pipeline: Pipeline, request: ApiRequest, stream: Stream<unknown, ApiFrame>, received: Received): Promise<void> {
  const gone = new AbortController()
  void stream.closed.then(() => gone.abort())
  const reply = await pipeline.serveAs(userOfSender(received.from), incomingOf(request, { ...received, signal: gone.signal }))
  switch (reply.type) {
    case 'whole':
      await stream.send({ head: { status: reply.status, headers: flat(reply.headers) } })
      return stream.send({ bytes: bytesOf(reply.body) })
    case 'stream':
      await stream.send({ head: { status: reply.status, headers: flat(reply.headers) } })
      for await (const chunk of reply.chunks) await stream.send({ bytes: bytesOf(chunk) })
      return
    case 'cut':
      throw connectionBroken()
    case 'websocket':
    case 'raw':
      return stream.send({ head: { status: 400, headers: {} } })
    default:
      return unreachable(reply)
  }
}

function incomingOf(
  { method, path, headers = {}, body = noBytes }: ApiRequest,
  { from, signal }: Pick<Received, 'from' | 'signal'>,
): Incoming {
  const abort = new AbortController()
  if (signal.aborted) abort.abort()
  else signal.addEventListener('abort', () => abort.abort(), { once: true })
  return {
    method,
    url: path,
    headers,
    values: (name) => (headers[name] === undefined ? [] : headers[name].split(',').map((one) => one.trim())),
    body: () => Promise.resolve(body),
    async *bodyStream() {
      yield body
    },
    remote: from.name,
    actor: from,
    local: 'cast',
    signal: abort.signal,
    abort: () => abort.abort(),
  }
}

/** To the cast a broken connection is what the server's death looks like: nobody knows what came of the request. */
function connectionBroken(): CodedError {
  return new CodedError('ActorDown', 'Cannot tell the outcome of the request: the connection broke')
}

const noBytes = new Uint8Array(0)
const encoder = new TextEncoder()

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? encoder.encode(text) : text
}

function flat(headers: Extract<Reply, { type: 'whole' }>['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]))
}

function resourceSettings(
  { serviceCidr, nodePorts, advertise, clientCa }: ApiServerConfig,
  address: { host: string; port: number },
): ResourceSettings {
  return {
    ...(serviceCidr === undefined ? {} : { serviceCidrs: [serviceCidr] }),
    ...(nodePorts ? { nodePorts } : {}),
    advertise: advertise ?? { ip: address.host, port: address.port },
    authenticationConfig: { 'client-ca-file': clientCa },
    bootstrapObjects: bootstrapPolicy(),
  }
}

function allows(
  { authorizer }: Identity,
  { user, verb, group, resource, subresource = '', namespace = '', name = '' }: AccessQuestion,
): boolean {
  return authorizer.authorize({ user, verb, resource: { group, version: '*', resource, subresource, namespace, name } }).allowed
}
