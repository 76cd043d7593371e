/**
 * Every kind of fault, in one vocabulary for both stages, and what each one asks of which actor. The union is
 * discriminated on `type`; what a kind means is in faults/, one file a layer.
 */
import { CodedError } from '../base/errors.js'
import type { Random } from '../base/random.js'
import { type FaultLayer, matchesActor } from '../kernel/faults.js'
import { type ActorFault, actorFaults, actorOrders } from './faults/actors.js'
import { type ApiFault, apiFaults, apiOrders } from './faults/api.js'
import { type ClockFault, clockFaults, clockOrders } from './faults/clock.js'
import { type DiskFault, diskFaults, diskOrders } from './faults/disk.js'
import { type MessageFault, messageFaults, messageOrders } from './faults/message.js'
import type { FaultKind, Order, Pick, StageActor, Within } from './vocabulary.js'

export type Fault = ActorFault | MessageFault | ApiFault | DiskFault | ClockFault
export type FaultType = Fault['type']

/** All kinds, layer by layer. */
export const catalogue: Readonly<Record<FaultType, FaultKind>> = {
  ...actorFaults,
  ...messageFaults,
  ...apiFaults,
  ...diskFaults,
  ...clockFaults,
}

export const faultTypes = Object.keys(catalogue) as readonly FaultType[]

export function isFaultType(type: unknown): type is FaultType {
  return typeof type === 'string' && Object.hasOwn(catalogue, type)
}

/** The globs by which a fault names actors, with the parameter each list is given in. */
export function actorGlobs(fault: Fault): readonly { readonly parameter: string; readonly globs: readonly string[] }[] {
  const found = []
  for (const [parameter, { type }] of Object.entries(catalogue[fault.type].parameters)) {
    const globs = (fault as unknown as Record<string, readonly string[] | undefined>)[parameter]
    if (type === 'actors' && globs) found.push({ parameter, globs })
  }
  return found
}

/** The actors a fault is for, when it names some and picks among them. `leader` is the store's. */
export function chooseActors(
  fault: { readonly actors: readonly string[]; readonly pick: Pick },
  actors: readonly StageActor[],
  { random, leader }: { readonly random: Random; readonly leader: string | undefined },
): string[] {
  const meant = actors.filter((actor) => matchesActor(fault.actors, actor)).map(({ name }) => name)
  switch (fault.pick) {
    case 'all':
      return meant
    case 'leader':
      return meant.filter((name) => name === leader)
    case 'one':
      return meant.length > 0 ? [random.pick(meant)] : []
    default:
      return random.shuffle(meant).slice(0, fault.pick).sort()
  }
}

/** What the actors are told for a fault; of kill and restart-storm nothing, a stage does them itself. */
export function ordersOf(fault: Fault, id: string, actors: readonly StageActor[], chosen: readonly string[]): Order[] {
  switch (layerOf(fault)) {
    case 'actor':
      if (fault.type === 'kill' || fault.type === 'restart-storm') return []
      return actorOrders(fault as Exclude<ActorFault, { type: 'kill' | 'restart-storm' }>, id, chosen)
    case 'message':
      return messageOrders(fault as MessageFault, id, actors)
    case 'api':
      return apiOrders(fault as ApiFault, id, actors)
    case 'disk':
      return diskOrders(fault as DiskFault, id, chosen)
    case 'clock':
      return clockOrders(fault as ClockFault, id, chosen)
    default:
      throw new CodedError('InvalidPlan', `Cannot carry out "${fault.type}": no such kind of fault`)
  }
}

export function layerOf({ type }: { readonly type: FaultType }): FaultLayer {
  return catalogue[type].layer
}

/** Whether the system promises to bear this fault on these actors: 'minority' is resolved by how many replicas it may meet. */
export function withinOf(fault: Fault, actors: readonly StageActor[]): 'safe' | 'unsafe' {
  const within: Within = catalogue[fault.type].within
  if ('scope' in fault && fault.scope === 'all') return 'unsafe'
  if (within !== 'minority' || !('actors' in fault)) return within === 'unsafe' ? 'unsafe' : 'safe'
  const replicas = actors.filter(({ role }) => role === 'store-replica')
  const meant = replicas.filter((actor) => matchesActor(fault.actors, actor)).length
  const met = fault.pick === 'all' ? meant : fault.pick === 'one' || fault.pick === 'leader' ? 1 : Math.min(meant, fault.pick)
  return met * 2 < replicas.length ? 'safe' : 'unsafe'
}
