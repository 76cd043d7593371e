/**
 * The whole API server on real sockets and real certificates, over a store in memory: for tests that speak to it as
 * kubectl, the official client or a bare socket does. A kubelet can be played by giving actors.
 */

import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { compileOpenApi } from '../../src/api/openapi/compile.js'
import { builtinRegistry, type Registry } from '../../src/api/registry.js'
import type { StaticToken } from '../../src/apiserver/authn/chain.js'
import { bootstrapPolicy } from '../../src/apiserver/authz/bootstrap-policy.js'
import { escalationPlugin } from '../../src/apiserver/authz/escalation-plugin.js'
import { createHeaderCompression } from '../../src/apiserver/drivers/compression.js'
import { createCrypto } from '../../src/apiserver/drivers/crypto.js'
import { readDescriptions } from '../../src/apiserver/drivers/descriptions.js'
import { httpListener } from '../../src/apiserver/drivers/http.js'
import { createFront, createIdentity, type Identity } from '../../src/apiserver/front.js'
import type { Pipeline } from '../../src/apiserver/pipeline.js'
import { createResources, type Resources } from '../../src/apiserver/resource/resources.js'
import { createIds } from '../../src/base/ids.js'
import { createLogger, type LogRecord } from '../../src/base/log.js'
import { createRandom } from '../../src/base/random.js'
import { createPki } from '../../src/cluster/drivers/pki.js'
import { renderKubeconfig } from '../../src/cluster/kubeconfig.js'
import type { ActorRef, Context } from '../../src/kernel/context.js'
import type { Protocol } from '../../src/kernel/protocol.js'
import { createSystemClock } from '../../src/kernel/thread/platform.js'
import { createMetrics } from '../../src/telemetry/metrics.js'
import { createMemoryStore, type MemoryStore } from './memory-store.js'

/** What JSON.parse gives: tests look into it as they like. */
type Parsed = ReturnType<typeof JSON.parse>
type Pki = Awaited<ReturnType<typeof createPki>>

export interface FrontWorld {
  readonly port: number
  readonly pki: Pki
  readonly registry: Registry
  readonly store: MemoryStore
  readonly resources: Resources
  readonly identity: Identity
  readonly pipeline: Pipeline
  readonly context: Context
  readonly logs: LogRecord[]
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** As the administrator, or by the headers' credentials when `as` is 'nobody'. */
  request(
    method: string,
    path: string,
    options?: { headers?: Record<string, string | string[]>; body?: string | Uint8Array; as?: 'admin' | 'nobody' },
  ): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string; body: Uint8Array; json: Parsed }>
  kubectl(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
  close(graceMs?: number): Promise<void>
}

export interface FrontOptions {
  readonly actors?: Readonly<Record<string, Partial<ActorRef<Protocol>>>>
  readonly staticTokens?: readonly StaticToken[]
}

export const adminToken = 'admin-token'

