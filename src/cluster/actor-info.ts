/** What `troupe ps` shows: the supervision tree, joined with what each thread says of itself. */
import type { ChildState, Supervisor, TreeNode } from '../kernel/supervision/supervisor.js'

export interface ActorInfo {
  readonly name: string
  readonly role: string
  /** Names of the supervisors above it, the root first. */
  readonly path: readonly string[]
  readonly state: ChildState
  readonly incarnation: number
  readonly restarts: number
  /** Messages waiting; undefined when the actor does not answer. */
  readonly mailbox?: number
  readonly handled?: number
  readonly deadLetters?: number
  readonly heapBytes?: number
  /** Memory outside the heap: buffers. */
  readonly externalBytes?: number
  /** Present while it has failed too often: since when (milliseconds since 1970), how often it was tried again, and why. */
  readonly degraded?: TreeNode['degraded']
  /** Share of the last look's window that its event loop was busy, 0 to 1. */
  readonly load?: number
  /** Why its last incarnation ended. */
  readonly lastExit?: string
  /** What the actor shows of itself. */
  readonly details?: unknown
}

/** One entry for each actor, in the order of the tree. */
export async function describeActors(supervisor: Supervisor | undefined): Promise<ActorInfo[]> {
  if (!supervisor) return []
  const workers: { node: TreeNode; path: string[] }[] = []
  const walk = (node: TreeNode, path: string[]): void => {
    if (node.type === 'worker') workers.push({ node, path })
    for (const child of node.children) walk(child, [...path, node.name])
  }
  walk(supervisor.tree(), [])
  return Promise.all(workers.map(({ node, path }) => describe(node, path, supervisor)))
}

async function describe(node: TreeNode, path: readonly string[], supervisor: Supervisor): Promise<ActorInfo> {
  const incarnation = node.state === 'running' ? supervisor.incarnation(node.name) : undefined
  // An actor that is busy or dying must not keep the others from being shown.
  const [health, details] = await Promise.all([incarnation?.health().catch(() => undefined), incarnation?.inspect().catch(() => undefined)])
  const usage = incarnation?.usage()
  return {
    name: node.name,
    role: node.role ?? '',
    path,
    state: node.state,
    incarnation: node.incarnation,
    restarts: node.restarts,
    ...(health
      ? { mailbox: health.mailbox, handled: health.handled, deadLetters: sum(health.deadLetters), heapBytes: health.heapBytes }
      : {}),
    ...(usage ? { load: usage.eventLoopUtilization, externalBytes: usage.externalBytes } : {}),
    ...(node.degraded ? { degraded: node.degraded } : {}),
    ...(node.lastExit ? { lastExit: `${node.lastExit.type}: ${node.lastExit.message}` } : {}),
    ...(details === undefined || details === null ? {} : { details }),
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
