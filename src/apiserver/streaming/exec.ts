/**
 * pods/exec and pods/attach: a command's stdin, stdout, stderr and end over numbered channels, between the client and
 * the pod's kubelet (kubelet/pkg/cri/streaming/remotecommand).
 */

import { badRequest, internalError, type Status } from '../../api/meta/status.js'
import { codeOf, messageOf } from '../../base/errors.js'
import type { Context } from '../../kernel/context.js'
import type { Stream } from '../../kernel/stream.js'
import { type ExecDown, type ExecParams, type ExecUp, type KubeletProtocol, kubeletName } from '../../node/kubelet/protocol.js'
import type { Answer, ApiCall, ChannelSession, ResourceTarget } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import { containerOf, kubeletError, placed, podOf } from './pod.js'

/** Channels of remote commands. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const

/** Subprotocols in order of preference; those before v4 carry the error as text. */
const execProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io', '']

type Channels = Parameters<ChannelSession['run']>[0]
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Throws ApiError 404 and 400 for a pod or container that there is not, or options that make no sense. */
export async function execAnswer(
  call: ApiCall,
  { context, lookup }: { context: Context; lookup: Lookup },
): Promise<Extract<Answer, { type: 'connect' }>> {
  const target = call.target as ResourceTarget
  const method = target.subresource?.name === 'attach' ? 'attach' : 'exec'
  const pod = await podOf(target, lookup)
  const asked = call.query.get('container') ?? ''
  const place = placed(pod)
  const params: ExecParams = {
    namespace: target.namespace,
    pod: target.name,
    container: containerOf(pod, asked),
    command: method === 'exec' ? call.query.getAll('command') : [],
    ...streamsOf(call.query),
  }
  if (method === 'exec' && params.command.length === 0) throw badRequest('you must specify at least 1 command for the container')
  const { phase } = (pod.status ?? {}) as { phase?: string }
  if (phase === 'Succeeded' || phase === 'Failed')
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`)
  const open = (signal: AbortSignal): Stream<ExecDown, ExecUp> =>
    context.actor<KubeletProtocol>(kubeletName(place.node)).stream(method, params, { signal })
  const streams = ['error', ...(['stdin', 'stdout', 'stderr'] as const).filter((name) => params[name]), ...(params.tty ? ['resize'] : [])]
  return { type: 'connect', protocols: execProtocols, session: execSession(params, () => open(call.signal)), streams }
}

function streamsOf(query: URLSearchParams): Pick<ExecParams, 'stdin' | 'stdout' | 'stderr' | 'tty'> {
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = query.get(name)
    return value === null ? otherwise : value !== 'false' && value !== '0'
  }
  const tty = flag('tty', false)
  // PodExecOptions' defaults are in pkg/apis/core/v1 SetDefaults_PodExecOptions: stdout and stderr, nothing else.
  const streams = { stdin: flag('stdin', false), stdout: flag('stdout', true), stderr: flag('stderr', true), tty }
  if (!streams.stdin && !streams.stdout && !streams.stderr) throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
  // A terminal has one output.
  return { ...streams, stderr: streams.stderr && !tty }
}

function execSession(params: ExecParams, open: () => Stream<ExecDown, ExecUp>): ChannelSession {
  return {
    async run(io) {
      const stream = open()
      // The empty message on the lowest channel that the server writes tells the client that the streams are there.
      await io.send(params.stdout ? channel.stdout : params.stderr ? channel.stderr : channel.error, new Uint8Array(0))
      void forward(io, stream, params)
      const status = await outputOf(io, stream, params)
      const asText = io.protocol !== 'v5.channel.k8s.io' && !io.protocol.startsWith('v4.')
      if (!asText) return io.send(channel.error, encoder.encode(JSON.stringify(status)))
      if (status.status === 'Failure') await io.send(channel.error, encoder.encode(status.message ?? ''))
    },
  }
}

/** Client to kubelet, until either is gone. */
async function forward(io: Channels, stream: Stream<ExecDown, ExecUp>, { stdin, tty }: ExecParams): Promise<void> {
  try {
    for await (const received of io.receive) {
      if (received.channel === channel.stdin && stdin)
        await stream.send(received.type === 'close' ? { type: 'stdin-end' } : { type: 'stdin', bytes: received.bytes })
      else if (received.channel === channel.resize && tty && received.type === 'data')
        for (const size of sizesIn(received.bytes)) await stream.send(size)
    }
    // The client is gone or has ended its side: the command must not outlive it.
    stream.close()
  } catch {
    stream.close()
  }
}

/** Terminal sizes in a message: one JSON object a line. What is none is left out. */
function sizesIn(bytes: Uint8Array): ExecUp[] {
  return decoder
    .decode(bytes)
    .split('\n')
    .flatMap((line): ExecUp[] => {
      try {
        const { Width: width, Height: height } = JSON.parse(line) as { Width?: unknown; Height?: unknown }
        return typeof width === 'number' && typeof height === 'number' ? [{ type: 'resize', width, height }] : []
      } catch {
        return []
      }
    })
}

/** Kubelet to client; the status that the session ends with. */
async function outputOf(io: Channels, stream: Stream<ExecDown, ExecUp>, wanted: ExecParams): Promise<RemoteStatus> {
  try {
    for await (const item of stream) {
      if (item.type === 'exit') return exitStatus(item.code, item.message)
      if (wanted[item.type]) await io.send(channel[item.type], item.bytes)
    }
    return success
  } catch (error) {
    return kubeletError(codeOf(error), messageOf(error)).status
  }
}

/** metav1.Status as remote commands write it: without kind and apiVersion. */
type RemoteStatus = Omit<Status, 'kind' | 'apiVersion'>

const success: RemoteStatus = { metadata: {}, status: 'Success' }

function exitStatus(code: number, message: string | undefined): RemoteStatus {
  if (message !== undefined)
    return {
      metadata: {},
      status: 'Failure',
      message: `Internal error occurred: ${message}`,
      reason: 'InternalError',
      details: internalError(message).status.details ?? {},
      code: 500,
    }
  if (code === 0) return success
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}
