/**
 * The scheduler: sources fill the cache and the queue, a loop takes pods from the queue one by one, each gets a cycle,
 * and what a cycle decides is bound beside the next cycles.
 *
 *   watch -> sources -> queue --pop--> cycle --node--> assume, reserve, permit --> bind --> API
 *                  \-> cache -snapshot-^    \--none--> queue, event, status (and maybe preemption)
 *
 * All state is rebuilt from the API: a scheduler that dies loses decisions, never facts. The API server refuses to bind
 * a pod twice, so the worst a lost decision costs is another cycle.
 */

import { InvariantError } from '../base/assert.js'
import { sleep } from '../base/clock.js'
import { messageOf } from '../base/errors.js'
import type { Client } from '../client/client.js'
import { createEventRecorder } from '../client/events.js'
import { keyOf, pods } from '../client/resources.js'
import { isNotFound } from '../client/status-error.js'
import type { Context } from '../kernel/context.js'
import { type BindingOptions, bind, type Placement, reserve } from './binding.js'
import { createCache } from './cache.js'
import { createCycle, type Decision } from './cycle.js'
import type { PodInfo } from './framework/pod-info.js'
import { isTerminating } from './framework/pod-info.js'
import type { Framework, PluginChoice, Services } from './framework/runtime.js'
import { isRejected, messageOfStatus } from './framework/status.js'
import { createNominator } from './nominator.js'
import { createProfiles, type SchedulerProfile } from './profiles.js'
import { createSchedulingQueue, type QueuedPod } from './queue.js'
import { watchSources } from './sources.js'
import { createStatusWriter } from './status-writer.js'

export interface SchedulerConfig {
  /** Default: one, 'default-scheduler'. */
  readonly profiles?: readonly SchedulerProfile[]
  /** 0, the default: decided by the number of nodes. */
  readonly percentageOfNodesToScore?: number
  /** Default 1. */
  readonly podInitialBackoffSeconds?: number
  /** Default 10. */
  readonly podMaxBackoffSeconds?: number
}

export interface SchedulerOptions {
  readonly context: Context
  readonly client: Client
  readonly config?: SchedulerConfig
  /** Further plugins in every profile. */
  readonly plugins?: readonly PluginChoice[]
}

/** Cycles in one turn at most, in number and in milliseconds: the actor has messages to read as well. */
const cyclesPerTurn = 16
const turnMsMax = 10
/** Pods between their cycle and the end of their binding. */
const bindingsMax = 256
/** How long a watch may take to show a binding that was answered before somebody asks. */
const overdueMs = 30_000
/** Bound of an event's message (core validation NoteLengthLimit). */
const eventTextMax = 1024
const gatedMessage = 'Scheduling is blocked due to non-empty scheduling gates'

export interface RunningScheduler {
  inspect(): unknown
  /** Asserts the invariants of cache and queue. */
  check(): void
}

/** Schedules until the context is told to stop. */
export function runScheduler(options: SchedulerOptions): RunningScheduler {
  const scheduler = new SchedulerLoop(options)
  return { inspect: () => scheduler.inspect(), check: () => scheduler.check() }
}

class SchedulerLoop {
  readonly #context: Context
  readonly #client: Client
  readonly #cache = createCache()
  readonly #nominator = createNominator()
  readonly #cycle
  readonly #queue
  readonly #sources
  readonly #frameworks: ReadonlyMap<string, Framework>
  readonly #statuses
  readonly #binding: BindingOptions
  readonly #metrics
  #bindings = 0
  #slot: (() => void) | undefined

