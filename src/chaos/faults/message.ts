/**
 * Faults of messages between actors. Only casts (Raft's messages) may be lost, repeated or overtaken: the protocol
 * allows nothing else of calls and streams, which are late or stand still instead.
 */
import { matchesActor } from '../../kernel/faults.js'
import { actorsParameter, both, type FaultKind, type Order, type Parameter, probabilityParameter, type StageActor } from '../vocabulary.js'

interface OneWay {
  readonly from: readonly string[]
  readonly to: readonly string[]
}

export type MessageFault =
  | (OneWay & { readonly type: 'delay'; readonly delayMs: number; readonly jitterMs: number; readonly probability: number })
  | (OneWay & { readonly type: 'reorder'; readonly windowMs: number; readonly probability: number })
  | (OneWay & { readonly type: 'drop'; readonly probability: number })
  | (OneWay & { readonly type: 'duplicate'; readonly probability: number })
  | (OneWay & { readonly type: 'clog' })
  | {
      readonly type: 'partition'
      readonly a: readonly string[]
      readonly b: readonly string[]
      readonly direction: 'both' | 'a-to-b' | 'b-to-a'
    }

const way = {
  from: { ...actorsParameter, about: 'who sends: names or roles' },
  to: { ...actorsParameter, about: 'who is sent to: names or roles' },
}
const ms = (about: string, more: Partial<Parameter> = {}): Parameter => ({ type: 'duration', about, ...more })
const kind = (about: string, parameters: FaultKind['parameters']): FaultKind => ({
  layer: 'message',
  about,
  stages: both,
  within: 'safe',
  lasts: true,
  parameters,
})

export const messageFaults: Readonly<Record<MessageFault['type'], FaultKind>> = {
  delay: kind('Messages are late, in their order.', {
    ...way,
    delayMs: ms('added to each', { required: true, min: 0, max: 60_000 }),
    jitterMs: ms('up to so much more, by chance', { default: 0, min: 0, max: 60_000 }),
    probability: probabilityParameter,
  }),
  reorder: kind('Casts are late by chance and overtake each other.', {
    ...way,
    windowMs: ms('late by up to so much', { default: 50, min: 1, max: 60_000 }),
    probability: { ...probabilityParameter, default: 0.5 },
  }),
  drop: kind('Casts are lost.', { ...way, probability: { ...probabilityParameter, default: 0.5 } }),
  duplicate: kind('Casts come twice.', { ...way, probability: { ...probabilityParameter, default: 0.5 } }),
  clog: kind('All messages stand still; they arrive, in order, when it is healed.', way),
  partition: kind('Two groups cannot reach each other: casts are lost, calls and streams stand still until it is healed.', {
    a: { ...actorsParameter, about: 'one side: names or roles' },
    b: { ...actorsParameter, about: 'the other side' },
    direction: { type: 'choice', about: 'both, or one way', choices: ['both', 'a-to-b', 'b-to-a'], default: 'both' },
  }),
}

/** Who is told what: the senders, since messages are hurt where they leave. */
export function messageOrders(fault: MessageFault, id: string, actors: readonly StageActor[]): Order[] {
  const senders = (globs: readonly string[]) => actors.filter((actor) => matchesActor(globs, actor)).map(({ name }) => name)
  const orders = (from: readonly string[], spec: object): Order[] =>
    senders(from).map((actor) => ({ actor, spec: { id, layer: 'message', ...spec } as Order['spec'] }))
  if (fault.type === 'partition') {
    const { a, b, direction } = fault
    return [
      ...(direction === 'b-to-a' ? [] : orders(a, { type: 'cut', peers: b })),
      ...(direction === 'a-to-b' ? [] : orders(b, { type: 'cut', peers: a })),
    ]
  }
  const { from, to, ...rest } = fault
  return orders(from, { ...rest, peers: to })
}
