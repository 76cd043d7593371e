/**
 * The faults a host keeps in force, by actor: an incarnation gets them before its first step, so that between a death
 * and the next life nothing slips through.
 */
import { CodedError, codeOf } from '../base/errors.js'
import type { FaultSpec } from './faults.js'
import type { FaultHit, FaultHost } from './host.js'

/** One incarnation that can be hurt. */
export interface FaultTarget {
  fault(spec: FaultSpec): Promise<void>
  heal(id: string): Promise<number>
}

export interface FaultTable extends FaultHost {
  /** What the next incarnation of this name begins with. */
  of(name: string): readonly FaultSpec[]
  hit(hit: FaultHit): void
}

/** `target` is the incarnation of a name that runs or starts now. */
export function createFaultTable(target: (name: string) => FaultTarget | undefined): FaultTable {
  const tables = new Map<string, Map<string, FaultSpec>>()
  const listeners = new Set<(hit: FaultHit) => void>()
  return {
    of: (name) => [...(tables.get(name)?.values() ?? [])],
    hit(hit) {
      for (const listener of [...listeners]) listener(hit)
    },
    async fault(name, spec) {
      if (!endsIncarnation(spec)) {
        const table = tables.get(name) ?? new Map<string, FaultSpec>()
        tables.set(name, table.set(spec.id, spec))
      }
      await target(name)?.fault(spec).catch(unlessGone)
    },
    async heal(name, id) {
      tables.get(name)?.delete(id)
      return (await target(name)?.heal(id).catch(unlessGone)) ?? 0
    },
    onFaultHit(listener) {
      listeners.add(listener)
      return { cancel: () => void listeners.delete(listener) }
    },
  }
}

function endsIncarnation({ layer, type }: FaultSpec): boolean {
  return layer === 'actor' && (type === 'hang' || type === 'out-of-memory')
}

/** A dead or hung incarnation needs no healing: its successor begins with what is in the table. */
function unlessGone(error: unknown): undefined {
  const code = codeOf(error)
  if (code !== 'ActorDown' && code !== 'DeadlineExceeded') throw error instanceof Error ? error : new CodedError('Internal', String(error))
  return undefined
}
