/** Whether a fault means a request, and whether it is this request's turn. */

import type { Random } from '../../base/random.js'
import type { FaultOf } from '../../kernel/faults.js'
import { matchesGlob } from '../../kernel/faults.js'
import type { Incoming } from '../listener.js'
import type { User } from '../request.js'
import type { RequestInfo } from '../router.js'
import type { ApiFault, RequestSelector } from './protocol.js'

/** A request as selectors see it. */
export interface Asked {
  readonly incoming: Incoming
  readonly info: RequestInfo
  readonly user: User
}

/** A fault in force, as the board has it. */
export type ApiSpec = { readonly id: string } & ApiFault

export function apiSpecs(specs: readonly FaultOf<'api'>[]): readonly ApiSpec[] {
  return specs as unknown as readonly ApiSpec[]
}

const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const writes: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

export function means(selector: RequestSelector, { incoming, info, user }: Asked): boolean {
  const any = (globs: readonly string[] | undefined, ...texts: readonly string[]): boolean =>
    globs === undefined || globs.some((glob) => texts.some((text) => matchesGlob(glob, text)))
  const { name = '', role = '' } = incoming.actor ?? {}
  if (selector.actor && !(incoming.actor && any(selector.actor, name, role))) return false
  // Health checks and discovery are meant by who asks only.
  if (info.type === 'path' && (selector.resource ?? selector.verb ?? selector.namespace ?? selector.name ?? selector.subresource))
    return false
  return (
    any(selector.user, user.name) &&
    any(selector.userAgent, incoming.headers['user-agent'] ?? '') &&
    meansVerb(selector.verb, info.verb) &&
    any(selector.resource, info.resource, info.group ? `${info.resource}.${info.group}` : info.resource) &&
    any(selector.subresource, info.subresource) &&
    any(selector.namespace, info.namespace) &&
    any(selector.name, info.name)
  )
}

function meansVerb(verbs: readonly string[] | undefined, verb: string): boolean {
  if (!verbs) return true
  return verbs.some((one) => one === '*' || one === verb || (one === 'read' && reads.has(verb)) || (one === 'write' && writes.has(verb)))
}

/** Counts what each fault has met, so that `skip`, `times` and `probability` hold over all requests. */
export class Turns {
  readonly #met = new Map<string, { seen: number; hit: number }>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** Whether the fault hits this one. */
  take({ id, skip = 0, times = Number.POSITIVE_INFINITY, probability = 1 }: ApiSpec): boolean {
    const met = this.#met.get(id) ?? { seen: 0, hit: 0 }
    this.#met.set(id, met)
    met.seen++
    if (met.seen <= skip || met.hit >= times || !this.#random.chance(probability)) return false
    met.hit++
    return true
  }

  /** Forgets the faults that are over. */
  keep(specs: readonly ApiSpec[]): void {
    const active = new Set(specs.map(({ id }) => id))
    for (const id of [...this.#met.keys()]) if (!active.has(id)) this.#met.delete(id)
  }
}
