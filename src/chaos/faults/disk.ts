/** Faults of store replicas' disks. Nobody else of the cast keeps anything on a disk of the Disk port's. */
import {
  actorsParameter,
  both,
  type FaultKind,
  type Order,
  type Pick,
  pickParameter,
  probabilityParameter,
  type Within,
} from '../vocabulary.js'

interface OnReplicas {
  readonly actors: readonly string[]
  readonly pick: Pick
}

export type DiskFault = OnReplicas &
  (
    | { readonly type: 'disk-lost-fsync' }
    | { readonly type: 'disk-torn-write'; readonly probability: number }
    | { readonly type: 'disk-bit-flip'; readonly probability: number }
    | { readonly type: 'disk-misdirected-write'; readonly probability: number }
    | { readonly type: 'disk-full' }
    | {
        readonly type: 'disk-slow'
        readonly delayMs: number
        readonly jitterMs: number
        readonly calls: readonly ('read' | 'write' | 'sync')[]
      }
  )

const target = { actors: { ...actorsParameter, about: 'store replicas, by name or role' }, pick: pickParameter }
const some = { probability: { ...probabilityParameter, about: 'of each append', default: 1 } }
const kind = (about: string, within: Within, parameters: FaultKind['parameters'] = {}): FaultKind => ({
  layer: 'disk',
  about,
  stages: both,
  within,
  lasts: true,
  parameters: { ...target, ...parameters },
})

export const diskFaults: Readonly<Record<DiskFault['type'], FaultKind>> = {
  'disk-lost-fsync': kind('What is synced is gone when the replica dies.', 'minority'),
  'disk-torn-write': kind('An append writes a part of its bytes and fails; the replica crashes and cuts the torn tail.', 'safe', some),
  'disk-bit-flip': kind('An append writes one bit wrong; the replica refuses its log at its next start.', 'unsafe', some),
  'disk-misdirected-write': kind('An append goes to the end of another file.', 'unsafe', some),
  'disk-full': kind('Appends are refused; the replica crashes and cannot write until it is healed.', 'safe'),
  'disk-slow': kind('Calls take longer.', 'safe', {
    delayMs: { type: 'duration', about: 'added to each call', required: true, min: 0, max: 60_000 },
    jitterMs: { type: 'duration', about: 'up to so much more, by chance', default: 0, min: 0, max: 60_000 },
    calls: { type: 'choices', about: 'which calls', choices: ['read', 'write', 'sync'], default: ['read', 'write', 'sync'] },
  }),
}

export function diskOrders({ actors, pick, type, ...rest }: DiskFault, id: string, chosen: readonly string[]): Order[] {
  return chosen.map((actor) => ({ actor, spec: { ...rest, type: type.slice('disk-'.length), id, layer: 'disk' } as Order['spec'] }))
}
