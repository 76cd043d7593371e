/**
 * A cluster's share of this machine's loopback addresses. Without network namespaces all clusters of a machine have the
 * same 127.0.0.0/8, so each claims a number of its own by holding a port of an address that belongs to that number; the
 * kernel sees to it that nobody else can.
 */
import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { CodedError } from '../../base/errors.js'

export interface LoopbackShare {
  /** 128 to 253: pods and nodes are in 127.<number>.0.0/16, Services in 127.<number - 127>.0.0/16. */
  readonly number: number
  release(): void
}

const first = 128
const count = 126
const claimPort = 20_250

/**
 * Claims `wanted`, which a data directory had before and its Services' addresses depend on, or any. Throws
 * 'ListenFailed' when it is taken, or when all are.
 */
export async function claimLoopback(wanted: number | undefined): Promise<LoopbackShare> {
  const start = randomInt(count)
  const numbers = wanted === undefined ? Array.from({ length: count }, (_, i) => first + ((start + i) % count)) : [wanted]
  for (const number of numbers) {
    const server = await hold(`127.${number}.255.254`)
    if (server) return { number, release: () => void server.close() }
  }
  const what = wanted === undefined ? 'every share of the loopback addresses' : `127.${wanted}.0.0/16`
  throw new CodedError('ListenFailed', `Cannot have addresses for pods: ${what} is in use by another cluster`)
}

function hold(host: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(undefined))
    server.listen(claimPort, host, () => {
      server.unref()
      resolve(server)
    })
  })
}
