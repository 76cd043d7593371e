/**
 * The writing client of a plan: small ConfigMaps, one write after the other on each of a few connections, each outcome
 * noted. In the end all is read back: what was acknowledged must be there.
 *
 * Invariant: a key whose write had an unknown outcome is never written again, since that write may still come; so of each
 * key the value must be the last acknowledged one, or that of the one write after it.
 */
import { type Clock, sleep } from '../base/clock.js'
import { messageOf } from '../base/errors.js'
import type { ApiResponse, Transport } from '../client/transport.js'
import { userAgent } from './probes.js'

export interface WorkloadOptions {
  /** Writes under way at a time; default 2. */
  readonly writers?: number
  /** Pause between two writes of a writer; default 20 ms. */
  readonly everyMs?: number
}

/** One write: when it was begun (since the workload began), how long it took, what came of it. */
export interface Write {
  readonly atMs: number
  readonly ms: number
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
  /** HTTP status, or why there is none. */
  readonly answer: string
}

export interface WorkloadResult {
  readonly writes: readonly Write[]
  readonly acknowledged: number
  readonly refused: number
  readonly unknown: number
  /** Acknowledged writes that are not there, in words. */
  readonly lost: readonly string[]
  /** The longest time without an acknowledged write. */
  readonly longestGapMs: number
}

export interface Workload {
  /** Ends the writing; resolves when the last write has its outcome. */
  stop(): Promise<void>
  /** Reads all back. Rejects when that cannot be done within `timeoutMs`. */
  verify(timeoutMs: number): Promise<WorkloadResult>
}

const configMaps = '/api/v1/namespaces/default/configmaps'
const keysPerWriter = 4
const writeTimeoutMs = 10_000

interface Key {
  readonly name: string
  exists: boolean
  /** The last acknowledged value. */
  acknowledged: string | undefined
  /** That of a later write whose outcome is unknown: the key is left alone from then on. */
  unknown: string | undefined
}

/** Begins to write; `run` names what is written. */
export function startWorkload(
  { clock, transport }: { readonly clock: Clock; readonly transport: Transport },
  run: string,
  { writers = 2, everyMs = 20 }: WorkloadOptions = {},
): Workload {
  const began = clock.monotonic()
  const writes: Write[] = []
  const keys: Key[] = []
  let stopped = false

  const write = async (key: Key, value: string): Promise<void> => {
    const startedAt = clock.monotonic()
    const note = (outcome: Write['outcome'], answer: string): void => {
      writes.push({ atMs: startedAt - began, ms: clock.monotonic() - startedAt, outcome, answer })
    }
    let response: ApiResponse
    try {
      response = await send(transport, key, value, run)
    } catch (error) {
      key.unknown = value
      return note('unknown', messageOf(error))
    }
    const { status } = response
    if (status === 200 || status === 201) {
      key.exists = true
      key.acknowledged = value
      return note('acknowledged', String(status))
    }
    // A create that finds itself already done, and a server that gave up half way: it may have been written.
    const unsure = status >= 500 || (status === 409 && !key.exists)
    if (unsure) key.unknown = value
    note(unsure ? 'unknown' : 'refused', String(status))
  }

  const writer = async (number: number): Promise<void> => {
    const own: Key[] = []
    for (let n = 0; !stopped; n++) {
      const slot = n % keysPerWriter
      let key = own[slot]
      if (!key || key.unknown !== undefined) {
        key = { name: `chaos-${run}-${number}-${n}`, exists: false, acknowledged: undefined, unknown: undefined }
        own[slot] = key
        keys.push(key)
      }
      await write(key, `${number}-${n}`)
      await sleep(clock, everyMs)
    }
  }
  const done = Promise.all(Array.from({ length: writers }, (_, i) => writer(i + 1)))

  return {
    async stop() {
      stopped = true
      await done
    },
    async verify(timeoutMs) {
      const stored = await readBack({ clock, transport }, run, timeoutMs)
      return summarize(writes, keys, stored)
    },
  }
}

const headers = { 'user-agent': userAgent, 'content-type': 'application/json' }

function send(transport: Transport, { name, exists }: Key, value: string, run: string): Promise<ApiResponse> {
  const encode = (object: unknown) => new TextEncoder().encode(JSON.stringify(object))
  const options = { timeoutMs: writeTimeoutMs }
  if (!exists) {
    const body = encode({ metadata: { name, labels: { 'troupe.dev/chaos': run } }, data: { value } })
    return transport.request({ method: 'POST', path: configMaps, headers, body }, options)
  }
  const patch = { ...headers, 'content-type': 'application/merge-patch+json' }
  return transport.request({ method: 'PATCH', path: `${configMaps}/${name}`, headers: patch, body: encode({ data: { value } }) }, options)
}

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly data?: Readonly<Record<string, string>> }[]
}

async function readBack(
  { clock, transport }: { readonly clock: Clock; readonly transport: Transport },
  run: string,
  timeoutMs: number,
): Promise<Map<string, string>> {
  const deadline = clock.monotonic() + timeoutMs
  for (;;) {
    try {
      const path = `${configMaps}?labelSelector=troupe.dev%2Fchaos%3D${run}`
      const { status, body } = await transport.request({ method: 'GET', path, headers: { 'user-agent': userAgent } }, { timeoutMs: 5_000 })
      if (status !== 200) throw new Error(`the API answers ${status}`)
      const { items } = JSON.parse(new TextDecoder().decode(body)) as Listed
      return new Map(items.map(({ metadata, data }) => [metadata.name, data?.['value'] ?? '']))
    } catch (error) {
      if (clock.monotonic() >= deadline) throw error
      await sleep(clock, 100)
    }
  }
}

function summarize(writes: readonly Write[], keys: readonly Key[], stored: ReadonlyMap<string, string>): WorkloadResult {
  const lost = keys.flatMap(({ name, acknowledged, unknown }) => {
    const value = stored.get(name)
    if (value === acknowledged || (unknown !== undefined && value === unknown)) return []
    return acknowledged === undefined
      ? [`${name} holds ${value}, which nobody wrote`]
      : [`${name} holds ${value ?? 'nothing'}, but ${acknowledged} was acknowledged`]
  })
  const count = (outcome: Write['outcome']) => writes.filter((write) => write.outcome === outcome).length
  const acknowledgements = writes.filter(({ outcome }) => outcome === 'acknowledged').map(({ atMs, ms }) => atMs + ms)
  acknowledgements.sort((a, b) => a - b)
  const gaps = acknowledgements.map((at, i) => at - (acknowledgements[i - 1] ?? 0))
  return {
    writes,
    acknowledged: count('acknowledged'),
    refused: count('refused'),
    unknown: count('unknown'),
    lost,
    longestGapMs: Math.round(Math.max(0, ...gaps)),
  }
}
