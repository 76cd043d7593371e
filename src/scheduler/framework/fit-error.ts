/** Why a pod fits nowhere, node by node, and the one line in which users read it (framework/types.go FitError). */

import type { NodeView } from './node-info.js'
import type { NodeStatuses, Snapshot } from './plugin.js'
import { type Status, unresolvable } from './status.js'

export class Diagnosis implements NodeStatuses {
  readonly #snapshot: Snapshot
  readonly #statuses = new Map<string, Status>()
  /** Plugins that refused a node: their events may wake the pod. */
  readonly rejectors = new Set<string>()
  /** Those of `rejectors` that said Pending. */
  readonly pending = new Set<string>()
  /** The status of nodes nobody looked at. */
  absent: Status = unresolvable()
  preFilterMessage = ''
  postFilterMessage = ''

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  set(node: string, status: Status): void {
    this.#statuses.set(node, status)
    this.blame(status)
  }

  blame({ plugin, code }: Status): void {
    if (plugin === undefined) return
    this.rejectors.add(plugin)
    if (code === 'Pending') this.pending.add(plugin)
  }

  get size(): number {
    return this.#statuses.size
  }

  get(node: string): Status {
    return this.#statuses.get(node) ?? this.absent
  }

  withCode(code: Status['code']): NodeView[] {
    return this.#snapshot.nodes.filter(({ name }) => this.get(name).code === code)
  }

  /** "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: ..." */
  message(): string {
    const total = this.#snapshot.nodes.length
    let text = `0/${total} nodes are available:`
    if (this.preFilterMessage !== '') text += ` ${this.preFilterMessage}.`
    else {
      const counts = new Map<string, number>()
      const count = (reason: string, nodes: number) => counts.set(reason, (counts.get(reason) ?? 0) + nodes)
      for (const { reasons } of this.#statuses.values()) for (const reason of reasons) count(reason, 1)
      if (this.#statuses.size < total) for (const reason of this.absent.reasons) count(reason, total - this.#statuses.size)
      const lines = [...counts].map(([reason, nodes]) => `${nodes} ${reason}`).sort()
      if (lines.length > 0) text += ` ${lines.join(', ')}.`
    }
    return this.postFilterMessage === '' ? text : `${text} ${this.postFilterMessage}`
  }
}
