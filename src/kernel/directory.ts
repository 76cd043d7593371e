/**
 * Who runs now, as one actor knows it: kept up to date by its host, which tells every actor of every start and death.
 */
import type { Address } from './address.js'
import type { MonitorEvent } from './context.js'

export interface Directory {
  lookup(name: string): Address | undefined
  /** In order of name. */
  running(): readonly Address[]
  /** A start or death that the host reports. A death of another incarnation than the one known is ignored. */
  update(event: MonitorEvent): void
  /** Listeners are called in later turns, in the order of events. */
  monitor(name: string, listener: (event: MonitorEvent) => void): { cancel(): void }
}

export function createDirectory(defer: (run: () => void) => void): Directory {
  const actors = new Map<string, Address>()
  const listeners = new Map<string, Set<(event: MonitorEvent) => void>>()
  const tell = (listener: (event: MonitorEvent) => void, name: string, event: MonitorEvent) =>
    defer(() => {
      if (listeners.get(name)?.has(listener)) listener(event)
    })
  return {
    lookup: (name) => actors.get(name),
    running: () => [...actors.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    update(event) {
      const { name, incarnation } = event.address
      const known = actors.get(name)
      if (event.type === 'up') {
        if (known && known.incarnation >= incarnation) return
        actors.set(name, event.address)
      } else {
        if (known?.incarnation !== incarnation) return
        actors.delete(name)
      }
      for (const listener of listeners.get(name) ?? []) tell(listener, name, event)
    },
    monitor(name, listener) {
      const own = (event: MonitorEvent) => listener(event)
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(own))
      const address = actors.get(name)
      if (address) tell(own, name, { type: 'up', address })
      return { cancel: () => void set.delete(own) }
    },
  }
}
