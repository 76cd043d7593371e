/**
 * Bugs on purpose: each is a mistake that a Raft has been shipped with, or that the papers warn of, and can be switched on by name so that
 * tests can show that they would have found it, and so that people can watch what it breaks. Nobody runs with one by accident: the core
 * has them only if its options list them (config.ts), which tests and simulations do and nothing else may.
 *
 * At the very place where the mistake would be made stands `mutated(of, 'its-name')`, false in production for the price of
 * comparing one number. Next: config.ts.
 */

/** The mutants by name, with what each does wrong. */
export const raftMutants = {
  'vote-not-persisted': 'a vote is not written to the disk, so that a restarted member votes again in the same term',
  'vote-ignores-log': 'a vote is given to a candidate whose log lacks committed entries',
  'vote-compares-length-first': 'of two logs the longer one counts as newer, whatever its last term',
  'votes-twice': 'a member votes for everybody who asks in its term',
  'votes-kept': 'answers to a pre-vote count as votes in the election after it',
  'commit-old-term-by-counting': "entries of an earlier term are committed once a majority has them (the paper's figure 8)",
  'commit-beyond-append': 'a follower commits up to the end of its log, though the leader has vouched for less',
  'commit-quorum-one-short': 'a leader commits what one voter less than a majority has',
  'append-truncates-matching': 'an append drops what follows it in the log, though nothing differs',
  'counts-itself-before-durable': 'a leader counts its own copy of an entry before its disk has it',
  'promises-before-durable': 'votes and acceptances are sent before they are on the disk',
  'durable-in-any-term': 'a finished write counts for an entry that was replaced meanwhile',
  'restart-skips-unapplied': 'entries that were committed and not applied before a crash are never applied after it',
  'restarted-waits-too-long': 'a restarted member does not campaign for a very long time',
  'read-unconfirmed': 'a leader answers reads without asking whether it still leads',
  'read-quorum-one-short': 'a read is confirmed by one voter less than a majority',
  'read-index-reused': 'a read that is asked again under the same name counts the answers to the first attempt',
  'read-before-own-commit': 'a new leader answers reads before it has committed anything in its term',
  'forwarded-read-answered-here': 'the answer to a read that was forwarded goes to the leader itself',
  'joint-counts-new-half-only': 'in a joint configuration the old voters have no say in commits',
  'joint-forgotten-at-start': 'a member that restarts in a joint configuration forgets the old voters',
  'two-changes-at-once': 'a change of membership is proposed while another one is not yet applied',
  'change-before-own-commit': 'a new leader proposes a change of membership while one of an earlier leader may be under way',
  'snapshot-keeps-old-members': 'the members that a snapshot lists are ignored',
  'change-applied-over-snapshot': "a change that was handed out before a snapshot is applied to the snapshot's members",
  'backs-up-fifty-at-most': 'a leader looks for the place where the logs part among the last fifty entries only',
  'no-stickiness': 'members that hear a leader help others to depose it',
  'leader-never-steps-down': 'a leader that no quorum answers goes on for ever',
  'precandidate-keeps-leader': 'a member that asks for pre-votes still counts as hearing its leader',
  'stale-pre-vote-unanswered': 'a pre-vote of an earlier term is passed over, so that its sender waits for ever',
  'stale-leader-unanswered': 'a leader of an earlier term is not told of the later one',
  'candidate-ignores-leader': 'a candidate passes over the leader that won its term',
  'transfer-never-expires': 'a transfer of the lead that fails blocks proposals for ever',
  'transfer-to-lagging': 'the lead is given away before the other has the whole log',
  'learner-campaigns': 'a member without a vote campaigns',
  'unlisted-campaigns': 'a member that is in no configuration campaigns',
} as const

export type RaftMutant = keyof typeof raftMutants

/** None: the normal case. */
export const noMutants: ReadonlySet<RaftMutant> = new Set()

/** Whether this bug is switched on. */
export function mutated(mutants: ReadonlySet<RaftMutant>, name: RaftMutant): boolean {
  return mutants.size > 0 && mutants.has(name)
}
