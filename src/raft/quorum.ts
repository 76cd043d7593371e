/**
 * Majorities, as pure functions: of one set of voters, and of a joint configuration, which decides only what both of its
 * halves decide (thesis, section 4.3). Commit, votes, leader leases and reads all count here. Next: membership.ts.
 */
import type { ConfState, NodeId } from './types.js'

/** The outcome of a vote so far. */
export type VoteResult = 'won' | 'lost' | 'pending'

/** How many of so many voters are a majority. */
export function majority(voters: number): number {
  return Math.floor(voters / 2) + 1
}

/**
 * The largest index that a majority has acknowledged, where acknowledged() of a silent voter is 0 or undefined. Of no voters it is
 * Infinity: an empty half of a joint configuration has no say. `missing`: be content with so many fewer, which is a bug (mutants.ts).
 */
export function majorityIndex(voters: readonly NodeId[], acknowledged: (id: NodeId) => number | undefined, missing = 0): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY
  const descending = voters.map((id) => acknowledged(id) ?? 0).sort((a, b) => b - a)
  return descending[majority(voters.length) - 1 - missing] ?? 0
}

/** What both halves have acknowledged. */
export function quorumIndex(members: ConfState, acknowledged: (id: NodeId) => number | undefined, missing = 0): number {
  return Math.min(majorityIndex(members.voters, acknowledged, missing), majorityIndex(members.votersOutgoing, acknowledged, missing))
}

/** Lost means that the voters still silent could not make it a win. No voters at all agree with everything. */
export function majorityVote(voters: readonly NodeId[], votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  if (voters.length === 0) return 'won'
  const yes = voters.filter((id) => votes.get(id) === true).length
  const silent = voters.filter((id) => !votes.has(id)).length
  const needed = majority(voters.length)
  if (yes >= needed) return 'won'
  return yes + silent >= needed ? 'pending' : 'lost'
}

/** Won in both halves, or lost in either. */
export function quorumVote(members: ConfState, votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  const incoming = majorityVote(members.voters, votes)
  const outgoing = majorityVote(members.votersOutgoing, votes)
  if (incoming === outgoing) return incoming
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending'
}
