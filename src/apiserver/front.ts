/**
 * The front half of the API server put together: who, whether and in which form, around the half that stores objects.
 * actor.ts gives it the real other half; tests give it one in memory.
 */
import type { Registry } from '../api/registry.js'
import type { Context } from '../kernel/context.js'
import { type Authenticator, createAuthenticator, type StaticToken } from './authn/chain.js'
import { createTokenIssuer, type SignToken } from './authn/token-issuer.js'
import type { Authorizer } from './authz/authorizer.js'
import { type CheckEscalation, createEscalationCheck } from './authz/escalation.js'
import { createAuthorizer } from './authz/rbac.js'
import { createReviews } from './authz/reviews.js'
import type { Crypto } from './crypto.js'
import { createDiscovery } from './discovery.js'
import { createApiFaults } from './faults/stage.js'
import type { HealthCheck } from './health.js'
import type { CreateHeaderCompression } from './listener.js'
import { createRequestMetrics } from './metrics.js'
import { type CompileOpenApi, createOpenApi } from './openapi.js'
import { createPaths } from './paths.js'
import { createPipeline, type Pipeline } from './pipeline.js'
import { Readiness } from './readiness.js'
import type { Handler } from './request.js'
import type { Lookup } from './resource/lookup.js'
import { createStreams } from './streaming/streams.js'

export interface IdentityOptions {
  readonly staticTokens?: readonly StaticToken[]
  /** iss of service-account tokens; default https://kubernetes.default.svc.cluster.local. */
  readonly issuer?: string
  /** Audiences the server answers to; default the issuer. */
  readonly audiences?: readonly string[]
  /** Whether requests without credentials are let in as system:anonymous; default true. */
  readonly anonymous?: boolean
}

/** Who and whether: made before the other half, which asks it. */
export interface Identity {
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly signToken: SignToken
  readonly checkEscalation: CheckEscalation
  readonly issuer: string
}

export interface FrontOptions {
  readonly context: Context
  readonly registry: Registry
  readonly crypto: Crypto
  readonly compression: CreateHeaderCompression
  readonly identity: Identity
  readonly compileOpenApi: CompileOpenApi
  readonly handler: Handler
  readonly lookup: Lookup
  /** Resolves when the other half can serve. */
  readonly synced: Promise<void>
  /** host:port as clients reach the server. */
  readonly serverAddress: () => string
}

export function createIdentity(context: Context, crypto: Crypto, lookup: Lookup, options: IdentityOptions): Identity {
  const { issuer = 'https://kubernetes.default.svc.cluster.local', staticTokens = [], anonymous = true } = options
  const audiences = options.audiences ?? [issuer]
  const authorizer = createAuthorizer(lookup)
  return {
    issuer,
    authorizer,
    authenticator: createAuthenticator({ clock: context.clock, crypto, lookup, staticTokens, issuer, audiences, anonymous }),
    signToken: createTokenIssuer({ clock: context.clock, ids: context.ids, crypto, issuer, audience: audiences[0] ?? issuer }),
    checkEscalation: createEscalationCheck(authorizer, lookup),
  }
}

export function createFront(options: FrontOptions): Pipeline {
  const { context, registry, crypto, identity, lookup } = options
  const metrics = createRequestMetrics()
  const readiness = new Readiness(context, options.synced)
  const paths = createPaths({
    discovery: createDiscovery(registry, options.serverAddress, crypto.sha512),
    openApi: createOpenApi(options.compileOpenApi, crypto.sha512, () => context.clock.now()),
    checks: healthChecks(lookup, readiness),
    metrics: () => `${metrics.text()}${context.metrics.text()}`,
    crypto,
    issuer: identity.issuer,
    jwksUri: () => `https://${options.serverAddress()}/openid/v1/jwks`,
  })
  return createPipeline({
    context,
    registry,
    authenticator: identity.authenticator,
    authorizer: identity.authorizer,
    metrics,
    paths,
    resources: options.handler,
    reviews: createReviews({ registry, ...identity }),
    streams: createStreams({ context, lookup, registry, compression: options.compression }),
    ready: () => readiness.wait(),
    faults: createApiFaults(context, () => lookup.revision),
  })
}

/** What the server does once the store has been read and the first objects are made; upstream's names of its hooks. */
const startHooks = [
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'start-system-namespaces-controller',
  'bootstrap-controller',
]

function healthChecks(lookup: Lookup, readiness: Readiness): HealthCheck[] {
  const all = ['healthz', 'livez', 'readyz'] as const
  const fine = (): void => {}
  const started = (): void => {
    if (!readiness.isReady) throw new Error('not finished')
  }
  const store = (): Promise<void> => lookup.refresh()
  return [
    { name: 'ping', of: all, check: fine },
    { name: 'log', of: all, check: fine },
    { name: 'etcd', of: all, check: store },
    { name: 'etcd-readiness', of: ['readyz'], check: store },
    { name: 'informer-sync', of: ['readyz'], check: started },
    ...startHooks.map((hook): HealthCheck => ({ name: `poststarthook/${hook}`, of: all, check: started })),
    { name: 'shutdown', of: ['readyz'], check: () => readiness.checkOpen() },
  ]
}
