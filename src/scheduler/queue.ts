/**
 * Pods that wait for a node. kube-scheduler backend/queue/scheduling_queue.go. Read next: cycle.ts.
 *
 *   active         may be tried now, in the order of the profile's QueueSort
 *   backoff        was tried in vain and may be tried again, after a pause that doubles: 1 s to 10 s. While nothing is
 *                  active, pods that merely did not fit are taken before their pause is over (KEP-5142)
 *   unschedulable  did not fit, or is held back by PreEnqueue, and waits for an event that could change that
 *   in flight      with a cycle or Permit; events meanwhile are kept, since the cycle did not see them
 *
 * Transitions:
 *   add          -> active | unschedulable (held back)
 *   pop          active, backoff -> in flight
 *   refused      in flight -> unschedulable | backoff (an event came meanwhile, or something broke)
 *   move(event)  unschedulable -> active (pause over, or Pending) | backoff, if a plugin that refused it takes the hint
 *   flush        unschedulable for 5 minutes -> as an event that could be anything
 *   done, delete -> out
 *
 * Invariant (check): a pod is in one place.
 */

import type { Pod } from '../api/types/core-v1.js'
import { assert } from '../base/assert.js'
import type { Clock, Timer } from '../base/clock.js'
import { Heap } from '../base/heap.js'
import { type ClusterEvent, podChanges } from './framework/events.js'
import type { Queued } from './framework/plugin.js'
import type { PodInfo } from './framework/pod-info.js'
import type { Framework } from './framework/runtime.js'

/** --pod-max-in-unschedulable-pods-duration */
const unschedulableMsMax = 5 * 60_000
const flushPeriodMs = 30_000

/** A pod in the queue. The queue's own; cycles read it. */
export interface QueuedPod extends Queued {
  pod: PodInfo
  queuedAt: number
  ordinal: number
  place: 'active' | 'backoff' | 'unschedulable' | 'in-flight' | 'gone'
  attempts: number
  /** Refusals in a row, and failures in a row: they make the pause. */
  refusals: number
  failures: number
  /** When the pause is over, milliseconds, monotonic. */
  backoffUntil: number
  /** Plugins whose events may wake it; empty: any event does. */
  rejectors: ReadonlySet<string>
  pending: ReadonlySet<string>
  /** The plugin whose PreEnqueue holds it back. */
  gate?: string | undefined
  /** Why it does. */
  gateMessage?: string | undefined
  unschedulableSince: number
  /** Counts its moves, so that what was filed under an older one is void. */
  moves: number
}

export interface Refusal {
  readonly rejectors: ReadonlySet<string>
  readonly pending: ReadonlySet<string>
  /** Something broke, as opposed to: it does not fit. */
  readonly failure: boolean
}

export interface SchedulingQueue {
  add(pod: PodInfo): void
  /** A newer version of a pod that is waiting. */
  update(old: Pod, pod: PodInfo): void
  delete(uid: string): void
  /** The next pod to try; undefined when none may be tried now. */
  pop(): QueuedPod | undefined
  /** Resolves when pop() may have something. */
  ready(): Promise<void>
  /** A cycle or Permit refused the pod. */
  refused(entry: QueuedPod, refusal: Refusal): void
  /** The pod is past all that could refuse it: events are kept for it no more. */
  done(entry: QueuedPod): void
  /** Something happened that may make pods schedulable. `except`: a uid that it does not concern. */
  move(event: ClusterEvent, except?: string): void
  activate(key: string): void
  has(uid: string): boolean
  sizes(): { active: number; backoff: number; unschedulable: number; gated: number; inFlight: number }
  shutDown(): void
  /** Asserts the invariant. */
  check(): void
}

export interface QueueOptions {
  readonly clock: Clock
  /** The framework of a pod's profile. */
  readonly framework: (pod: PodInfo) => Framework
  readonly initialBackoffMs: number
  readonly maxBackoffMs: number
  /** A pod came to be held back by PreEnqueue, for this reason. */
  readonly gated?: (pod: PodInfo, plugin: string, message: string) => void
}

export function createSchedulingQueue(options: QueueOptions): SchedulingQueue {
  return new PriorityQueue(options)
}

/** An entry as it was filed; heaps need what they sort by to stay as it was. */
interface Ticket extends Queued {
  readonly entry: QueuedPod
  readonly until: number
  readonly move: number
}

class PriorityQueue implements SchedulingQueue {
  readonly #options: QueueOptions
  readonly #entries = new Map<string, QueuedPod>()
  readonly #active: Heap<Ticket>
  readonly #backoff = new Heap<Ticket>((a, b) => a.until < b.until || (a.until === b.until && a.ordinal < b.ordinal))
  readonly #unschedulable = new Set<QueuedPod>()
  /** Events since each pod was popped. */
  readonly #inFlight = new Map<QueuedPod, { readonly event: ClusterEvent; readonly except: string | undefined }[]>()
  readonly #counts = { active: 0, backoff: 0 }
  readonly #flush: Timer
  #wake: Timer | undefined
  #waiters: (() => void)[] = []
  #ordinals = 0
  #isDown = false

