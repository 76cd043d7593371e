/**
 * The words of Raft (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", and Ongaro's thesis):
 * entries, hard state, snapshots, and the union of every message that members of one cluster send to each other. Plain
 * data only, so that a message may cross a thread. Next: storage.ts for what the core reads, node.ts for how it is used.
 */

/** A member of the cluster, an integer >= 1, never used again for another replica: one that lost its disk comes back under a new id. */
export type NodeId = number

/** "No member": no vote given, no leader known. */
export const noNode: NodeId = 0

/** One record of the replicated log. A new leader's first entry is normal with empty data, and means nothing to the state machine. */
export interface Entry {
  readonly term: number
  /** Position in the log, from 1. */
  readonly index: number
  /** 'config' entries carry an encoded ConfigChange (membership.ts) and are given back through RaftNode.applyConfigChange. */
  readonly type: 'normal' | 'config'
  readonly data: Uint8Array
}

/** What a member must never forget (paper, figure 2: persistent state), and the commit index, which it may. */
export interface HardState {
  readonly term: number
  /** Whom this member voted for in `term`; noNode if nobody. */
  readonly vote: NodeId
  readonly commit: number
}

/** The hard state of a member that has never run. */
export const emptyHardState: HardState = { term: 0, vote: noNode, commit: 0 }

/** The members of the cluster, as stored in snapshots. Lists are sorted. */
export interface ConfState {
  /** Voters; of a joint configuration, the incoming half. */
  readonly voters: readonly NodeId[]
  /** The outgoing half of a joint configuration; empty when not joint (thesis, section 4.3). */
  readonly votersOutgoing: readonly NodeId[]
  /** Members that receive the log and do not vote. */
  readonly learners: readonly NodeId[]
  /** Voters of the outgoing half that become learners once the joint configuration is left. */
  readonly learnersNext: readonly NodeId[]
  /** The leader leaves the joint configuration by itself as soon as it has applied it. */
  readonly autoLeave: boolean
}

/** A configuration of voters only. */
export function confState(voters: readonly NodeId[], learners: readonly NodeId[] = []): ConfState {
  return { voters, votersOutgoing: [], learners, learnersNext: [], autoLeave: false }
}

/** The state machine at `index`, in place of the log up to there. */
export interface Snapshot {
  readonly index: number
  readonly term: number
  readonly members: ConfState
  readonly data: Uint8Array
}

interface Envelope {
  readonly from: NodeId
  readonly to: NodeId
  /** The sender's term; of preVote the term it would campaign in; 0 of proposals and reads on their way to the leader. */
  readonly term: number
}

/**
 * What a member knows to be committed, told along with votes. A member whose log has that entry commits it too. Without this, members
 * that differ only in whether they know a change of membership to be committed can refuse each other's votes for ever: each counts
 * other voters, and the ones that know may no longer campaign.
 */
interface CommitNews {
  readonly commit: number
  readonly commitTerm: number
}

/** Asks for a vote (paper, section 5.2). */
export interface Vote extends Envelope, CommitNews {
  readonly type: 'vote'
  readonly lastIndex: number
  readonly lastTerm: number
  /** The leader itself asked for this election: leader stickiness does not apply (thesis, section 3.10). */
  readonly transfer: boolean
}

/** Asks whether a vote would be given; changes nobody's state (thesis, section 9.6). */
export interface PreVote extends Envelope, CommitNews {
  readonly type: 'preVote'
  readonly lastIndex: number
  readonly lastTerm: number
  /** As in vote. */
  readonly transfer: boolean
}

export interface VoteResponse extends Envelope, CommitNews {
  readonly type: 'voteResponse'
  readonly reject: boolean
}

/** `term` echoes the term asked for when granted, and is the responder's own when rejected. */
export interface PreVoteResponse extends Envelope, CommitNews {
  readonly type: 'preVoteResponse'
  readonly reject: boolean
}

/** Entries that follow (prevIndex, prevTerm); none at all is a probe, or news of a commit (paper, section 5.3). */
export interface Append extends Envelope {
  readonly type: 'append'
  readonly prevIndex: number
  readonly prevTerm: number
  readonly entries: readonly Entry[]
  /** The leader's commit index. */
  readonly commit: number
}

/**
 * Accepted: `index` is the last index known to match. Rejected: `index` is the prevIndex that did not match, and
 * (hintIndex, hintTerm) is where the follower's log may, so that a whole term is skipped in one round trip.
 */
