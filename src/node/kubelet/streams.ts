/** The streams a kubelet serves: logs, exec, attach and dial, as protocol.ts declares them. */

import { parseTime } from '../../api/meta/time.js'
import { CodedError } from '../../base/errors.js'
import type { Instance } from '../../kernel/behaviour.js'
import type { Stream } from '../../kernel/stream.js'
import type { Session } from '../runtime/runtime.js'
import { createLogFormatter } from './logs.js'
import { type KubeletParts, logPath } from './pod-actions.js'
import type { ContainerRecord } from './pod-state.js'
import { badRequest, type PodWorker } from './pod-worker.js'
import type { ExecDown, ExecParams, ExecUp, KubeletProtocol, LogsParams } from './protocol.js'

export interface StreamParts extends KubeletParts {
  find(namespace: string, name: string): PodWorker | undefined
}

/** The handlers of the kubelet's streams. */
export function kubeletStreams(parts: StreamParts): NonNullable<Instance<KubeletProtocol>['streams']> {
  return {
    logs: (params, stream) => serveLogs(parts, params, stream),
    exec: async (params, stream) => {
      const { record } = running(parts, params)
      const { command, stdin, tty } = params
      await serveSession(await parts.runtime.exec(record.id ?? '', { command, stdin, tty }), params, stream)
    },
    attach: async (params, stream) => {
      const { record } = running(parts, params)
      const { stdin, tty } = params
      // The end of the container is not this session's failure: clients read the exit code from the pod.
      await serveSession(await parts.runtime.attach(record.id ?? '', { stdin, tty }), params, stream, 0)
    },
    dial: async ({ namespace, pod, port }, stream) => {
      const { state } = podOf(parts, namespace, pod)
      if (state.sandbox !== 'ready' || !state.sandboxId) throw badRequest(`pod "${pod}" is not running`)
      const connection = await parts.runtime.dial(state.sandboxId, port)
      const up = (async () => {
        for await (const { bytes } of stream) await connection.write(bytes)
        connection.end()
      })().catch(() => connection.close())
      try {
        for await (const bytes of connection.input) await stream.send({ bytes: new Uint8Array(bytes) })
        stream.end()
        await up
      } finally {
        connection.close()
      }
    },
  }
}

function podOf(parts: StreamParts, namespace: string, name: string): PodWorker {
  const worker = parts.find(namespace, name)
  if (!worker) throw new CodedError('NotFound', `pod "${name}" not found`)
  return worker
}

function recordOf(worker: PodWorker, container: string): ContainerRecord {
  const record = worker.state.containers.find(({ name }) => name === container)
  if (!record) throw badRequest(`container ${container} is not valid for pod ${worker.state.pod.metadata.name}`)
  return record
}

function running(parts: StreamParts, { namespace, pod, container }: ExecParams): { record: ContainerRecord } {
  const record = recordOf(podOf(parts, namespace, pod), container)
  if (record.phase !== 'running' && record.phase !== 'stopping') throw new CodedError('NotFound', `container not found ("${container}")`)
  return { record }
}

async function serveSession(
  session: Session,
  { stdout, stderr, stdin, tty }: ExecParams,
  stream: Stream<ExecUp, ExecDown>,
  exitCode?: number,
): Promise<void> {
  const up = (async () => {
    for await (const item of stream) {
      if (item.type === 'stdin') await session.write(item.bytes)
      else if (item.type === 'stdin-end') session.end()
      else session.resize(item.width, item.height)
    }
  })().catch(() => session.close())
  if (!stdin) session.end()
  void stream.closed.then(() => session.close())
  for await (const item of session.output) {
    if ((item.type === 'stdout' && !stdout) || (item.type === 'stderr' && (!stderr || tty))) continue
    await stream.send(item.type === 'exit' && exitCode !== undefined ? { type: 'exit', code: exitCode } : item)
  }
  stream.end()
  stream.close()
  await up
}

async function serveLogs(parts: StreamParts, params: LogsParams, stream: Stream<never, { readonly bytes: Uint8Array }>): Promise<void> {
  const worker = podOf(parts, params.namespace, params.pod)
  const record = recordOf(worker, params.container)
  const attempt = logAttempt(record, params)
  const current = attempt === record.restartCount
  const over = () => !current || record.restartCount !== attempt || record.phase === 'exited' || record.phase === 'waiting'
  const since = params.sinceTime
    ? parseTime(params.sinceTime)
    : params.sinceSeconds === undefined
      ? undefined
      : parts.context.clock.now() - params.sinceSeconds * 1000
  const formatter = createLogFormatter({ timestamps: params.timestamps ?? false, since, limitBytes: params.limitBytes })
  const ended = new AbortController()
  void stream.closed.then(() => ended.abort())
  const chunks = parts.runtime.readLog(logPath(parts, worker.state, record.name, attempt), {
    follow: params.follow ?? false,
    ...(params.tailLines === undefined ? {} : { tailLines: params.tailLines }),
    finished: over,
    signal: ended.signal,
  })
  for await (const chunk of chunks) {
    const { bytes, done } = formatter.feed(chunk)
    if (bytes.length) await stream.send({ bytes })
    if (done) break
  }
  stream.end()
}

/** Which run's log is meant (kubelet_pods.go validateContainerLogStatus). */
function logAttempt(record: ContainerRecord, { pod, container, previous }: LogsParams): number {
  const hasRun = record.phase === 'running' || record.phase === 'stopping' || record.phase === 'exited'
  if (previous) {
    if (!record.last) throw badRequest(`previous terminated container "${container}" in pod "${pod}" not found`)
    return Math.max(0, record.restartCount - 1)
  }
  if (hasRun) return record.restartCount
  if (record.last) return Math.max(0, record.restartCount - 1)
  const reason = record.waiting?.reason ?? 'ContainerCreating'
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
    throw badRequest(`container "${container}" in pod "${pod}" is waiting to start: trying and failing to pull image`)
  throw badRequest(`container "${container}" in pod "${pod}" is waiting to start: ${reason}`)
}
