/**
 * Changes of membership as pure functions from configuration to configuration (thesis, chapter 4). One voter at a time changes
 * the simple way; more go through a joint configuration, in which both the old and the new voters must agree. A change counts
 * from when it is applied. Next: reconfigure.ts, which puts a configuration into force.
 */
import { type ConfState, confState, type NodeId, noNode } from './types.js'

/** A proposal to change the members; the data of a 'config' entry. */
export interface ConfigChange {
  /**
   * How to get from the old voters to the new. 'auto': one change the simple way, several through a joint configuration that is left
   * by itself. 'jointImplicit': always joint, left by itself. 'jointExplicit': always joint, left by an empty change.
   */
  readonly transition: 'auto' | 'jointImplicit' | 'jointExplicit'
  /** In order. Of the same member the last one counts. Empty, with 'auto': leave the joint configuration. */
  readonly changes: readonly { readonly type: 'addVoter' | 'addLearner' | 'remove'; readonly id: NodeId }[]
}

/** The change that leaves a joint configuration. */
export const leaveJoint: ConfigChange = { transition: 'auto', changes: [] }

/** Whether a change asks to leave the joint configuration. */
export function wantsLeaveJoint(change: ConfigChange): boolean {
  return change.transition === 'auto' && change.changes.length === 0
}

/** Bytes of a 'config' entry; leaveJoint is empty. */
export function encodeConfigChange(change: ConfigChange): Uint8Array {
  return wantsLeaveJoint(change) ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(change))
}

/** What encodeConfigChange encoded. */
export function decodeConfigChange(data: Uint8Array): ConfigChange {
  return data.byteLength === 0 ? leaveJoint : (JSON.parse(new TextDecoder().decode(data)) as ConfigChange)
}

/** Two sets of voters have a say. */
export function isJoint(members: ConfState): boolean {
  return members.votersOutgoing.length > 0
}

/** Everybody in a configuration, sorted. */
export function memberIds(members: ConfState): readonly NodeId[] {
  const ids = new Set([...members.voters, ...members.votersOutgoing, ...members.learners, ...members.learnersNext])
  return [...ids].sort((a, b) => a - b)
}

/** Whether a member votes, in either half. */
export function isVoter(members: ConfState, id: NodeId): boolean {
  return members.voters.includes(id) || members.votersOutgoing.includes(id)
}

/** A configuration, or why it cannot be. */
export type Change = { readonly type: 'changed'; readonly members: ConfState } | { readonly type: 'refused'; readonly reason: string }

/** The configuration after a change. */
export function changeMembers(members: ConfState, change: ConfigChange): Change {
  if (wantsLeaveJoint(change)) return leave(members)
  if (change.transition !== 'auto' || change.changes.length > 1) return enterJoint(members, change)
  return simple(members, change)
}

/** Applies a change of at most one voter. Refuses more. */
export function simple(members: ConfState, change: ConfigChange): Change {
  if (isJoint(members)) return refused("can't apply simple config change in joint config")
  const draft = makeDraft(members)
  applyChanges(draft, change)
  if (draft.voters.size === 0) return refused('removed all voters')
  const changed =
    members.voters.filter((id) => !draft.voters.has(id)).length + [...draft.voters].filter((id) => !members.voters.includes(id)).length
  if (changed > 1) return refused('more than one voter changed without entering joint config')
  return { type: 'changed', members: finish(draft, false) }
}

/** Makes the present voters the outgoing half, and applies the changes to the incoming one. */
export function enterJoint(members: ConfState, change: ConfigChange): Change {
  if (isJoint(members)) return refused('config is already joint')
  if (members.voters.length === 0) return refused("can't make a zero-voter config joint")
  const draft = makeDraft(members)
  for (const id of members.voters) draft.votersOutgoing.add(id)
  applyChanges(draft, change)
  if (draft.voters.size === 0) return refused('removed all voters')
  return { type: 'changed', members: finish(draft, change.transition !== 'jointExplicit') }
}

/** Forgets the outgoing half; those who were to become learners do. */
export function leave(members: ConfState): Change {
  if (!isJoint(members)) return refused("can't leave a non-joint config")
  return { type: 'changed', members: confState(members.voters, sorted([...members.learners, ...members.learnersNext])) }
}

function refused(reason: string): Change {
  return { type: 'refused', reason }
}

interface Draft {
  readonly voters: Set<NodeId>
  readonly votersOutgoing: Set<NodeId>
  readonly learners: Set<NodeId>
  readonly learnersNext: Set<NodeId>
}

function makeDraft(members: ConfState): Draft {
  return {
    voters: new Set(members.voters),
    votersOutgoing: new Set(members.votersOutgoing),
    learners: new Set(members.learners),
    learnersNext: new Set(members.learnersNext),
  }
}

function applyChanges(draft: Draft, change: ConfigChange): void {
  for (const { type, id } of change.changes) {
    if (id === noNode) continue
    const wasLearner = draft.learners.has(id)
    if (type === 'addLearner' && wasLearner) continue
    for (const set of [draft.voters, draft.learners, draft.learnersNext]) set.delete(id)
    if (type === 'addVoter') draft.voters.add(id)
    // A voter of the outgoing half still votes: it is a learner only once that half is gone.
    else if (type === 'addLearner') (draft.votersOutgoing.has(id) ? draft.learnersNext : draft.learners).add(id)
  }
}

function finish(draft: Draft, autoLeave: boolean): ConfState {
  return {
    voters: sorted(draft.voters),
    votersOutgoing: sorted(draft.votersOutgoing),
    learners: sorted(draft.learners),
    learnersNext: sorted(draft.learnersNext),
    autoLeave,
  }
}

function sorted(ids: Iterable<NodeId>): readonly NodeId[] {
  return [...new Set(ids)].sort((a, b) => a - b)
}