export interface AppendResponse extends Envelope {
  readonly type: 'appendResponse'
  readonly index: number
  readonly reject: boolean
  readonly hintIndex: number
  readonly hintTerm: number
}

export interface Heartbeat extends Envelope {
  readonly type: 'heartbeat'
  /** Never beyond what the receiver is known to have. */
  readonly commit: number
  /** The youngest read waiting at the leader; 0 when none. An answer that echoes it confirms this read and all before it. */
  readonly readSequence: number
}

export interface HeartbeatResponse extends Envelope {
  readonly type: 'heartbeatResponse'
  readonly readSequence: number
}

/** The state machine itself, for a follower that is behind the leader's first log entry. Answered by an appendResponse. */
export interface InstallSnapshot extends Envelope {
  readonly type: 'snapshot'
  readonly snapshot: Snapshot
}

/** A read forwarded to the leader. */
export interface ReadIndex extends Envelope {
  readonly type: 'readIndex'
  /** Names one attempt of one read at its sender. */
  readonly context: string
}

export interface ReadIndexResponse extends Envelope {
  readonly type: 'readIndexResponse'
  readonly context: string
  /** The read is linearizable once the state machine has applied this index. */
  readonly index: number
}

/** Proposals forwarded to the leader; what their term and index say does not count. */
export interface Propose extends Envelope {
  readonly type: 'propose'
  readonly entries: readonly Entry[]
}

/** Forwarded to the leader: give the lead to `transferee`. */
export interface TransferLeader extends Envelope {
  readonly type: 'transferLeader'
  readonly transferee: NodeId
}

/** From the leader: campaign now, without waiting for the timeout. */
export interface TimeoutNow extends Envelope {
  readonly type: 'timeoutNow'
}

/** Everything that members send to each other. */
export type Message =
  | Vote
  | VoteResponse
  | PreVote
  | PreVoteResponse
  | Append
  | AppendResponse
  | Heartbeat
  | HeartbeatResponse
  | InstallSnapshot
  | ReadIndex
  | ReadIndexResponse
  | Propose
  | TransferLeader
  | TimeoutNow

/** Whoever writes this member's log: not a member, but messages name it as one. */
export const appendThread: NodeId = -1

/** Whoever applies committed entries to the state machine. */
export const applyThread: NodeId = -2

/**
 * An order to the append thread: make these durable, after all that earlier orders said and in one piece, then deliver the responses:
 * each to the member it names, this one included. A response that is lost with a crash is as if nothing was promised.
 */
export interface StorageAppend extends Envelope {
  readonly type: 'storageAppend'
  /** Entries at and above the first one's index that were written before are replaced. */
  readonly entries: readonly Entry[]
  readonly hardState?: HardState
  /** Replaces the whole log; entries, if any, follow it. */
  readonly snapshot?: Snapshot
  /** False when only the commit index moved, which may be forgotten: the responses need not wait for the disk. */
  readonly mustSync: boolean
  readonly responses: readonly (Message | StorageAppendResponse)[]
}

/**
 * From the append thread, when an order is done: the log up to (index, logTerm) is durable; index 0 when the order said nothing of it.
 * Its term is the member's when the order was given: in a later term the entry may have been replaced, and even replaced back, by orders
 * that are still under way, so that only an order of that term can say that it is durable.
 */
export interface StorageAppendResponse extends Envelope {
  readonly type: 'storageAppendResponse'
  readonly index: number
  readonly logTerm: number
  /** The snapshot that was in the order is durable, and loaded into the state machine. */
  readonly snapshotIndex?: number
}

/** An order to the apply thread: apply these after all that earlier orders said, then deliver the responses. */
export interface StorageApply extends Envelope {
  readonly type: 'storageApply'
  readonly entries: readonly Entry[]
  readonly responses: readonly StorageApplyResponse[]
}

/** From the apply thread: these are applied. */
export interface StorageApplyResponse extends Envelope {
  readonly type: 'storageApplyResponse'
  readonly entries: readonly Entry[]
}

/** What a member's own threads tell it; never from another member. */
export type StorageResponse = StorageAppendResponse | StorageApplyResponse

/** What a member is at the moment. A preCandidate asks whether it could win before it disturbs anybody with a new term. */
export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader'
