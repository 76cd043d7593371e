/** How batches get to the leader: when they are held back. */
import t from 'tap'
import type { RaftNode } from '../../src/raft/node.js'
import { createForwarding } from '../../src/store/forwarding.js'
import type { PeerMessage } from '../../src/store/peer-message.js'
import type { Peers } from '../../src/store/peers.js'

t.test('a leader that refuses is left alone until the next tick, another one or another term is not', (t) => {
  const sent: (PeerMessage & { to: number })[] = []
  let status = { role: 'follower', leader: 1, term: 3 }
  const forwarding = createForwarding({
    id: 2,
    life: 1,
    node: { status: () => status, propose: () => 'dropped' } as unknown as RaftNode,
    peers: { send: (to: number, message: PeerMessage) => sent.push({ ...message, to }) } as unknown as Peers,
  })
  const offer = () => forwarding.offer({ number: 1, data: new Uint8Array(1) }).type
  t.equal(offer(), 'offered')
  forwarding.flush()
  t.match(sent, [{ to: 1, type: 'forward', term: 3 }])
  forwarding.refused(1)
  t.equal(offer(), 'notNow', 'it would refuse again')
  forwarding.tick()
  t.equal(offer(), 'offered')
  forwarding.refused(1)
  status = { ...status, term: 4 }
  t.equal(offer(), 'offered', 'it leads again, in another term')
  forwarding.refused(3)
  t.equal(offer(), 'offered', 'who does not lead is not meant')
  t.end()
})
