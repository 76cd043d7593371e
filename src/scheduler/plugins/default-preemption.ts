/**
 * DefaultPreemption: when a pod fits nowhere, pods of lower priority are taken off one node so that it will. Which node
 * is decided in the cycle on copies; the victims are taken off beside it, and until that is done the pod is held back
 * (KEP-4832). plugins/defaultpreemption, framework/preemption.
 */
import type { LabelQuery } from '../../api/meta/labels.js'
import type { Pod } from '../../api/types/core-v1.js'
import { messageOf } from '../../base/errors.js'
import { pods } from '../../client/resources.js'
import { isNotFound } from '../../client/status-error.js'
import { formatTime } from '../../client/time.js'
import type { CycleState } from '../framework/cycle-state.js'
import { Diagnosis } from '../framework/fit-error.js'
import type { NodeInfo } from '../framework/node-info.js'
import type { Handle, NodeStatuses, Plugin, PluginFactory, PostFilterResult } from '../framework/plugin.js'
import { isTerminating, type PodInfo, podMatches, podStartTime, queryOf } from '../framework/pod-info.js'
import { type Status, success, unresolvable, unschedulable } from '../framework/status.js'

/** Nodes to try: this share of those that could help, and at least so many. */
const candidatePercentMin = 10
const candidatesMin = 100
const disruptionReason = 'PreemptionByScheduler'

interface Candidate {
  readonly node: string
  /** Most important first. */
  readonly victims: readonly PodInfo[]
  /** Victims that their disruption budgets would have spared. */
  readonly violations: number
}

interface Budget {
  readonly namespace: string
  readonly query: LabelQuery
  readonly disrupted: ReadonlySet<string>
  allowed: number
}

export const defaultPreemption: PluginFactory = (handle) => {
  /** Uids of pods whose victims are being taken off; the last victim of each, once it is its turn. */
  const preempting = new Map<string, PodInfo | undefined>()
  const attempts = handle.metrics.counter('scheduler_preemption_attempts_total', 'Total preemption attempts in the cluster till now')
  const victimCount = handle.metrics.histogram(
    'scheduler_preemption_victims',
    'Number of selected preemption victims',
    [1, 2, 4, 8, 16, 32, 64],
  )

  function isPreempting(uid: string): boolean {
    if (!preempting.has(uid)) return false
    const last = preempting.get(uid)
    if (!last) return true
    const now = handle.pod(last.key)
    return now !== undefined && now.uid === last.uid && !isTerminating(now)
  }
  function start(pod: PodInfo, { node, victims }: Candidate): void {
    victimCount.observe(victims.length)
    const living = victims.filter((victim) => !isTerminating(victim))
    const last = living.at(-1)
    if (!last) return
    preempting.set(pod.uid, undefined)
    handle.background(`preempt for ${pod.key}`, async () => {
      let wake = false
      try {
        for (const other of handle.nominated(node)) if (other.priority < pod.priority) handle.clearNomination(other)
        await Promise.all(living.slice(0, -1).map((victim) => evict(handle, pod, victim, node)))
        preempting.set(pod.uid, last)
        await evict(handle, pod, last, node)
        wake = handle.pod(last.key)?.uid !== last.uid
      } catch (error) {
        wake = true
        if (!handle.signal.aborted) handle.log.warn('preemption failed', { pod: pod.key, node, error: messageOf(error) })
      } finally {
        preempting.delete(pod.uid)
      }
      // Its victims' departures may have come while it was held back, and come only once.
      if (wake) handle.activate(pod.key)
    })
  }

  const plugin: Plugin = {
    name: 'DefaultPreemption',
    // When to try again is for the plugins to say whose refusals the preemption undoes.
    events: [{ type: 'AssignedPod', actions: ['Delete'], hint: () => false }],
    preEnqueue: ({ uid }) => (isPreempting(uid) ? unresolvable('waiting for the preemption for this pod to be finished') : success),
    postFilter(state, pod, statuses): PostFilterResult {
      attempts.add()
      const newest = handle.pod(pod.key)
      if (!newest || newest.uid !== pod.uid) return { status: prefixed(unschedulable(`pod "${pod.name}" not found`)) }
      const objection = notEligible(handle, newest, statuses)
      if (objection !== undefined) return { status: prefixed(unschedulable(objection)) }
      const { candidates, diagnosis } = findCandidates(handle, state, newest, statuses)
      const best = pickCandidate(candidates, handle.clock.now())
      if (!best) return { status: prefixed(unschedulable(diagnosis.message())), nominatedNode: '' }
      start(newest, best)
      return { status: success, nominatedNode: best.node }
    },
  }
  return plugin
}

function prefixed({ code, reasons }: Status): Status {
  return { code, reasons: reasons.map((reason) => `preemption: ${reason}`) }
}