  constructor({ context, client, config = {}, plugins = [] }: SchedulerOptions) {
    this.#context = context
    this.#client = client
    this.#metrics = metricsOf(context)
    this.#cycle = createCycle({ random: context.random, percentageOfNodesToScore: config.percentageOfNodesToScore ?? 0 })
    this.#statuses = createStatusWriter({ context, client, pod: (key) => this.#sources.pod(key) })
    this.#frameworks = createProfiles(config.profiles ?? [{ schedulerName: 'default-scheduler' }], (name) => this.#services(name), plugins)
    this.#queue = createSchedulingQueue({
      clock: context.clock,
      framework: ({ pod }) => this.#frameworkOf(pod.spec?.schedulerName),
      initialBackoffMs: (config.podInitialBackoffSeconds ?? 1) * 1000,
      maxBackoffMs: (config.podMaxBackoffSeconds ?? 10) * 1000,
      gated: (pod, plugin) => {
        if (plugin === 'SchedulingGates') this.#statuses.say(pod, { reason: 'SchedulingGated', message: gatedMessage })
      },
    })
    this.#binding = {
      clock: context.clock,
      signal: context.signal,
      cache: this.#cache,
      queue: this.#queue,
      bound: (entry, node) => this.#bound(entry, node),
      refused: (entry, status) => {
        const text = isRejected(status) ? `0/1 nodes are available: 1 ${messageOfStatus(status)}.` : messageOfStatus(status)
        const rejectors = new Set(isRejected(status) && status.plugin ? [status.plugin] : [])
        this.#refused(entry, {
          message: text,
          failure: !isRejected(status),
          rejectors,
          pending: status.code === 'Pending' ? rejectors : new Set(),
          nominatedNode: '',
        })
      },
    }
    this.#sources = watchSources({
      context,
      client,
      cache: this.#cache,
      queue: this.#queue,
      nominator: this.#nominator,
      isOurs: (pod) => this.#frameworks.has(pod.spec?.schedulerName ?? 'default-scheduler') && pod.metadata.deletionTimestamp === undefined,
      gone: ({ uid }) => {
        for (const framework of this.#frameworks.values()) framework.waitingPod(uid)?.reject('', 'removed')
      },
    })
    context.signal.addEventListener('abort', () => this.#queue.shutDown(), { once: true })
    context.spawn('schedule', () => this.#run())
    context.spawn('overdue bindings', () => this.#watchOverdue())
  }

  inspect(): unknown {
    return {
      profiles: [...this.#frameworks.keys()],
      nodes: this.#cache.snapshot().nodes.length,
      queue: this.#queue.sizes(),
      bindings: this.#bindings,
    }
  }

  check(): void {
    this.#cache.check()
    this.#queue.check()
  }

  /** What plugins are lent; the closures look at the members when they are called, which is after all are made. */
  #services(schedulerName: string): Services {
    const { clock, random, metrics, signal, log } = this.#context
    const background = (label: string, run: () => Promise<void>) =>
      this.#context.spawn(label, async () => {
        try {
          await run()
        } catch (error) {
          if (error instanceof InvariantError) throw error
          if (!signal.aborted) log.warn(`${label} failed`, { error: messageOf(error) })
        }
      })
    return {
      clock,
      random,
      metrics,
      signal,
      log,
      background,
      client: this.#client,
      events: createEventRecorder({ context: this.#context, client: this.#client, component: schedulerName }),
      snapshot: () => this.#cache.snapshot(),
      pod: (key) => this.#sources.pod(key),
      namespaceLabels: (namespace) => this.#sources.namespaces.cache.get(namespace)?.metadata.labels,
      services: (namespace) => this.#sources.services.cache.byIndex('namespace', namespace),
      replicationController: (namespace, name) => this.#sources.replicationControllers.cache.get(`${namespace}/${name}`),
      replicaSet: (namespace, name) => this.#sources.replicaSets.cache.get(`${namespace}/${name}`),
      statefulSet: (namespace, name) => this.#sources.statefulSets.cache.get(`${namespace}/${name}`),
      disruptionBudgets: () => this.#sources.disruptionBudgets.cache.list(),
      nominated: (node) => this.#nominator.on(node),
      clearNomination: (pod) => {
        this.#nominator.forget(pod.uid)
        this.#statuses.say(pod, { nominatedNode: '' })
        this.#queue.activate(pod.key)
      },
      activate: (key) => this.#queue.activate(key),
    }
  }

  #frameworkOf(name = 'default-scheduler'): Framework {
    const framework = this.#frameworks.get(name)
    if (!framework) throw new InvariantError(`pods of scheduler "${name}" are not queued here`)
    return framework
  }

  #tell({ pod }: PodInfo, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#frameworkOf(pod.spec?.schedulerName).handle.events.event(pod, type, reason, message)
  }

  async #run(): Promise<void> {
    const { clock, signal } = this.#context
    await this.#sources.synced()
    while (!signal.aborted) {
      await this.#queue.ready()
      if (this.#bindings >= bindingsMax)
        await new Promise<void>((resolve) => {
          this.#slot = resolve
        })
      const startedAt = clock.monotonic()
      for (let cycles = 0; cycles < cyclesPerTurn && this.#bindings < bindingsMax && clock.monotonic() - startedAt < turnMsMax; cycles++) {
        const entry = this.#queue.pop()
        if (!entry || signal.aborted) break
        this.#scheduleOne(entry)
      }
      this.#metrics.pending(this.#queue.sizes())
      await sleep(clock, 0, signal)
    }
  }

  #scheduleOne(entry: QueuedPod): void {
    const { pod } = entry
    const { clock } = this.#context
    if (isTerminating(pod)) {
      this.#tell(pod, 'Warning', 'FailedScheduling', `skip schedule deleting pod: ${pod.key}`)
      return this.#queue.done(entry)
    }
    const framework = this.#frameworkOf(pod.pod.spec?.schedulerName)
    const startedAt = clock.monotonic()
    const decision = this.#cycle.schedule(framework, pod, this.#cache.snapshot())
    this.#metrics.duration.observe((clock.monotonic() - startedAt) / 1000)
    this.#metrics.attempts.add(1, { profile: framework.schedulerName, result: resultOf(decision) })
    switch (decision.type) {
      case 'node':
        return this.#place({ framework, entry, state: decision.state, node: decision.node })
      case 'unschedulable':
        return this.#refused(entry, { ...decision, failure: false })
      case 'failed':
        return this.#refused(entry, {
          message: decision.message,
          failure: true,
          rejectors: new Set(),
          pending: new Set(),
          nominatedNode: '',
        })
    }
  }

  #place(placement: Placement): void {
    const { pod } = placement.entry
    this.#nominator.forget(pod.uid)
    if (!reserve(this.#binding, placement)) return
    this.#bindings++
    this.#context.spawn(`bind ${pod.key}`, async () => {
      try {
        await bind(this.#binding, placement)
      } finally {
        this.#bindings--
        this.#slot?.()
        this.#slot = undefined
      }
    })
  }

  #bound({ pod, attempts }: QueuedPod, node: string): void {
    this.#metrics.podAttempts.observe(attempts)
    this.#tell(pod, 'Normal', 'Scheduled', `Successfully assigned ${pod.key} to ${node}`)
  }

  /** Back to the queue, and the world is told, unless the pod is gone or has a node after all. */
  #refused(entry: QueuedPod, { message, failure, rejectors, pending, nominatedNode }: Refused): void {
    const newest = this.#sources.pod(entry.pod.key)
    if (!newest || newest.uid !== entry.pod.uid || newest.pod.spec?.nodeName || isTerminating(newest))
      return this.#queue.delete(entry.pod.uid)
    entry.pod = newest
    if (nominatedNode !== undefined) this.#nominator.nominate(newest, nominatedNode)
    this.#queue.refused(entry, { rejectors, pending, failure })
    this.#tell(newest, 'Warning', 'FailedScheduling', truncated(message))
    this.#statuses.say(newest, {
      reason: failure ? 'SchedulerError' : 'Unschedulable',
      message,
      ...(nominatedNode === undefined ? {} : { nominatedNode }),
    })
  }

  /** Asks after pods whose binding was answered with success and that the watch does not show. */
  async #watchOverdue(): Promise<void> {
    const { clock, signal } = this.#context
    for (;;) {
      await sleep(clock, overdueMs, signal)
      for (const { pod, node } of this.#cache.overdue(clock.monotonic() - overdueMs)) await this.#ask(pod, node)
    }
  }

  async #ask({ name, namespace, uid, key }: PodInfo, node: string): Promise<void> {
    const { clock, signal, log } = this.#context
    try {
      const now = await this.#client.get(pods, name, { namespace, signal })
      if (now.metadata.uid === uid && now.spec?.nodeName === node) return this.#cache.bound(uid, clock.monotonic())
      log.warn('a bound pod is not bound', { pod: keyOf(now), node })
    } catch (error) {
      if (!isNotFound(error)) return
    }
    this.#cache.forget(uid)
    const newest = this.#sources.pod(key)
    if (newest && newest.uid === uid && !newest.pod.spec?.nodeName) this.#queue.add(newest)
  }
}

