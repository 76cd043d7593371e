/** Faults at the API: of requests, and of the view that a client has of the cluster. Every API server is told all of them. */
import type { RequestSelector, ViewScope } from '../../apiserver/faults/protocol.js'
import { both, type FaultKind, type Order, type Parameter, probabilityParameter, type StageActor, type Within } from '../vocabulary.js'

export type { RequestSelector } from '../../apiserver/faults/protocol.js'

interface OnRequests {
  readonly requests: RequestSelector
  readonly probability: number
  readonly skip: number
  readonly times?: number
}

export type ApiFault = OnRequests &
  (
    | { readonly type: 'api-error'; readonly code: number; readonly message?: string; readonly retryAfterSeconds?: number }
    | { readonly type: 'api-latency'; readonly delayMs: number; readonly jitterMs: number }
    | { readonly type: 'api-response-lost' }
    | { readonly type: 'api-applied-twice'; readonly answer: 'first' | 'second' }
    | { readonly type: 'api-watch-cut'; readonly afterEvents?: number; readonly afterMs?: number }
    | { readonly type: 'api-bookmark-withheld' }
    | { readonly type: 'view-frozen'; readonly revision?: number; readonly scope: ViewScope }
    | { readonly type: 'view-lagging'; readonly lagMs: number; readonly scope: ViewScope }
    | { readonly type: 'view-hidden'; readonly events: readonly ('ADDED' | 'MODIFIED' | 'DELETED')[] }
    | { readonly type: 'view-past'; readonly revisions: number }
  )

const target = {
  requests: {
    type: 'requests',
    about: 'which requests: actor, user, userAgent, verb, resource, subresource, namespace, name',
    required: true,
  },
  probability: { ...probabilityParameter, about: 'of each request' },
  skip: { type: 'integer', about: 'so many of those meant go by first', default: 0, min: 0 },
  times: { type: 'integer', about: 'at most so many are hit', min: 1 },
} as const satisfies Record<string, Parameter>
const scope: Parameter = {
  type: 'choice',
  about: 'allowed: only what the API lets be old (watches, reads with a resourceVersion); all: every read, which is outside its promise',
  choices: ['allowed', 'all'],
  default: 'allowed',
}
const kind = (about: string, parameters: FaultKind['parameters'] = {}, within: Within = 'safe'): FaultKind => ({
  layer: 'api',
  about,
  stages: both,
  within,
  lasts: true,
  parameters: { ...target, ...parameters },
})

/** Status codes that an API server may answer with and a client must bear. */
export const errorCodes = [409, 410, 429, 500, 503, 504] as const

export const apiFaults: Readonly<Record<ApiFault['type'], FaultKind>> = {
  'api-error': kind('Requests are refused, and not carried out.', {
    code: { type: 'choice', about: 'HTTP status', choices: errorCodes.map(String), required: true },
    message: { type: 'text', about: "default: Kubernetes' own words" },
    retryAfterSeconds: { type: 'integer', about: 'of 429, 503 and 504', min: 0, max: 3_600 },
  }),
  'api-latency': kind('Requests wait before they are carried out.', {
    delayMs: { type: 'duration', about: 'how long', required: true, min: 0, max: 60_000 },
    jitterMs: { type: 'duration', about: 'up to so much more, by chance', default: 0, min: 0, max: 60_000 },
  }),
  'api-response-lost': kind('Requests are carried out, and the connection breaks before the answer.'),
  'api-applied-twice': kind(
    'Requests are carried out twice, as by a proxy that tries again.',
    { answer: { type: 'choice', about: 'which answer the client gets', choices: ['first', 'second'], default: 'second' } },
    'unsafe',
  ),
  'api-watch-cut': kind('Watches that are open break; later ones too when it is said after how much.', {
    afterEvents: { type: 'integer', about: 'a later watch breaks after so many events', min: 1 },
    afterMs: { type: 'duration', about: 'a later watch breaks after so long', min: 1 },
  }),
  'api-bookmark-withheld': kind('Watches tell no bookmarks.'),
  'view-frozen': kind('The client sees the state at one revision and nothing newer.', {
    revision: { type: 'integer', about: 'default: the one when it begins', min: 1 },
    scope,
  }),
  'view-lagging': kind('The client sees everything late.', {
    lagMs: { type: 'duration', about: 'how late', required: true, min: 1, max: 600_000 },
    scope,
  }),
  'view-hidden': kind(
    'Events are left out of watches.',
    {
      events: { type: 'choices', about: 'types', choices: ['ADDED', 'MODIFIED', 'DELETED'], default: ['ADDED', 'MODIFIED', 'DELETED'] },
    },
    'unsafe',
  ),
  'view-past': kind(
    'Watches end with 410 Gone, and lists show the past.',
    { revisions: { type: 'integer', about: 'so many revisions ago', default: 20, min: 1 } },
    'unsafe',
  ),
}

export function apiOrders({ type, ...rest }: ApiFault, id: string, actors: readonly StageActor[]): Order[] {
  const own = type.replace(/^(api|view)-/, '')
  return actors
    .filter(({ role }) => role === 'apiserver')
    .map(({ name }) => ({ actor: name, spec: { ...rest, type: own, id, layer: 'api' } as Order['spec'] }))
}
