/**
 * What a member says, in the words of the published data files: messages, entries, Readys, progress. Fields that those files do not show
 * (what a vote tells of commits, the sequence of a heartbeat's read) are left out.
 */
import { decodeConfigChange } from '../../../src/raft/membership.js'
import type { Progress } from '../../../src/raft/progress.js'
import type { Ready } from '../../../src/raft/ready.js'
import {
  appendThread,
  applyThread,
  type ConfState,
  type Entry,
  type HardState,
  type Message,
  type NodeId,
  type Snapshot,
  type StorageAppend,
  type StorageApply,
  type StorageResponse,
} from '../../../src/raft/types.js'

export type AnyMessage = Message | StorageAppend | StorageApply | StorageResponse

/** The files know two encodings of a change of membership and name them; here there is one, and `simple` tells which were the first. */
export type IsSimple = (entry: Entry) => boolean

const names: Record<AnyMessage['type'], string> = {
  vote: 'MsgVote',
  voteResponse: 'MsgVoteResp',
  preVote: 'MsgPreVote',
  preVoteResponse: 'MsgPreVoteResp',
  append: 'MsgApp',
  appendResponse: 'MsgAppResp',
  heartbeat: 'MsgHeartbeat',
  heartbeatResponse: 'MsgHeartbeatResp',
  snapshot: 'MsgSnap',
  readIndex: 'MsgReadIndex',
  readIndexResponse: 'MsgReadIndexResp',
  propose: 'MsgProp',
  transferLeader: 'MsgTransferLeader',
  timeoutNow: 'MsgTimeoutNow',
  storageAppend: 'MsgStorageAppend',
  storageAppendResponse: 'MsgStorageAppendResp',
  storageApply: 'MsgStorageApply',
  storageApplyResponse: 'MsgStorageApplyResp',
}

export function typeName(message: AnyMessage): string {
  return names[message.type]
}

function who(id: NodeId): string {
  return id === appendThread ? 'AppendThread' : id === applyThread ? 'ApplyThread' : String(id)
}

/** The term and the pair that the files call the log. */
function head(message: AnyMessage): { term: number; logTerm: number; index: number } {
  const { term } = message
  switch (message.type) {
    case 'vote':
    case 'preVote':
      return { term, logTerm: message.lastTerm, index: message.lastIndex }
    case 'append':
      return { term, logTerm: message.prevTerm, index: message.prevIndex }
    case 'appendResponse':
      return { term, logTerm: message.hintTerm, index: message.index }
    case 'storageAppendResponse':
      return { term, logTerm: message.logTerm, index: message.index }
    case 'storageAppend':
      return { term: message.hardState?.term ?? 0, logTerm: 0, index: 0 }
    case 'storageApply':
      return { term: 0, logTerm: 0, index: 0 }
    default:
      return { term, logTerm: 0, index: 0 }
  }
}

/** A message, of several lines if it has several entries, a snapshot or responses. */
export function describeMessage(message: AnyMessage, simple: IsSimple, indent = ''): string {
  const { term, logTerm, index } = head(message)
  let text = `${indent}${who(message.from)}->${who(message.to)} ${typeName(message)} Term:${term} Log:${logTerm}/${index}`
  if ('reject' in message && message.reject) text += ` Rejected (Hint: ${message.type === 'appendResponse' ? message.hintIndex : 0})`
  const commit = message.type === 'storageAppend' ? message.hardState?.commit : commitOf(message)
  if (commit) text += ` Commit:${commit}`
  if (message.type === 'storageAppend' && message.hardState && message.hardState.vote !== 0) text += ` Vote:${message.hardState.vote}`
  if ('entries' in message) text += describeBracket(message.entries, simple, indent)
  if ('snapshot' in message && message.snapshot) text += `\n${indent}  Snapshot: ${describeSnapshot(message.snapshot)}`
  if ('responses' in message && message.responses.length > 0) {
    const responses = message.responses.map((response) => describeMessage(response, simple, `${indent}  `))
    text += ` Responses:[\n${responses.join('\n')}\n${indent}]`
  }
  return text
}

