/**
 * The settings of one member, checked once. Time is counted in ticks: how long a tick lasts is the caller's decision
 * (a store replica ticks every 50 ms or so). Next: node.ts.
 */
import { assert } from '../base/assert.js'
import { noMutants, type RaftMutant } from './mutants.js'
import { type NodeId, noNode } from './types.js'

/** What a caller may set. Only `id` has no default. */
export interface RaftOptions {
  /** This member. */
  readonly id: NodeId
  /** A follower campaigns after [electionTicks, 2 electionTicks - 1] ticks without a leader. Default 10. */
  readonly electionTicks?: number
  /** The leader sends heartbeats every so many ticks. Default 1. */
  readonly heartbeatTicks?: number
  /** Ask before campaigning, so that a member that was cut off does not depose the leader when it comes back. Default true. */
  readonly preVote?: boolean
  /** A leader that hears no quorum for electionTicks steps down, and voters that hear a leader refuse candidates. Default true. */
  readonly checkQuorum?: boolean
  /**
   * Answer reads at once for as long as checkQuorum keeps this member leading, without asking anybody. Linearizable only while no
   * member's clock stands still or runs away, which a paused process or virtual machine does: a stale read is then possible. Needs
   * checkQuorum. Default false.
   */
  readonly leaseReads?: boolean
  /** What the state machine has applied before the start; committed entries after it are given again. Default: up to the snapshot. */
  readonly applied?: number
  /** Bytes of entries in one append message; a single larger entry is sent alone. 0 means one entry at a time. Default 1 MiB. */
  readonly messageBytesMax?: number
  /** Bytes of entries in one Ready's committedEntries; a single larger entry is given alone. Default messageBytesMax. */
  readonly committedBytesMax?: number
  /** Bytes of proposals in the leader's log that are not yet committed; beyond it proposals are dropped. Default unbounded. */
  readonly uncommittedBytesMax?: number
  /** Append messages on the way to one follower. Default 512. */
  readonly inflightMessagesMax?: number
  /** Bytes of entries on the way to one follower; at least messageBytesMax. Default unbounded. */
  readonly inflightBytesMax?: number
  /** Followers drop proposals instead of forwarding them to the leader. Default false. */
  readonly disableProposalForwarding?: boolean
  /** The leader makes a learner a voter as soon as it has caught up (promotion.ts), also one that was a voter before. Default false. */
  readonly promoteLearners?: boolean
  /**
   * Believe leaderLost(): a follower that is told that its leader's process has died campaigns without waiting for the timeout. Raft itself
   * never knows such a thing. Default false.
   */
  readonly leaderLossHint?: boolean
  /** A leader that a configuration change removes or demotes becomes a follower as soon as it has applied it. Default false. */
  readonly stepDownOnRemoval?: boolean
  /** Ready carries orders to an append and an apply thread; committedEntries then holds durable entries only. See RaftNode. Default false. */
  readonly asyncStorageWrites?: boolean
  /** Accept configuration changes that the current configuration does not allow. For tests. Default false. */
  readonly disableConfigChangeValidation?: boolean
  /** Bugs to have on purpose, for tests and simulations. Default none. */
  readonly mutants?: readonly RaftMutant[]
}

/** The settings with their defaults filled in. */
export type RaftConfig = Required<Omit<RaftOptions, 'mutants'>> & { readonly mutants: ReadonlySet<RaftMutant> }

/** Fills in defaults and asserts the relations between settings. `applied` is 0 where unset. */
export function raftConfig(options: RaftOptions): RaftConfig {
  const messageBytesMax = options.messageBytesMax ?? 1024 * 1024
  const config: RaftConfig = {
    electionTicks: 10,
    heartbeatTicks: 1,
    preVote: true,
    checkQuorum: true,
    leaseReads: false,
    applied: 0,
    committedBytesMax: messageBytesMax,
    uncommittedBytesMax: Number.POSITIVE_INFINITY,
    inflightMessagesMax: 512,
    inflightBytesMax: Number.POSITIVE_INFINITY,
    disableProposalForwarding: false,
    promoteLearners: false,
    leaderLossHint: false,
    stepDownOnRemoval: false,
    asyncStorageWrites: false,
    disableConfigChangeValidation: false,
    ...options,
    messageBytesMax,
    mutants: options.mutants ? new Set(options.mutants) : noMutants,
  }
  assert(Number.isInteger(config.id) && config.id > noNode, `a member's id is an integer >= 1, not ${config.id}`)
  assert(config.heartbeatTicks >= 1, 'heartbeatTicks is at least 1')
  assert(config.electionTicks > config.heartbeatTicks, 'electionTicks is greater than heartbeatTicks')
  assert(config.checkQuorum || !config.leaseReads, 'leaseReads needs checkQuorum')
  assert(config.messageBytesMax >= 0 && config.committedBytesMax >= 0, 'byte bounds are not negative')
  assert(config.inflightMessagesMax >= 1, 'inflightMessagesMax is at least 1')
  assert(config.inflightBytesMax >= config.messageBytesMax, 'inflightBytesMax is at least messageBytesMax')
  return config
}
