/** pods/log: a container's output from its kubelet, as plain bytes, followed for as long as the client stays. */

import { type FieldError, field, invalid, invalidObject } from '../../api/validation/field-path.js'
import { codeOf, messageOf } from '../../base/errors.js'
import type { Context } from '../../kernel/context.js'
import { type KubeletProtocol, kubeletName, type LogsParams } from '../../node/kubelet/protocol.js'
import type { Incoming, MessageSocket, Reply } from '../listener.js'
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import { toBase64 } from './channels.js'
import { offeredProtocols } from './negotiate.js'
import { containerOf, kubeletError, nodeOf, podOf } from './pod.js'

type Options = Omit<LogsParams, 'namespace' | 'pod' | 'container'>
type Chunks = AsyncIterator<{ readonly bytes: Uint8Array }>
type First = { readonly done: false; readonly bytes: Uint8Array } | { readonly done: true } | { readonly error: unknown }

/** How long the head of an answer waits for the first bytes, so that a kubelet's refusal can still be a status. */
const headDelayMs = 200

/** Throws ApiError 404 and 400 for a pod or container that there is not, 422 for bad options, and what the kubelet refuses with. */
export async function logAnswer(
  call: ApiCall,
  incoming: Incoming,
  { context, lookup }: { context: Context; lookup: Lookup },
): Promise<Answer | Reply> {
  const target = call.target as ResourceTarget
  const options = optionsOf(call.query)
  const pod = await podOf(target, lookup)
  const container = containerOf(pod, call.query.get('container') ?? '')
  const node = nodeOf(pod)
  if (node === undefined) return { type: 'bytes', code: 204, headers: {}, body: new Uint8Array(0) }
  const kubelet = context.actor<KubeletProtocol>(kubeletName(node))
  const chunks = kubelet
    .stream('logs', { namespace: target.namespace, pod: target.name, container, ...options }, { signal: call.signal })
    [Symbol.asyncIterator]()
  const first = readFirst(chunks)
  const early = await orAfter(context, headDelayMs, first)
  if (early && 'error' in early) throw kubeletError(codeOf(early.error), messageOf(early.error))
  const bytes = allOf(first, chunks)
  if (incoming.upgrade === 'websocket') return overWebSocket(bytes, incoming)
  return { type: 'stream', code: 200, headers: { 'content-type': 'text/plain' }, chunks: bytes }
}

async function readFirst(chunks: Chunks): Promise<First> {
  try {
    const { done, value } = await chunks.next()
    return done ? { done } : { done: false, bytes: value.bytes }
  } catch (error) {
    return { error }
  }
}

/** What the work gives, or undefined when that takes longer. */
function orAfter<T>({ clock }: Context, ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve(undefined))
    void work.then((value) => {
      timer.cancel()
      resolve(value)
    })
  })
}

async function* allOf(first: Promise<First>, chunks: Chunks): AsyncGenerator<Uint8Array> {
  try {
    const head = await first
    if ('error' in head) throw head.error
    if (head.done) return
    yield head.bytes
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value.bytes
  } finally {
    await chunks.return?.()
  }
}

/** One message a chunk after an empty one, as bytes or base64 (apiserver/pkg/util/wsstream Reader). */
function overWebSocket(bytes: AsyncIterable<Uint8Array>, incoming: Incoming): Reply {
  const offered = offeredProtocols(incoming.headers)
  const protocol = ['binary.k8s.io', 'base64.binary.k8s.io'].find((one) => offered.includes(one)) ?? ''
  const encode = (chunk: Uint8Array): string | Uint8Array => (protocol === 'base64.binary.k8s.io' ? toBase64(chunk) : chunk)
  async function run(socket: MessageSocket): Promise<void> {
    await socket.send(encode(new Uint8Array(0)))
    for await (const chunk of bytes) await socket.send(encode(chunk))
  }
  return { type: 'websocket', protocol, headers: {}, run }
}

/** Throws ApiError 422. */
function optionsOf(query: URLSearchParams): Options {
  const errors: FieldError[] = []
  const count = (name: 'sinceSeconds' | 'tailLines' | 'limitBytes', min: number, why: string): { [name: string]: number } => {
    const text = query.get(name)
    if (text === null || text === '') return {}
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < min) errors.push(invalid(field(name), Number.isSafeInteger(value) ? value : text, why))
    return { [name]: value }
  }
  const flag = (name: 'follow' | 'previous' | 'timestamps'): { [name: string]: true } => {
    const text = query.get(name)
    return text === null || text === 'false' || text === '0' ? {} : { [name]: true }
  }
  const sinceTime = query.get('sinceTime')
  const options: Options = {
    ...flag('follow'),
    ...flag('previous'),
    ...flag('timestamps'),
    ...count('tailLines', 0, 'must be greater than or equal to 0'),
    ...count('limitBytes', 1, 'must be greater than 0'),
    ...count('sinceSeconds', 1, 'must be greater than 0'),
    ...(sinceTime ? { sinceTime } : {}),
  }
  if (sinceTime && options.sinceSeconds !== undefined)
    errors.push({
      reason: 'FieldValueForbidden',
      field: '',
      detail: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    })
  if (errors.length > 0) throw invalidObject({ group: '', kind: 'PodLogOptions' }, '', errors)
  return options
}