function commitOf(message: AnyMessage): number {
  return message.type === 'append' || message.type === 'heartbeat' ? message.commit : 0
}

function describeBracket(entries: readonly Entry[], simple: IsSimple, indent: string): string {
  const described = entries.map((entry) => describeEntry(entry, simple))
  if (described.length < 2) return described.length === 0 ? '' : ` Entries:[${described[0]}]`
  return ` Entries:[\n${described.map((entry) => `${indent}  ${entry}`).join('\n')}\n${indent}]`
}

export function describeEntry(entry: Entry, simple: IsSimple): string {
  const id = `${entry.term}/${entry.index}`
  if (entry.type === 'normal') return `${id} EntryNormal ${JSON.stringify(new TextDecoder().decode(entry.data))}`
  const words = { addVoter: 'v', addLearner: 'l', remove: 'r' } as const
  const changes = decodeConfigChange(entry.data).changes.map(({ type, id: member }) => `${words[type]}${member}`)
  return `${id} ${simple(entry) ? 'EntryConfChange' : 'EntryConfChangeV2'} ${changes.join(' ')}`.trimEnd()
}

export function describeSnapshot({ index, term, members }: Snapshot): string {
  return `Index:${index} Term:${term} ConfState:${describeConfState(members)}`
}

function describeConfState({ voters, votersOutgoing, learners, learnersNext, autoLeave }: ConfState): string {
  const ids = (list: readonly NodeId[]): string => `[${list.join(' ')}]`
  return (
    `Voters:${ids(voters)} VotersOutgoing:${ids(votersOutgoing)} Learners:${ids(learners)} ` +
    `LearnersNext:${ids(learnersNext)} AutoLeave:${autoLeave}`
  )
}

export function roleName(role: string): string {
  return `State${role === 'preCandidate' ? 'PreCandidate' : role.charAt(0).toUpperCase() + role.slice(1)}`
}

export function describeHardState({ term, vote, commit }: HardState): string {
  return `HardState Term:${term}${vote === 0 ? '' : ` Vote:${vote}`} Commit:${commit}`
}

/** A Ready; `mustSync` as the files mean it (see environment.ts). */
export function describeReady(ready: Ready, mustSync: boolean, simple: IsSimple): string {
  const lines: string[] = []
  if (ready.softState) lines.push(`Lead:${ready.softState.leader} State:${roleName(ready.softState.role)}`)
  if (ready.hardState) lines.push(describeHardState(ready.hardState))
  if (ready.readStates.length > 0) lines.push(`ReadStates ${ready.readStates.map(({ index, context }) => `${index} ${context}`).join()}`)
  const list = (title: string, entries: readonly Entry[]): void => {
    if (entries.length > 0) lines.push(`${title}:`, ...entries.map((entry) => describeEntry(entry, simple)))
  }
  list('Entries', ready.entries)
  if (ready.snapshot) lines.push(`Snapshot ${describeSnapshot(ready.snapshot)}`)
  list('CommittedEntries', ready.committedEntries)
  const orders = [ready.append, ready.apply].filter((order) => order !== undefined)
  const messages: AnyMessage[] = [...ready.messages, ...ready.messagesAfterPersist, ...orders]
  if (messages.length > 0) lines.push('Messages:', ...messages.map((message) => describeMessage(message, simple)))
  return lines.length === 0 ? '<empty Ready>' : `Ready MustSync=${mustSync}:\n${lines.join('\n')}`
}

/** A follower as its leader sees it. */
export function describeProgress(progress: Progress): string {
  const { state, match, next, learner, pendingSnapshot, recentActive, inflights } = progress
  let text = `${roleName(state)} match=${match} next=${next}`
  if (learner) text += ' learner'
  if (progress.isPaused) text += ' paused'
  if (pendingSnapshot > 0) text += ` pendingSnap=${pendingSnapshot}`
  if (!recentActive) text += ' inactive'
  if (inflights.count > 0) text += ` inflight=${inflights.count}${inflights.full ? '[full]' : ''}`
  return text
}
