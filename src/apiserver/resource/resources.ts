/**
 * The back half of the API server: every kind's objects, from the store to the Answer. createResources() joins the mirror
 * of the store, the verbs, admission, allocation and bootstrap behind one Handler. It serves get, list, watch, create,
 * update, patch, delete and deletecollection of all stored kinds and their subresources that are plain requests (status,
 * scale, binding, eviction, ephemeralcontainers, resize, token, finalize, approval). Verb 'connect', pod logs and the
 * review kinds are not its business. Next: mirror.ts (reading), create.ts and update.ts
 * (writing).
 */

import { type KubeObject, parseApiVersion } from '../../api/meta/object.js'
import type { GroupResource } from '../../api/meta/status.js'
import type { Registry } from '../../api/registry.js'
import { defined } from '../../base/assert.js'
import { sleep } from '../../base/clock.js'
import { CodedError, messageOf } from '../../base/errors.js'
import type { Context } from '../../kernel/context.js'
import type { StoreClient } from '../../store/client.js'
import { createAdmissionChain } from '../admission/chain.js'
import type { AdmissionPlugin } from '../admission/plugin.js'
import type { Allocation } from '../allocation/allocation.js'
import { createServiceAllocation } from '../allocation/service-allocation.js'
import { bootstrap } from '../bootstrap.js'
import type { Handler } from '../request.js'
import { createCommitter } from './commit.js'
import { expireEvents } from './expiry.js'
import { createHandler } from './handler.js'
import { keyOf, type StorageOf } from './keys.js'
import type { Lookup } from './lookup.js'
import { createLookup } from './lookup-of-mirror.js'
import { createMirror, type Mirror } from './mirror.js'
import type { AccessQuestion, ResourceSettings, TokenClaims } from './options.js'
import { createReader } from './read.js'
import { type Form, storedText } from './wire-form.js'
import type { World } from './world.js'

export type { Change, Lookup } from './lookup.js'
export type { AccessQuestion, BootstrapObject, ResourceSettings, TokenClaims } from './options.js'

export interface ResourcesOptions {
  readonly context: Context
  readonly store: StoreClient
  readonly registry: Registry
  readonly settings?: ResourceSettings
  /** Signs a service-account token; without it serviceaccounts/token answers 404. */
  readonly signToken?: (claims: TokenClaims) => Promise<{ readonly token: string; readonly expirationMs: number }>
  /** Whether the user may; without it everything is allowed. */
  readonly authorize?: (question: AccessQuestion) => boolean
  /** Webhooks and admission policies, in their order. */
  readonly dynamicAdmission?: readonly AdmissionPlugin[]
}

export interface Resources {
  readonly handler: Handler
  readonly lookup: Lookup
  /** Fills the mirror, makes the bootstrap objects and starts the loops (by Context.spawn); resolves as `synced` does. */
  start(): Promise<void>
  /** Resolves when the mirror is filled for the first time and the bootstrap objects exist. */
  readonly synced: Promise<void>
}

/** How long before the mirror's past is thrown away by the store (--etcd-compaction-interval). */
const compactEveryMs = 300_000

export function createResources(options: ResourcesOptions): Resources {
  const { context, store, registry, settings = {} } = options
  const freeze = settings.freeze ?? false
  const serviceCidrs = settings.serviceCidrs ?? ['10.96.0.0/16']
  const formOf = ({ kind, storedAs }: StorageOf): Form => ({
    // Asked for each time: a custom resource's definition may give it another schema.
    get schema() {
      return kind && storedAs ? registry.findKind({ ...storedAs, kind })?.schema : undefined
    },
    freeze,
  })
  const mirror = createMirror({ context, store, formOf })
  const reader = createReader({ mirror, store })
  const lookup = createLookup({ mirror, reader, registry })
  const authorize = options.authorize ?? (() => true)
  const admission = createAdmissionChain(
    {
      lookup,
      ids: context.ids,
      now: () => context.clock.now(),
      authorize,
      rewrite: (resource, object) => rewritten(registry, resource, object),
    },
    options.dynamicAdmission,
  )
  const world: World = {
    context,
    registry,
    store,
    mirror,
    reader,
    lookup,
    admission,
    authorize,
    freeze,
    committer: createCommitter({ store, mirror }),
    allocation: allocationOf(options, mirror, serviceCidrs),
    signToken: options.signToken,
  }
  let markSynced = (): void => {}
  const synced = new Promise<void>((resolve) => {
    markSynced = resolve
  })
  let started: Promise<void> | undefined
  const start = (): Promise<void> => {
    started ??= (async () => {
      for (const kind of registry.kinds()) mirror.shelf(kind)
      context.spawn('mirror', () => mirror.run())
      await mirror.filled
      await bootstrap(world, settings, serviceCidrs)
      context.spawn('compaction', () => compactRegularly(options))
      context.spawn('event-expiry', () => expireEvents({ context, store, mirror }))
      markSynced()
    })()
    return started
  }
  return { handler: createHandler(world), lookup, start, synced }
}

const encoder = new TextEncoder()

function rewritten(
  registry: Registry,
  { group, resource }: GroupResource,
  object: KubeObject,
): { key: string; value: () => Uint8Array; revision: number } {
  const { version = 'v1' } = parseApiVersion(object.apiVersion) ?? {}
  const kind = defined(registry.findResource({ group, version, resource }), `${resource} are served`)
  const { namespace = '', name, resourceVersion } = object.metadata
  return {
    key: keyOf(kind, namespace, name),
    value: () => encoder.encode(storedText(object, kind.schema)),
    revision: Number(resourceVersion),
  }
}

function allocationOf({ context, registry, settings = {} }: ResourcesOptions, mirror: Mirror, serviceCidrs: readonly string[]): Allocation {
  const addresses = registry.findKind({ group: 'networking.k8s.io', version: 'v1', kind: 'IPAddress' })
  const ranges = registry.findKind({ group: 'networking.k8s.io', version: 'v1', kind: 'ServiceCIDR' })
  if (!addresses || !ranges) return { claim: () => undefined }
  return createServiceAllocation({
    context,
    mirror,
    addresses,
    ranges,
    serviceCidrs,
    nodePorts: settings.nodePorts ?? { first: 30_000, last: 32_767 },
  })
}

/** Lets the store forget what is older than one interval: what was current at the last round. */
async function compactRegularly({ context, store }: ResourcesOptions): Promise<void> {
  let past = 0
  while (!context.signal.aborted) {
    try {
      const current = await store.readRevision({ signal: context.signal })
      if (past > 0) await store.compact(past)
      past = current
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      context.log.warn('The store could not be compacted', { message: messageOf(error) })
    }
    await sleep(context.clock, compactEveryMs, context.signal).catch(() => {})
  }
}
