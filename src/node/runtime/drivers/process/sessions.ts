/** Exec and attach sessions of the runtime server: one connection each, output as fast as the reader takes it. */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { messageOf } from '../../../../base/errors.js'
import type { ExecResult } from '../../runtime.js'
import { enterProcess, killTree, resizeTerminal } from './container-process.js'
import type { Containers } from './containers.js'
import { type Frame, type Hello, sendFrame } from './frames.js'

const signals: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
}

/** Serves an exec or attach connection; returns what to do with each frame that comes after the hello. */
export function serveSession(
  hello: Extract<Hello, { type: 'exec' | 'attach' }>,
  socket: Socket,
  containers: Containers,
): (frame: Frame) => void {
  try {
    return hello.type === 'exec' ? serveExec(hello, socket, containers) : serveAttach(hello, socket, containers)
  } catch (error) {
    sendFrame(socket, { type: 'exit', code: 127, message: messageOf(error) })
    socket.end()
    return () => {}
  }
}

function serveExec(hello: Extract<Hello, { type: 'exec' }>, socket: Socket, containers: Containers): (frame: Frame) => void {
  const entry = containers.running(hello.container)
  const spec = containers.specFor(entry, hello.command, { stdin: hello.stdin, tty: hello.tty })
  const { level } = containers.options
  const child = enterProcess(spec, level, entry.process?.init())
  const forward = (stream: 'stdout' | 'stderr', source: Readable | null) => {
    source?.on('data', (chunk: Buffer) => {
      if (sendFrame(socket, { type: stream }, chunk)) return
      source.pause()
      socket.once('drain', () => source.resume())
    })
    socket.once('close', () => source?.resume())
  }
  forward('stdout', child.stdout)
  forward(hello.tty ? 'stdout' : 'stderr', child.stderr)
  child.stdin?.on('error', () => {})
  child.once('error', (error) => {
    sendFrame(socket, { type: 'exit', code: 126, message: error.message })
    socket.end()
  })
  child.once('close', (code, signal) => {
    sendFrame(socket, { type: 'exit', code: code ?? 128 + (signals[signal ?? ''] ?? 9) })
    socket.end()
  })
  socket.once('close', () => {
    child.stdin?.end()
    if (hello.tty && child.pid !== undefined && child.exitCode === null) killTree(child.pid)
  })
  return ({ header, payload }) => {
    switch (header['type']) {
      case 'stdin':
        if (child.stdin?.write(payload) === false) {
          socket.pause()
          child.stdin.once('drain', () => socket.resume())
        }
        return
      case 'stdin-end':
        return void child.stdin?.end()
      case 'resize':
        if (child.pid !== undefined) resizeTerminal(child.pid, Number(header['width']), Number(header['height']), level)
    }
  }
}

function serveAttach(hello: Extract<Hello, { type: 'attach' }>, socket: Socket, containers: Containers): (frame: Frame) => void {
  const entry = containers.running(hello.container)
  const stdin = hello.stdin ? entry.process?.stdin : undefined
  const onData = (stream: 'stdout' | 'stderr', chunk: Buffer) => {
    // A reader that cannot keep up is let go rather than let hold up the container and its log.
    if (socket.writableLength > 16 * 1024 * 1024) socket.destroy()
    else sendFrame(socket, { type: stream }, chunk)
  }
  const onEnd = () => {
    sendFrame(socket, { type: 'exit', code: entry.state.type === 'exited' ? entry.state.code : 0 })
    socket.end()
  }
  entry.output.on('data', onData)
  entry.output.once('end', onEnd)
  socket.once('close', () => {
    entry.output.off('data', onData)
    entry.output.off('end', onEnd)
    if (hello.stdin && entry.config.stdinOnce) stdin?.end()
  })
  return ({ header, payload }) => {
    if (header['type'] === 'stdin') stdin?.write(payload)
    else if (header['type'] === 'stdin-end' && entry.config.stdinOnce) stdin?.end()
    else if (header['type'] === 'resize') {
      const init = entry.process?.init()
      if (init !== undefined) resizeTerminal(init, Number(header['width']), Number(header['height']), containers.options.level)
    }
  }
}

const outputBytesMax = 16 * 1024 * 1024

/** Runs a command to its end, or kills it when its time is up. */
export function execSync(containers: Containers, id: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
  const entry = containers.running(id)
  const spec = containers.specFor(entry, command, { stdin: false, tty: false })
  const child = enterProcess(spec, containers.options.level, entry.process?.init())
  return new Promise((resolve, reject) => {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    let size = 0
    let timedOut = false
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= outputBytesMax) output[stream].push(chunk)
      })
    const timer =
      timeoutMs > 0
        ? setTimeout(() => {
            timedOut = true
            if (child.pid !== undefined) killTree(child.pid)
          }, timeoutMs)
        : undefined
    child.once('error', reject)
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(timer)
      resolve({
        code: code ?? 128 + (signals[signal ?? ''] ?? 9),
        stdout: Buffer.concat(output.stdout),
        stderr: Buffer.concat(output.stderr),
        timedOut,
      })
    }
    child.once('close', finish)
    // A background process of the command may hold its output open; the answer does not wait for it.
    child.once('exit', (code, signal) => setTimeout(finish, 300, code, signal))
  })
}
