/**
 * A cluster at work under faults drawn from the seed: a Deployment is made, scaled, rolled to another version and scaled
 * again, a Job runs, a Service selects the pods, and ConfigMaps are written all the while. Then the faults end, and everything
 * must come to what was asked for. All invariants of a Kubernetes cluster are watched on every change in the store.
 */
import type { Deployment } from '../../api/types/apps-v1.js'
import type { Job } from '../../api/types/batch-v1.js'
import type { Service } from '../../api/types/core-v1.js'
import { sleep } from '../../base/clock.js'
import { createMonitor, type Monitor } from '../../chaos/invariants/monitor.js'
import { runPlan } from '../../chaos/nemesis.js'
import { randomPlan } from '../../chaos/random-plan.js'
import type { ChaosEvent } from '../../chaos/result.js'
import { deployments, jobs, services } from '../../client/resources.js'
import type { Stagehand } from '../stagehand.js'
import { observeObjects } from './observer.js'
import { mustHold, mustPass, type Scenario } from './scenario.js'

const namespace = 'default'
const labels = { app: 'web' }
const faultsMs = 10_000

const web: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 3,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'web', image: 'busybox:1', command: ['sleep', 'infinity'] }] },
    },
  },
}
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: labels, ports: [{ port: 80 }] },
}
const batch: Job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'batch', namespace },
  spec: {
    completions: 3,
    parallelism: 2,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'once', image: 'busybox:1', command: ['true'] }] } },
  },
}

export const storm: Scenario = {
  name: 'storm',
  description: 'a Deployment, a Job and a Service at work under faults drawn from the seed, and all invariants',
  cast: 'cluster',
  async play(hand, { seed, plan: given, onPlan }) {
    const monitor = createMonitor()
    observeObjects(hand, (event) => void monitor.observe(event))
    const plan = given ?? randomPlan({ seed, stage: 'sim', actors: hand.stage.actors(), durationMs: faultsMs })
    onPlan?.(plan)
    const working = work(hand)
    const result = await runPlan(hand.stage, plan, {
      workload: { writers: 1, everyMs: 100 },
      onEvent: (event) => tellFault(monitor, event, hand.context.clock.monotonic()),
    })
    mustPass(result)
    await working
    await converged(hand)
    mustHold([...monitor.violations, ...monitor.finish()])
  },
}

/** What users ask of the cluster meanwhile, each again until it is done. */
async function work({ client, context, until }: Stagehand): Promise<void> {
  const pause = () => sleep(context.clock, context.random.between(200, 2_500))
  const made = (what: string, make: () => Promise<unknown>, get: () => Promise<unknown>) =>
    // A create whose answer was lost may have been done.
    until(what, async () => (await get().catch(() => undefined)) !== undefined || (await make()) !== undefined)
  const patched = (what: string, patch: object) =>
    until(what, async () => (await client.patch(deployments, 'web', 'strategic', patch, { namespace })) !== undefined)

  await made(
    'the Deployment is made',
    () => client.create(deployments, web),
    () => client.get(deployments, 'web', { namespace }),
  )
  await made(
    'the Service is made',
    () => client.create(services, service),
    () => client.get(services, 'web', { namespace }),
  )
  await pause()
  await patched('the Deployment is scaled', { spec: { replicas: 5 } })
  await made(
    'the Job is made',
    () => client.create(jobs, batch),
    () => client.get(jobs, 'batch', { namespace }),
  )
  await pause()
  await patched('the Deployment is rolled', { spec: { template: { spec: { containers: [{ name: 'web', image: 'busybox:2' }] } } } })
  await pause()
  await patched('the Deployment is scaled again', { spec: { replicas: 2 } })
}

async function converged({ client, until }: Stagehand): Promise<void> {
  await until('the Deployment is complete', async () => {
    const { status, metadata } = await client.get(deployments, 'web', { namespace })
    return (
      status?.observedGeneration === metadata.generation &&
      status?.replicas === 2 &&
      status.updatedReplicas === 2 &&
      status.availableReplicas === 2
    )
  })
  await until('the Job is complete', async () => {
    const { status } = await client.get(jobs, 'batch', { namespace })
    return status?.succeeded === 3 && (status.conditions ?? []).some(({ type, status: is }) => type === 'Complete' && is === 'True')
  })
}

function tellFault(monitor: Monitor, event: ChaosEvent, timeMs: number): void {
  if (event.type === 'injected') monitor.observe({ type: 'FAULT', id: event.id, phase: 'begin', timeMs })
  else if (event.type === 'healed') monitor.observe({ type: 'FAULT', id: event.id, phase: 'end', timeMs })
  // A crash is over when its actor is back.
  else if (event.type === 'actor' && event.event === 'ended')
    monitor.observe({ type: 'FAULT', id: `down/${event.actor}`, phase: 'begin', timeMs })
  else if (event.type === 'actor' && event.event === 'running')
    monitor.observe({ type: 'FAULT', id: `down/${event.actor}`, phase: 'end', timeMs })
}
