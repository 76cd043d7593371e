/**
 * The Forwarder port with ordinary sockets: a listener for each address of the table, a second connection for each
 * accepted one. Works without root and everywhere; costs two copies through this thread. A client's address is kept when
 * it is a loopback address, as all addresses of this network are.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Balancer } from '../balancer.js'
import type { Forwarder, ForwardProblem } from '../forwarder.js'
import { type Forward, forwardKey, type Target } from '../rules.js'

const connectTimeoutMs = 5_000
const attemptsMax = 3
const udpIdleMs = 60_000
/** UDP clients of one address at a time; more are dropped, as a full conntrack table does. */
const udpClientsMax = 4_096

interface Listener {
  forward: Forward
  update(): void
  close(): Promise<void>
}

export interface UserspaceOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

export function createUserspaceForwarder({ now }: UserspaceOptions): Forwarder {
  const listeners = new Map<string, Listener>()
  const connections = new Set<Socket>()
  let applying: Promise<unknown> = Promise.resolve()

  async function applyNow(table: readonly Forward[], balancer: Balancer): Promise<ForwardProblem[]> {
    const wanted = new Map(table.map((forward) => [forwardKey(forward), forward]))
    await Promise.all(
      [...listeners]
        .filter(([key]) => !wanted.has(key))
        .map(async ([key, listener]) => {
          listeners.delete(key)
          await listener.close()
        }),
    )
    const problems: ForwardProblem[] = []
    await Promise.all(
      [...wanted].map(async ([key, forward]) => {
        const known = listeners.get(key)
        if (known) {
          known.forward = forward
          return known.update()
        }
        try {
          listeners.set(
            key,
            forward.protocol === 'TCP' ? await listenTcp(forward, balancer, now, connections) : await listenUdp(forward, balancer, now),
          )
        } catch (error) {
          const { code = 'Unknown', message } = error as NodeJS.ErrnoException
          problems.push({ forward, code, message })
        }
      }),
    )
    return problems
  }
  return {
    apply(table, balancer) {
      const result = applying.then(() => applyNow(table, balancer))
      applying = result.catch(() => {})
      return result
    },
    inspect: () => ({ listening: listeners.size, connections: connections.size }),
    async close() {
      await applying
      for (const listener of listeners.values()) await listener.close()
      listeners.clear()
      for (const connection of connections) connection.destroy()
    },
  }
}

async function listenTcp(forward: Forward, balancer: Balancer, now: () => number, connections: Set<Socket>): Promise<Listener> {
  const listener: Listener = { forward, update() {}, close: () => closed(server) }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    connections.add(client)
    client.once('close', () => connections.delete(client)).on('error', () => client.destroy())
    void serveTcp(client, listener, balancer, now)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: forward.ip, port: forward.port, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve()
    })
  })
  return listener
}

/** Connects to an endpoint, to another when that fails, and joins the two. */
async function serveTcp(client: Socket, listener: Listener, balancer: Balancer, now: () => number): Promise<void> {
  const clientIp = client.remoteAddress ?? ''
  const failed = new Set<Target>()
  for (let attempt = 0; attempt < attemptsMax && !client.destroyed; attempt++) {
    const target = balancer.pick(listener.forward, clientIp, now(), failed)
    if (!target) break
    try {
      const backend = await dial(target, clientIp)
      if (client.destroyed) return void backend.destroy()
      client.once('close', () => backend.destroy())
      backend.once('close', () => client.destroy()).on('error', () => client.resetAndDestroy())
      client.pipe(backend)
      backend.pipe(client)
      return
    } catch {
      failed.add(target)
    }
  }
  client.resetAndDestroy()
}

function dial({ ip, port }: Target, clientIp: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const keepsSource = clientIp.startsWith('127.') && ip.startsWith('127.')
    const socket = connect({ host: ip, port, allowHalfOpen: true, noDelay: true, ...(keepsSource ? { localAddress: clientIp } : {}) })
    const timer = setTimeout(() => socket.destroy(new Error('timeout')), connectTimeoutMs)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

function closed(server: Server): Promise<void> {
  // Connections that exist go on: only the listening ends, which it does at once; 'close' would wait for them.
  server.close()
  return Promise.resolve()
}

interface UdpClient {
  readonly socket: UdpSocket
  readonly target: Target
  lastAt: number
}

async function listenUdp(forward: Forward, balancer: Balancer, now: () => number): Promise<Listener> {
  const server = createSocket('udp4')
  const clients = new Map<string, UdpClient>()
  const drop = (key: string) => {
    clients.get(key)?.socket.close()
    clients.delete(key)
  }
  const sweep = setInterval(() => {
    for (const [key, { lastAt }] of clients) if (now() - lastAt > udpIdleMs) drop(key)
  }, udpIdleMs / 4).unref()
  const listener: Listener = {
    forward,
    /** A client whose endpoint is gone goes to another with its next datagram (upstream clears conntrack for that). */
    update() {
      for (const [key, { target }] of clients)
        if (!listener.forward.targets.some(({ ip, port }) => ip === target.ip && port === target.port)) drop(key)
    },
    close() {
      clearInterval(sweep)
      for (const key of [...clients.keys()]) drop(key)
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  server.on('message', (message, from) => {
    const key = `${from.address}:${from.port}`
    let client = clients.get(key)
    if (!client) {
      const target = clients.size < udpClientsMax ? balancer.pick(listener.forward, from.address, now()) : undefined
      if (!target) return
      const socket = createSocket('udp4')
      client = { socket, target, lastAt: now() }
      clients.set(key, client)
      socket.on('message', (answer) => server.send(answer, from.port, from.address))
      socket.on('error', () => drop(key))
      if (from.address.startsWith('127.') && target.ip.startsWith('127.')) socket.bind(0, from.address)
    }
    client.lastAt = now()
    client.socket.send(message, client.target.port, client.target.ip, () => {})
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.bind({ address: forward.ip, port: forward.port, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve()
    })
  })
  return listener
}
