/**
 * The behaviour of one store replica: checks what it is asked, waits for what the answer needs, and answers from the
 * key space. All state is in replica.ts.
 */
import { unreachable } from '../base/assert.js'
import { CodedError } from '../base/errors.js'
import type { Behaviour } from '../kernel/behaviour.js'
import type { Outcome } from './apply.js'
import { replicaSettings, type StoreReplicaConfig } from './config.js'
import type { Disk } from './disk.js'
import { createFaultyDisk } from './faults/faulty-disk.js'
import { checkKeys, checkRange, checkTxn } from './mvcc/txn.js'
import type { PeerMessage } from './peer-message.js'
import type { StoreProtocol } from './protocol.js'
import { openReplica } from './replica.js'

/** What a replica needs besides its context. */
export interface StorePorts {
  openDisk(directory: string): Promise<Disk>
}

export const storeActor: Behaviour<StoreProtocol, StoreReplicaConfig, StorePorts> = {
  role: 'store-replica',
  async init(context, config, ports) {
    const settings = replicaSettings(config)
    const { faults, clock, random } = context
    const disk = createFaultyDisk(await ports.openDisk(settings.directory), { faults, clock, random })
    const replica = await openReplica(context, settings, disk)
    return {
      calls: {
        async range(params) {
          checkRange(params)
          if (!params.serializable) await replica.readBarrier()
          return replica.keyspace.range(params)
        },
        async txn(params) {
          checkTxn(params)
          return answer(await replica.submit({ type: 'txn', txn: params }), 'txn').result
        },
        async readRevision(_params, { from }) {
          await replica.readBarrier()
          const { revision } = replica.keyspace
          // Who asks how far the store is wants its watches to get there.
          queueMicrotask(() => replica.watches.progress(from.name))
          return { revision }
        },
        async compact({ revision }) {
          if (!Number.isSafeInteger(revision) || revision < 1)
            throw new CodedError('InvalidRequest', `revision must be an integer from 1: "${revision}"`)
          return { revision: answer(await replica.submit({ type: 'compact', revision }), 'compact').revision }
        },
        status: () => replica.status(),
        async transferLeadership({ to }) {
          await replica.transferLeadership(to)
          return {}
        },
      },
      casts: {
        raft: ({ messages }, { from }) => replica.receive(from.name, messages as readonly PeerMessage[]),
      },
      streams: {
        watch: (params, stream, { from }) => {
          checkKeys(params)
          return replica.watches.serve(params, stream, from.name)
        },
        snapshot: ({ index, begin }, stream, { from }) => replica.serveSnapshot({ index, begin: begin ?? 0 }, stream, from.name),
      },
      terminate: () => replica.close(),
      inspect: () => ({ ...replica.status(), watchers: replica.watches.watchers }),
    }
  },
}

/** The outcome of a command of this type; a refusal is thrown. */
function answer<T extends Outcome['type']>(outcome: Outcome, type: T): Outcome & { readonly type: T } {
  if (outcome.type === 'refused') throw outcome.error
  return outcome.type === type ? (outcome as Outcome & { readonly type: T }) : unreachable(outcome as never)
}
