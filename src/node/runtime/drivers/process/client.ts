/**
 * The Runtime port over the runtime server's socket: what a kubelet's thread holds. It reconnects by itself; while nobody
 * answers, calls fail as RuntimeDown, and 'up' tells the kubelet to look again at what is there.
 */
import { rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { CodedError, fromWire, type WireError } from '../../../../base/errors.js'
import type { Connection, ExecOptions, Runtime, RuntimeEvent, Session, SessionOutput } from '../../runtime.js'
import { type Hello, readFrames, sendFrame } from './frames.js'
import { readLogFile } from './log-reader.js'

export interface ProcessRuntimeOptions {
  readonly socket: string
  readonly node: string
}

interface Pending {
  resolve(value: unknown): void
  reject(error: unknown): void
}

const reconnectDelayMs = 100

/** A Runtime that speaks to the server at this socket on behalf of one node. */
export function connectProcessRuntime({ socket: path, node }: ProcessRuntimeOptions): Runtime {
  const listeners = new Set<(event: RuntimeEvent) => void>()
  const emit = (event: RuntimeEvent) => {
    for (const listener of listeners) listener(event)
  }
  const control = openControl(path, node, emit)
  const { call } = control
  return {
    info: () => call('info', {}),
    list: () => call('list', {}),
    watch(listener) {
      listeners.add(listener)
      control.start()
      return { cancel: () => void listeners.delete(listener) }
    },
    pullImage: (image, command) => call('pullImage', { image, command }),
    runSandbox: (config) => call('runSandbox', { config }),
    stopSandbox: async (id) => void (await call('stopSandbox', { id })),
    removeSandbox: async (id) => void (await call('removeSandbox', { id })),
    createContainer: (sandbox, config) => call('createContainer', { sandbox, config }),
    startContainer: async (id) => void (await call('startContainer', { id })),
    stopContainer: async (id, graceMs) => void (await call('stopContainer', { id, graceMs })),
    removeContainer: async (id) => void (await call('removeContainer', { id })),
    async execSync(id, command, timeoutMs) {
      const result = await call<{ code: number; timedOut: boolean; stdout: string; stderr: string }>('execSync', { id, command, timeoutMs })
      return { ...result, stdout: Buffer.from(result.stdout, 'base64'), stderr: Buffer.from(result.stderr, 'base64') }
    },
    exec: (container, { command, stdin, tty }: ExecOptions) => openSession(path, { type: 'exec', container, command, stdin, tty }),
    attach: (container, { stdin, tty }) => openSession(path, { type: 'attach', container, stdin, tty }),
    async dial(sandboxId, port) {
      const { sandboxes } = await call<Awaited<ReturnType<Runtime['list']>>>('list', {})
      const sandbox = sandboxes.find(({ id }) => id === sandboxId)
      if (!sandbox) throw new CodedError('NotFound', `sandbox "${sandboxId}" does not exist`)
      return dialTcp(sandbox.config.ip, port)
    },
    readLog: readLogFile,
    removeLogs: async (directory) => rmSync(directory, { recursive: true, force: true }),
    stats: () => call('stats', {}),
    close: () => control.close(),
  }
}

function openControl(path: string, node: string, emit: (event: RuntimeEvent) => void) {
  const pending = new Map<number, Pending>()
  let socket: Socket | undefined
  let opening: Promise<Socket> | undefined
  let last = 0
  let closed = false
  let watching = false
  const down = (reason: string) => {
    const wasUp = socket !== undefined
    socket = undefined
    opening = undefined
    for (const each of pending.values()) each.reject(new CodedError('RuntimeDown', `Cannot reach the container runtime: ${reason}`))
    pending.clear()
    if (wasUp) emit({ type: 'down', reason })
    if (!closed && watching) setTimeout(() => void open().catch(() => {}), reconnectDelayMs).unref()
  }
  const open = (): Promise<Socket> =>
    (opening ??= new Promise((resolve, reject) => {
      const made = connect(path)
      let reason = 'the connection was closed'
      made.once('connect', () => {
        socket = made
        sendFrame(made, { type: 'control', node } satisfies Hello)
        resolve(made)
        emit({ type: 'up' })
      })
      made.on('error', (error) => {
        reason = error.message
        reject(new CodedError('RuntimeDown', `Cannot reach the container runtime: ${reason}`))
      })
      made.once('close', () => down(reason))
      readFrames(made, ({ header }) => {
        if (header['type'] === 'event') return emit(header['event'] as RuntimeEvent)
        const waiting = pending.get(header['id'] as number)
        pending.delete(header['id'] as number)
        if (header['type'] === 'result') waiting?.resolve(header['value'])
        else waiting?.reject(fromWire(header['error'] as WireError))
      })
    }))
  return {
    start() {
      watching = true
      void open().catch(() => {})
    },
    async call<T>(method: string, params: object): Promise<T> {
      const to = socket ?? (await open())
      const id = ++last
      return new Promise<T>((resolve, reject) => {
        pending.set(id, { resolve: resolve as (value: unknown) => void, reject })
        sendFrame(to, { type: 'call', id, method, params })
      })
    },
    close() {
      closed = true
      socket?.destroy()
    },
  }
}

async function openSession(path: string, hello: Hello): Promise<Session> {
  const socket = connect(path)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', (error) => reject(new CodedError('RuntimeDown', `Cannot reach the container runtime: ${error.message}`)))
  })
  sendFrame(socket, hello)
  return {
    output: sessionOutput(socket),
    write: async (bytes) => {
      if (!sendFrame(socket, { type: 'stdin' }, bytes))
        await new Promise<void>((resolve) => socket.once('drain', resolve).once('close', () => resolve()))
    },
    end: () => void sendFrame(socket, { type: 'stdin-end' }),
    resize: (width, height) => void sendFrame(socket, { type: 'resize', width, height }),
    close: () => void socket.destroy(),
  }
}

/** The frames of a session as items; a bounded few wait, then the socket is paused. */
async function* sessionOutput(socket: Socket): AsyncGenerator<SessionOutput> {
  const queue: SessionOutput[] = []
  let over = false
  let wake = () => {}
  readFrames(socket, ({ header, payload }) => {
    const type = header['type']
    if (type === 'stdout' || type === 'stderr') queue.push({ type, bytes: new Uint8Array(payload) })
    else if (type === 'exit')
      queue.push({ type, code: Number(header['code']), ...(typeof header['message'] === 'string' ? { message: header['message'] } : {}) })
    if (queue.length > 32) socket.pause()
    wake()
  })
  socket.on('error', () => {})
  socket.once('close', () => {
    over = true
    wake()
  })
  try {
    while (true) {
      const item = queue.shift()
      if (item) {
        if (queue.length < 8) socket.resume()
        yield item
        if (item.type === 'exit') return
      } else if (over) return yield { type: 'exit', code: 137, message: 'the container runtime went away' }
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    socket.destroy()
  }
}

async function dialTcp(host: string, port: number): Promise<Connection> {
  const socket = connect({ host, port, allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', (error) => reject(new CodedError('NotFound', `dial tcp4 ${host}:${port}: ${error.message}`)))
  })
  socket.on('error', () => {})
  return {
    input: socket as AsyncIterable<Uint8Array>,
    write: (bytes) =>
      new Promise((resolve, reject) =>
        socket.write(bytes, (error) => (error ? reject(new CodedError('ActorDown', error.message)) : resolve())),
      ),
    end: () => void socket.end(),
    close: () => void socket.destroy(),
  }
}
