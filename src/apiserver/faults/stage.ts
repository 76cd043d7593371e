/**
 * The faults of requests, around the whole of their handling: refused, late, carried out without an answer or twice,
 * counted. It stands behind authentication, so that both doors are alike and a fault can mean a user; what a client sees
 * of the cluster's state is views.ts's. Without faults in force a request costs one look at an empty list.
 */
import { ApiError, conflict, expired, internalError, serviceUnavailable, timeout, tooManyRequests } from '../../api/meta/status.js'
import { sleep } from '../../base/clock.js'
import type { Context } from '../../kernel/context.js'
import type { Incoming, Reply } from '../listener.js'
import type { Handler } from '../request.js'
import { RepeatableIncoming } from './repeatable.js'
import { type ApiSpec, type Asked, apiSpecs, means, Turns } from './selector.js'
import { createViews } from './views.js'

export interface ApiFaultStage {
  /** Carries a request out, or not, as the faults in force say. Throws ApiError as the handling does. */
  around(asked: Asked, carry: (incoming: Incoming) => Promise<Reply>): Promise<Reply>
  /** What the handler's answers look like to who asks. */
  view(asked: Asked, handler: Handler): Handler
}

const handThrough: ApiFaultStage = { around: ({ incoming }, carry) => carry(incoming), view: (_asked, handler) => handler }

/** `revision` is the newest that the server knows. */
export function createApiFaults(context: Context, revision: () => number): ApiFaultStage {
  const { faults } = context
  if (!faults) return handThrough
  const turns = new Turns(context.random.fork('api faults'))
  const views = createViews({ context, faults, turns, revision })
  const counts = new Map<string, number>()
  const active = (): readonly ApiSpec[] => apiSpecs(faults.of('api'))
  faults.onChange(() => turns.keep(active()))

  /** Counts a request for an observer; resolves when it has been held for as long as that one wants. */
  async function observe(spec: ApiSpec & { type: 'observe' }, signal: AbortSignal): Promise<void> {
    const count = (counts.get(spec.id) ?? 0) + 1
    counts.set(spec.id, count)
    faults?.hit(spec.id)
    if (count % spec.count === 0 && spec.holdMs > 0) await sleep(context.clock, spec.holdMs, signal).catch(() => undefined)
  }

  async function suffer(specs: readonly ApiSpec[], asked: Asked, carry: (incoming: Incoming) => Promise<Reply>): Promise<Reply> {
    let { incoming } = asked
    let lost = false
    let twice: 'first' | 'second' | undefined
    for (const spec of specs) {
      if (spec.type === 'observe') {
        if (spec.moment === 'before') await observe(spec, incoming.signal)
        continue
      }
      if (!hurtsRequests.has(spec.type) || !turns.take(spec)) continue
      faults?.hit(spec.id)
      if (spec.type === 'latency')
        await sleep(context.clock, spec.delayMs + context.random.float() * spec.jitterMs, incoming.signal).catch(() => undefined)
      else if (spec.type === 'error') throw errorOf(spec, asked)
      else if (spec.type === 'response-lost') lost = true
      else if (spec.type === 'applied-twice') twice = spec.answer
    }
    if (twice) incoming = new RepeatableIncoming(incoming)
    const reply = await settled(() => carry(incoming))
    const second = twice && (await settled(() => carry(incoming)))
    const answer = second && twice === 'second' ? second : reply
    for (const spec of specs)
      if (spec.type === 'observe' && spec.moment === 'after' && succeeded(reply)) await observe(spec, incoming.signal)
    if (lost) return { type: 'cut' }
    if ('error' in answer) throw answer.error
    return answer.reply
  }

  return {
    around(asked, carry) {
      const all = active()
      if (all.length === 0) return carry(asked.incoming)
      const specs = all.filter(({ requests }) => means(requests, asked))
      return specs.length === 0 ? carry(asked.incoming) : suffer(specs, asked, carry)
    },
    view: (asked, handler) => views.of(asked, handler),
  }
}

const hurtsRequests: ReadonlySet<string> = new Set<ApiSpec['type']>(['error', 'latency', 'response-lost', 'applied-twice'])

type Settled = { readonly reply: Reply } | { readonly error: unknown }

async function settled(work: () => Promise<Reply>): Promise<Settled> {
  try {
    return { reply: await work() }
  } catch (error) {
    return { error }
  }
}

function succeeded(outcome: Settled): boolean {
  return 'reply' in outcome && 'status' in outcome.reply && outcome.reply.status < 300
}

/** The refusal in Kubernetes' own words, as the server itself would have given it. */
function errorOf({ code, message, retryAfterSeconds = 1 }: ApiSpec & { type: 'error' }, { info }: Asked): ApiError {
  const resource = { group: info.group, resource: info.resource }
  switch (code) {
    case 409:
      return conflict(
        resource,
        info.name,
        message ?? 'the object has been modified; please apply your changes to the latest version and try again',
      )
    case 410:
      return expired(message ?? 'The resourceVersion for the provided list is too old.')
    case 429:
      return tooManyRequests(message ?? 'The apiserver is overloaded, please try again later.', retryAfterSeconds)
    case 500:
      return internalError(message ?? 'etcdserver: request timed out')
    case 503:
      return serviceUnavailable(message ?? 'apiserver is shutting down')
    case 504:
      return timeout(message ?? 'request did not complete within the allotted timeout', retryAfterSeconds)
    default:
      return new ApiError(code, '', message ?? 'refused')
  }
}