  constructor(options: QueueOptions) {
    this.#options = options
    // All profiles sort alike: any of them can compare.
    this.#active = new Heap((a, b) => options.framework(a.pod).before(a, b))
    this.#flush = options.clock.every(flushPeriodMs, () => this.#flushOld())
  }

  add(pod: PodInfo): void {
    if (this.#isDown || this.#entries.has(pod.uid)) return
    const now = this.#options.clock.monotonic()
    const entry: QueuedPod = {
      pod,
      queuedAt: now,
      ordinal: this.#ordinals++,
      place: 'gone',
      attempts: 0,
      refusals: 0,
      failures: 0,
      backoffUntil: now,
      rejectors: new Set(),
      pending: new Set(),
      unschedulableSince: now,
      moves: 0,
    }
    this.#entries.set(pod.uid, entry)
    this.#enter(entry, 'active')
  }

  update(old: Pod, pod: PodInfo): void {
    const entry = this.#entries.get(pod.uid)
    if (!entry) return this.add(pod)
    entry.pod = pod
    if (entry.place === 'active') return this.#put(entry, 'active')
    if (entry.place === 'gone' || entry.place === 'backoff') return
    const changes = podChanges(old, pod.pod)
    for (const action of changes) this.#offer(entry, { type: 'UnscheduledPod', action, old, pod: pod.pod })
  }

  delete(uid: string): void {
    const entry = this.#entries.get(uid)
    if (!entry) return
    this.#entries.delete(uid)
    this.#leave(entry)
    entry.place = 'gone'
  }

  pop(): QueuedPod | undefined {
    this.#wakeUp()
    const ticket = this.#take(this.#active, 'active') ?? this.#takeEarly()
    if (!ticket) return undefined
    const { entry } = ticket
    this.#leave(entry)
    entry.place = 'in-flight'
    entry.attempts++
    this.#inFlight.set(entry, [])
    return entry
  }

  ready(): Promise<void> {
    if (this.#isDown || this.#counts.active > 0 || this.#early()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.push(resolve)
      this.#schedule()
    })
  }