export async function createFrontWorld({ actors = {}, staticTokens = [] }: FrontOptions = {}): Promise<FrontWorld> {
  const pki = await createPki({ clusterName: 'front', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
  const logs: LogRecord[] = []
  const stopping = new AbortController()
  const clock = createSystemClock({ unref: true })
  const random = createRandom(1)
  const context: Context = {
    self: { role: 'apiserver', name: 'apiserver', incarnation: 1 },
    clock,
    random,
    ids: createIds(random),
    log: createLogger(
      'apiserver',
      () => clock.now(),
      (record) => logs.push(record),
    ),
    metrics: createMetrics(),
    signal: stopping.signal,
    actor: (name) => {
      const played = actors[name]
      if (!played) throw new Error(`nobody plays ${name}`)
      return { name, ...played } as never
    },
    running: () => [],
    monitor: () => ({ cancel() {} }),
    spawn: (_label, run) =>
      void run().catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error
      }),
    crash: (error) => {
      throw error
    },
  }
  const crypto = await createCrypto({ signing: pki.serviceAccountKey })
  const registry = builtinRegistry()
  const store = createMemoryStore()
  let identity: Identity | undefined
  const resources = createResources({
    context,
    store,
    registry,
    settings: { bootstrapObjects: bootstrapPolicy(), freeze: true },
    signToken: (claims) => (identity as Identity).signToken(claims),
    dynamicAdmission: [escalationPlugin(() => (identity as Identity).checkEscalation)],
    authorize: ({ user, verb, group, resource, subresource = '', namespace = '', name = '' }) =>
      (identity as Identity).authorizer.authorize({ user, verb, resource: { group, version: '*', resource, subresource, namespace, name } })
        .allowed,
  })
  const admin = { name: 'admin', groups: ['system:masters'] }
  identity = createIdentity(context, crypto, resources.lookup, { staticTokens: [{ token: adminToken, user: admin }, ...staticTokens] })
  const synced = resources.start()
  let port = 0
  const pipeline = createFront({
    context,
    registry,
    crypto,
    compression: createHeaderCompression,
    identity,
    compileOpenApi: async () =>
      compileOpenApi(registry, await readDescriptions(new URL('../../src/api/generated/descriptions.json.gz', import.meta.url))),
    handler: resources.handler,
    lookup: resources.lookup,
    synced,
    serverAddress: () => `127.0.0.1:${port}`,
  })
  const listening = await httpListener.listen({
    host: '127.0.0.1',
    port: 0,
    certificate: pki.serverCertificate,
    key: pki.serverKey,
    clientCa: pki.caCertificate,
    serve: pipeline.serve,
  })
  port = listening.port
  await synced
  const directory = mkdtempSync(join(tmpdir(), 'troupe-front-'))
  const kubeconfig = join(directory, 'kubeconfig')
  writeFileSync(kubeconfig, renderKubeconfig({ name: 'front', server: `https://127.0.0.1:${port}`, pki }), { mode: 0o600 })

  const world: FrontWorld = {
    port,
    pki,
    registry,
    store,
    resources,
    identity,
    pipeline,
    context,
    logs,
    kubeconfig,
    request(method, path, { headers = {}, body, as = 'admin' } = {}) {
      return new Promise((resolve, reject) => {
        const credentials = as === 'admin' ? { cert: pki.adminCertificate, key: pki.adminKey } : {}
        const request = httpsRequest(
          {
            host: '127.0.0.1',
            port,
            method,
            path,
            ca: pki.caCertificate,
            agent: false,
            headers: { ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers },
            ...credentials,
          },
          (response) => {
            const parts: Buffer[] = []
            response.on('data', (part: Buffer) => parts.push(part))
            response.on('error', reject)
            response.on('end', () => {
              const bytes = Buffer.concat(parts)
              const text = bytes.toString()
              let json: Parsed
              try {
                json = JSON.parse(text)
              } catch {
                json = undefined
              }
              resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: bytes, json })
            })
          },
        )
        request.on('error', reject)
        request.end(body)
      })
    },
    kubectl: (...args) =>
      new Promise((resolve) => {
        const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: directory }
        execFile(kubectlPath() ?? 'kubectl', args, { env, timeout: 60_000 }, (error, stdout, stderr) =>
          resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
        )
      }),
    async close(graceMs = 0) {
      stopping.abort(new Error('stopped'))
      await listening.close(graceMs)
    },
  }
  // Pods want their service account, which a controller makes in a whole cluster.
  const account = { body: '{"metadata":{"name":"default"}}', headers: { 'content-type': 'application/json' } }
  await world.request('POST', '/api/v1/namespaces/default/serviceaccounts', account)
  return world
}

/** The kubectl that TROUPE_KUBECTL names, else 1.32 beside the one in the path (a dispatcher there would choose by server version), else that. */
export function kubectlPath(): string | undefined {
  if (process.env.TROUPE_KUBECTL) return process.env.TROUPE_KUBECTL
  try {
    const found = realpathSync(execFileSync('sh', ['-c', 'command -v kubectl']).toString().trim())
    const beside = join(dirname(found), 'kubectl.1.32')
    try {
      return realpathSync(beside)
    } catch {
      return found
    }
  } catch {
    return undefined
  }
}
