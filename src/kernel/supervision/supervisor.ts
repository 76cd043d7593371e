/**
 * Carries a supervision tree out against a Host: starts children in order, stops them in reverse, restarts those that
 * die as their supervisor's strategy says. A supervisor that restarts too often gives up; the root, and who else is told
 * to, then degrades: the child that fails is down, visibly, and tried again now and then, and what still runs goes on
 * running: never a silent exit.
 *
 * Read: child-spec.ts, strategy.ts, restart-window.ts, node.ts, worker-node.ts, supervisor-node.ts.
 */
import type { Clock } from '../../base/clock.js'
import { CodedError } from '../../base/errors.js'
import type { Random } from '../../base/random.js'
import type { ExitReason, Host, Incarnation } from '../host.js'
import { type ChildSpec, checkTree, nameOf, type SupervisorSpec } from './child-spec.js'
import type { SupervisionEvent, TreeNode, World } from './node.js'
import { type Entry, SupervisorNode } from './supervisor-node.js'
import { WorkerNode } from './worker-node.js'

export type { ChildState, Degradation, SupervisionEvent, TreeNode } from './node.js'

export interface Supervisor {
  /**
   * Starts the tree; resolves when every child has been ready once (or is down for good, or degraded by a supervisor
   * below the root), rejects when the root gives up on a child before.
   */
  start(): Promise<void>
  /** Stops everybody in reverse order of start. */
  stop(): Promise<void>
  tree(): TreeNode
  /** The incarnation of a worker that runs or starts now. */
  incarnation(name: string): Incarnation | undefined
  /** Names of the workers. */
  names(): readonly string[]
  /**
   * Stops a worker or supervisor, if it runs, and starts it: the way back from 'degraded', 'failed' and 'stopped'. When a
   * supervisor above it is down, that one is started. Resolves when it is ready. Throws 'NoSuchActor', 'StartFailed'.
   */
  restart(name: string): Promise<void>
  /**
   * Adds a child to a running supervisor, behind the others, and resolves when it is ready; of a simple-one-for-one
   * supervisor it is made from the template. Throws 'NoSuchActor', 'InvalidChildSpec', 'StartFailed'.
   */
  startChild(supervisor: string, child: ChildSpec | { readonly name: string; readonly config: unknown }): Promise<void>
  /** Stops a child and forgets it. Throws 'NoSuchActor'. */
  removeChild(name: string): Promise<void>
}

/** A supervisor of `spec`'s tree. Throws code 'InvalidChildSpec'. */
export function createSupervisor(
  spec: SupervisorSpec,
  world: { host: Host; clock: Clock; random: Random; onEvent?: (event: SupervisionEvent) => void },
): Supervisor {
  checkTree(spec)
  const shared: World = { host: world.host, clock: world.clock, random: world.random, emit: world.onEvent ?? (() => {}) }
  let reject: (error: Error) => void = () => {}
  const gaveUp = new Promise<never>((_, refuse) => {
    reject = refuse
  })
  gaveUp.catch(() => {})
  const root = new SupervisorNode(spec, shared, {
    ended: () => {},
    gaveUp: (reason: ExitReason) => reject(new CodedError('StartFailed', `"${spec.name}" gave up: ${reason.message}`)),
  })
  return {
    start: () => Promise.race([root.start(), gaveUp]),
    stop: () => root.stop(),
    tree: () => root.tree(),
    incarnation: (name) => {
      const node = pathTo(root, name)?.at(-1)?.entry.node
      return node instanceof WorkerNode ? node.incarnation : undefined
    },
    names: () => workerNames(root),
    restart: (name) => restart(root, name),
    startChild: (name, child) => startChild(root, name, child),
    async removeChild(name) {
      const { supervisor, entry } = pathTo(root, name)?.at(-1) ?? noSuchActor('remove', name)
      await supervisor.removeChild(entry)
    },
  }
}

interface Step {
  readonly supervisor: SupervisorNode
  readonly entry: Entry
}

/** From the root down to the child of this name. */
function pathTo(supervisor: SupervisorNode, name: string): readonly Step[] | undefined {
  for (const entry of supervisor.entries) {
    const { node } = entry
    if (nameOf(node.spec) === name) return [{ supervisor, entry }]
    const below = node instanceof SupervisorNode ? pathTo(node, name) : undefined
    if (below) return [{ supervisor, entry }, ...below]
  }
  return undefined
}

function workerNames(supervisor: SupervisorNode): string[] {
  return supervisor.entries.flatMap(({ node }) => (node instanceof SupervisorNode ? workerNames(node) : [node.spec.start.name]))
}

function noSuchActor(what: string, name: string): never {
  throw new CodedError('NoSuchActor', `Cannot ${what} "${name}": no actor or supervisor of this name`)
}

async function restart(root: SupervisorNode, name: string): Promise<void> {
  if (name === root.spec.name || !root.isUp) {
    if (name !== root.spec.name && !pathTo(root, name)) noSuchActor('restart', name)
    await root.stop()
    return root.start()
  }
  const path = pathTo(root, name) ?? noSuchActor('restart', name)
  const down = path.find(({ entry: { node } }) => node instanceof SupervisorNode && !node.isUp) ?? path.at(-1)
  if (!down) return
  await down.supervisor.restartChild(down.entry)
  const { node } = down.entry
  if (node.state !== 'running') throw new CodedError('StartFailed', `Cannot restart "${name}": "${nameOf(node.spec)}" is ${node.state}`)
}

async function startChild(
  root: SupervisorNode,
  name: string,
  child: ChildSpec | { readonly name: string; readonly config: unknown },
): Promise<void> {
  const found = name === root.spec.name ? root : pathTo(root, name)?.at(-1)?.entry.node
  if (!(found instanceof SupervisorNode)) throw new CodedError('NoSuchActor', `Cannot start a child of "${name}": no such supervisor`)
  const spec = 'type' in child ? child : fromTemplate(found.spec, child)
  if (found.spec.template && 'type' in child)
    throw new CodedError('InvalidChildSpec', `Cannot start "${nameOf(child)}": children of "${name}" are made from its template`)
  // Checked as it would stand in the tree: its names must not be taken, its significance must mean something.
  const taken = (one: string) => one === root.spec.name || pathTo(root, one) !== undefined
  const { template: _, ...rest } = found.spec
  checkTree({ ...rest, strategy: 'one-for-one', name: ' ', children: [spec] })
  if (namesIn(spec).some(taken)) throw new CodedError('InvalidChildSpec', `Cannot start "${nameOf(spec)}": a name of it is taken`)
  const { node } = await found.addChild(spec)
  if (node.state !== 'running') throw new CodedError('StartFailed', `Cannot start "${nameOf(spec)}": it is ${node.state}`)
}

function namesIn(spec: ChildSpec): string[] {
  return [nameOf(spec), ...(spec.type === 'supervisor' ? spec.children.flatMap(namesIn) : [])]
}

function fromTemplate({ name: of, template }: SupervisorSpec, { name, config }: { name: string; config: unknown }): ChildSpec {
  if (!template) throw new CodedError('InvalidChildSpec', `Cannot start "${name}": "${of}" has no template`)
  return { ...template, type: 'worker', start: { ...template.start, name, config } }
}
