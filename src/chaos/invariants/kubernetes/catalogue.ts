/**
 * The invariants of a Kubernetes cluster that are watched unless one chooses others. docs/reference/invariants.md has the table. A user's
 * own are made by the same interface (../invariant.ts) and given to createMonitor beside these. sameEndState() is made for each run
 * from the state that it is to end in, and so is not in the list.
 */
import type { Invariant } from '../invariant.js'
import { convergence } from './convergence.js'
import { daemonSetPerNode } from './daemon-set-per-node.js'
import { deploymentRollout } from './deployment-rollout.js'
import { endpointsReady } from './endpoints-ready.js'
import { evictionsBudgeted } from './evictions-budgeted.js'
import { finalizers } from './finalizers.js'
import { generations } from './generations.js'
import { hotLoop } from './hot-loop.js'
import { idempotence } from './idempotence.js'
import { jobCompletions } from './job-completions.js'
import { leaseHolder } from './lease-holder.js'
import { namespaceEnds } from './namespace-ends.js'
import { noOrphans } from './no-orphans.js'
import { nodeCapacity } from './node-capacity.js'
import { objectVersions } from './object-versions.js'
import { podBoundOnce } from './pod-bound-once.js'
import { podIpUnique } from './pod-ip-unique.js'
import { replicaSetSurplus } from './replica-set-surplus.js'
import { statefulIdentity } from './stateful-identity.js'

export const kubernetesInvariants: readonly Invariant[] = [
  objectVersions,
  generations,
  finalizers,
  podBoundOnce,
  podIpUnique,
  nodeCapacity,
  deploymentRollout,
  replicaSetSurplus,
  statefulIdentity,
  daemonSetPerNode,
  jobCompletions,
  endpointsReady,
  evictionsBudgeted,
  noOrphans,
  namespaceEnds,
  leaseHolder,
  convergence,
  hotLoop,
  idempotence,
]