  refused(entry: QueuedPod, { rejectors, pending, failure }: Refusal): void {
    const events = this.#inFlight.get(entry) ?? []
    this.#inFlight.delete(entry)
    if (entry.place === 'gone' || this.#isDown) return
    if (this.#entries.get(entry.pod.uid) !== entry) {
      // It was done, and its binding failed.
      if (this.#entries.has(entry.pod.uid)) return
      this.#entries.set(entry.pod.uid, entry)
    }
    const now = this.#options.clock.monotonic()
    entry.queuedAt = now
    entry.rejectors = rejectors
    entry.pending = pending
    const broke = failure || rejectors.size === 0
    entry.refusals = broke ? entry.refusals : entry.refusals + 1
    entry.failures = broke ? entry.failures + 1 : 0
    entry.backoffUntil = now + this.#pauseOf(entry)
    entry.unschedulableSince = now
    if (rejectors.size === 0) return this.#enter(entry, 'backoff')
    this.#put(entry, 'unschedulable')
    for (const { event, except } of events) if (except !== entry.pod.uid) this.#offer(entry, event)
  }

  done(entry: QueuedPod): void {
    this.#inFlight.delete(entry)
    if (this.#entries.get(entry.pod.uid) !== entry || entry.place !== 'in-flight') return
    this.#entries.delete(entry.pod.uid)
  }

  move(event: ClusterEvent, except?: string): void {
    for (const events of this.#inFlight.values()) events.push({ event, except })
    for (const entry of [...this.#unschedulable]) if (entry.pod.uid !== except) this.#offer(entry, event)
  }

  activate(key: string): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.pod.key !== key) continue
      if (entry.place === 'unschedulable' || entry.place === 'backoff') this.#enter(entry, 'active')
      else if (entry.place === 'in-flight') this.#inFlight.get(entry)?.push({ event: { type: 'Wildcard' }, except: undefined })
    }
  }

  has(uid: string): boolean {
    return this.#entries.has(uid)
  }

  sizes() {
    const gated = [...this.#unschedulable].filter(({ gate }) => gate !== undefined).length
    return { ...this.#counts, unschedulable: this.#unschedulable.size - gated, gated, inFlight: this.#inFlight.size }
  }

  shutDown(): void {
    this.#isDown = true
    this.#flush.cancel()
    this.#wake?.cancel()
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  check(): void {
    const places = { active: 0, backoff: 0, unschedulable: 0, 'in-flight': 0, gone: 0 }
    for (const entry of this.#entries.values()) places[entry.place]++
    assert(places.gone === 0, 'a pod in the queue is somewhere')
    assert(places.active === this.#counts.active && places.backoff === this.#counts.backoff, 'active and backoff are counted')
    assert(places.unschedulable === this.#unschedulable.size, 'unschedulable pods are in their set')
  }

  /** Lets a plugin that refused the pod decide whether this event could change its mind. */
  #offer(entry: QueuedPod, event: ClusterEvent): void {
    if (entry.place !== 'unschedulable') return
    const framework = this.#options.framework(entry.pod)
    let worth = event.type === 'Wildcard' || entry.rejectors.size === 0
    let atOnce = false
    for (const plugin of entry.rejectors) {
      if (atOnce) break
      const takes = framework.registrations(plugin, event).some(({ hint }) => hint === undefined || hint(entry.pod, event))
      worth ||= takes
      atOnce = takes && entry.pending.has(plugin)
    }
    if (!worth) return
    this.#enter(entry, !atOnce && entry.backoffUntil > this.#options.clock.monotonic() ? 'backoff' : 'active')
  }

  /** Puts an entry where it may be tried, unless PreEnqueue holds it back. */
  #enter(entry: QueuedPod, place: 'active' | 'backoff'): void {
    const status = this.#options.framework(entry.pod).preEnqueue(entry.pod)
    if (status.code === 'Success') {
      entry.gate = undefined
      entry.gateMessage = undefined
      return this.#put(entry, place)
    }
    const plugin = status.plugin ?? ''
    const before = entry.gate
    entry.gate = plugin
    entry.gateMessage = status.reasons.join(', ')
    entry.rejectors = new Set([...entry.rejectors, plugin])
    this.#put(entry, 'unschedulable')
    if (before !== plugin) this.#options.gated?.(entry.pod, plugin, entry.gateMessage)
  }

  #put(entry: QueuedPod, place: 'active' | 'backoff' | 'unschedulable'): void {
    this.#leave(entry)
    entry.place = place
    entry.moves++
    if (place === 'unschedulable') {
      this.#unschedulable.add(entry)
      return
    }
    this.#counts[place]++
    ;(place === 'active' ? this.#active : this.#backoff).push({
      entry,
      pod: entry.pod,
      queuedAt: entry.queuedAt,
      ordinal: entry.ordinal,
      until: entry.backoffUntil,
      move: entry.moves,
    })
    if (this.#waiters.length > 0) this.#schedule()
  }

  #leave(entry: QueuedPod): void {
    if (entry.place === 'active' || entry.place === 'backoff') this.#counts[entry.place]--
    this.#unschedulable.delete(entry)
    this.#inFlight.delete(entry)
  }

  #valid({ entry, move }: Ticket, place: QueuedPod['place']): boolean {
    return entry.place === place && entry.moves === move
  }

  #peek(heap: Heap<Ticket>, place: 'active' | 'backoff'): Ticket | undefined {
    for (;;) {
      const ticket = heap.peek()
      if (!ticket || this.#valid(ticket, place)) return ticket
      heap.pop()
    }
  }

  #take(heap: Heap<Ticket>, place: 'active' | 'backoff'): Ticket | undefined {
    const ticket = this.#peek(heap, place)
    if (ticket) heap.pop()
    return ticket
  }

  /** A pod that would have to pause, taken because there is nothing else to do; never one whose last try broke. */
  #early(): Ticket | undefined {
    const ticket = this.#peek(this.#backoff, 'backoff')
    return ticket && ticket.entry.failures === 0 ? ticket : undefined
  }

  #takeEarly(): Ticket | undefined {
    return this.#early() ? this.#take(this.#backoff, 'backoff') : undefined
  }

  /** Pauses that are over. */
  #wakeUp(): void {
    const now = this.#options.clock.monotonic()
    for (
      let ticket = this.#peek(this.#backoff, 'backoff');
      ticket && ticket.entry.backoffUntil <= now;
      ticket = this.#peek(this.#backoff, 'backoff')
    )
      this.#enter(ticket.entry, 'active')
  }

  /** Lets those who wait know, now or when the next pause is over. */
  #schedule(): void {
    this.#wake?.cancel()
    this.#wake = undefined
    const next = this.#peek(this.#backoff, 'backoff')
    if (this.#counts.active > 0 || this.#early()) {
      for (const resolve of this.#waiters.splice(0)) resolve()
    } else if (next) {
      this.#wake = this.#options.clock.after(Math.max(0, next.entry.backoffUntil - this.#options.clock.monotonic()), () => {
        this.#wakeUp()
        this.#schedule()
      })
    }
  }

  #pauseOf({ refusals, failures }: QueuedPod): number {
    const times = failures > 0 ? failures : refusals
    return Math.min(this.#options.maxBackoffMs, this.#options.initialBackoffMs * 2 ** Math.max(0, times - 1))
  }

  #flushOld(): void {
    const since = this.#options.clock.monotonic() - unschedulableMsMax
    for (const entry of [...this.#unschedulable])
      if (entry.unschedulableSince < since) {
        entry.unschedulableSince = this.#options.clock.monotonic()
        this.#offer(entry, { type: 'Wildcard' })
      }
  }
}