/** Why the pod may not preempt now; undefined: it may. */
function notEligible(handle: Handle, pod: PodInfo, statuses: NodeStatuses): string | undefined {
  if (pod.pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const nominated = pod.pod.status?.nominatedNodeName
  if (!nominated || statuses.get(nominated).code === 'UnschedulableAndUnresolvable') return undefined
  for (const other of handle.snapshot().get(nominated)?.pods.values() ?? [])
    if (other.priority < pod.priority && isTerminating(other) && isDisrupted(other.pod))
      return 'not eligible due to a terminating pod on the nominated node.'
  return undefined
}

function isDisrupted(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(
    ({ type, status, reason }) => type === 'DisruptionTarget' && status === 'True' && reason === disruptionReason,
  )
}

/** Tries nodes from a random one on until enough would do. */
function findCandidates(
  handle: Handle,
  state: CycleState,
  pod: PodInfo,
  statuses: NodeStatuses,
): { candidates: Candidate[]; diagnosis: Diagnosis } {
  const snapshot = handle.snapshot()
  const diagnosis = new Diagnosis(snapshot)
  diagnosis.absent = unresolvable('Preemption is not helpful for scheduling')
  const nodes = statuses.withCode('Unschedulable')
  const wanted = Math.min(nodes.length, Math.max(Math.floor((nodes.length * candidatePercentMin) / 100), candidatesMin))
  const offset = nodes.length > 0 ? handle.random.below(nodes.length) : 0
  const [sparing, violating]: [Candidate[], Candidate[]] = [[], []]
  for (let i = 0; i < nodes.length; i++) {
    const node = snapshot.get(nodes[(offset + i) % nodes.length]?.name ?? '')
    if (!node) continue
    const found = selectVictims(handle, state.clone(), pod, node.clone(), budgetsOf(handle))
    if ('code' in found) diagnosis.set(node.name, found)
    else if (found.violations === 0) sparing.push(found)
    else violating.push(found)
    if (sparing.length > 0 && sparing.length + violating.length >= wanted) break
  }
  return { candidates: [...sparing, ...violating], diagnosis }
}

/** Takes all lesser pods off and puts back as many as fit beside the pod, the most important first. Changes `state` and `node`. */
function selectVictims(handle: Handle, state: CycleState, pod: PodInfo, node: NodeInfo, budgets: readonly Budget[]): Candidate | Status {
  const lesser = [...node.pods.values()].filter(({ priority }) => priority < pod.priority)
  if (lesser.length === 0) return unresolvable('No preemption victims found for incoming pod')
  const off = (other: PodInfo) => {
    node.remove(other.uid)
    handle.removePod(state, pod, other, node)
  }
  for (const other of lesser) off(other)
  const status = handle.filterWithNominated(state, pod, node)
  if (status.code !== 'Success') return status
  const now = handle.clock.now()
  const important = byImportance(now)
  const victims: PodInfo[] = []
  const reprieve = (other: PodInfo): boolean => {
    node.add(other)
    handle.addPod(state, pod, other, node)
    if (handle.filterWithNominated(state, pod, node).code === 'Success') return true
    off(other)
    victims.push(other)
    return false
  }
  const { violating, sparing } = splitByBudgets(lesser.sort(important), budgets)
  const violations = violating.filter((other) => !reprieve(other)).length
  for (const other of sparing) reprieve(other)
  return { node: node.name, victims: victims.sort(important), violations }
}

/** Higher priority first, then who runs longer. */
function byImportance(now: number): (a: PodInfo, b: PodInfo) => number {
  return (a, b) => b.priority - a.priority || (podStartTime(a) ?? now) - (podStartTime(b) ?? now)
}

function budgetsOf(handle: Handle): Budget[] {
  return handle.disruptionBudgets().map(({ metadata, spec, status }) => ({
    namespace: metadata.namespace ?? '',
    query: queryOf(spec?.selector),
    disrupted: new Set(Object.keys(status?.disruptedPods ?? {})),
    allowed: status?.disruptionsAllowed ?? 0,
  }))
}

function splitByBudgets(victims: readonly PodInfo[], budgets: readonly Budget[]): { violating: PodInfo[]; sparing: PodInfo[] } {
  const [violating, sparing]: [PodInfo[], PodInfo[]] = [[], []]
  for (const victim of victims) {
    let violated = false
    if (Object.keys(victim.labels ?? {}).length > 0)
      for (const budget of budgets) {
        if (
          budget.query === 'nothing' ||
          budget.query.length === 0 ||
          !podMatches(victim, budget.namespace, budget.query) ||
          budget.disrupted.has(victim.name)
        )
          continue
        budget.allowed--
        if (budget.allowed < 0) violated = true
      }
    if (violated) violating.push(victim)
    else sparing.push(victim)
  }
  return { violating, sparing }
}

/** Least harm first: broken budgets, highest priority, sum of priorities, number of pods, then the latest started. */
function pickCandidate(candidates: readonly Candidate[], now: number): Candidate | undefined {
  const harms: ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => victims[0]?.priority ?? Number.NEGATIVE_INFINITY,
    // Shifted so that fewer pods of negative priority are less harm than more of them.
    ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
    ({ victims }) => victims.length,
    ({ victims }) =>
      -Math.min(...victims.filter(({ priority }) => priority === victims[0]?.priority).map((victim) => podStartTime(victim) ?? now)),
  ]
  let left = candidates
  for (const harm of harms) {
    if (left.length <= 1) break
    const least = Math.min(...left.map(harm))
    left = left.filter((candidate) => harm(candidate) === least)
  }
  return left[0]
}

/** Marks and deletes one victim; one that is gone already is fine. A victim that is not bound yet is rejected instead. */
async function evict(handle: Handle, pod: PodInfo, victim: PodInfo, node: string): Promise<void> {
  const waiting = handle.waitingPod(victim.uid)
  if (waiting) waiting.reject('DefaultPreemption', 'preempted')
  else
    try {
      const { name, namespace, uid } = victim
      const { signal } = handle
      await handle.client.patch(
        pods,
        name,
        'strategic',
        { metadata: { uid }, status: { conditions: [disruption(handle, victim)] } },
        { namespace, subresource: 'status', signal },
      )
      await handle.client.delete(pods, name, { namespace, preconditions: { uid }, signal })
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
  handle.events.event(victim.pod, 'Normal', 'Preempted', `Preempted by pod ${pod.uid} on node ${node}`)
}

function disruption({ clock, schedulerName }: Handle, { pod }: PodInfo) {
  return {
    type: 'DisruptionTarget',
    status: 'True',
    reason: disruptionReason,
    message: `${schedulerName}: preempting to accommodate a higher priority pod`,
    lastTransitionTime: formatTime(clock.now()),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  }
}