interface Refused {
  readonly message: string
  readonly failure: boolean
  readonly rejectors: ReadonlySet<string>
  readonly pending: ReadonlySet<string>
  readonly nominatedNode?: string
}

function resultOf({ type }: Decision): string {
  return type === 'node' ? 'scheduled' : type === 'unschedulable' ? 'unschedulable' : 'error'
}

function truncated(message: string): string {
  return message.length <= eventTextMax ? message : `${message.slice(0, eventTextMax - 4)} ...`
}

function metricsOf({ metrics }: Context) {
  const pending = metrics.gauge('scheduler_pending_pods', 'Number of pending pods, by the queue type')
  return {
    attempts: metrics.counter('scheduler_schedule_attempts_total', 'Number of attempts to schedule pods, by the result'),
    duration: metrics.histogram(
      'scheduler_scheduling_algorithm_duration_seconds',
      'Scheduling algorithm latency in seconds',
      [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.1, 1],
    ),
    podAttempts: metrics.histogram(
      'scheduler_pod_scheduling_attempts',
      'Number of attempts to successfully schedule a pod',
      [1, 2, 4, 8, 16],
    ),
    pending({ active, backoff, unschedulable, gated }: { active: number; backoff: number; unschedulable: number; gated: number }) {
      for (const [queue, value] of Object.entries({ active, backoff, unschedulable, gated })) pending.set(value, { queue })
    },
  }
}
