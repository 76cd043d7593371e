/**
 * The runtime server: one small process per cluster that owns every container process of all its nodes, as containerd does
 * for a machine. Kubelets come and go over a unix socket and find their containers again.
 *
 * Its life hangs on its standard input: when the cluster's process dies, however that happens, the pipe ends, and everything
 * is killed at once. When this server dies, the kernel kills its children (parent-death signal, process namespaces), and the
 * next server of the same cluster kills by their markers what escaped that.
 *
 * Run as: node server.js '<ServerOptions as JSON>'. Says {"type":"ready"} on its standard output when it listens.
 */
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { arch, availableParallelism, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { CodedError, toWire } from '../../../../base/errors.js'
import type { Container, ContainerConfig, ContainerStats, RuntimeInfo, SandboxConfig } from '../../runtime.js'
import { Containers } from './containers.js'
import { type Frame, type Hello, readFrames, sendFrame } from './frames.js'
import { describeMachine, probeLevel } from './level.js'
import { programFiles } from './programs.js'
import { execSync, serveSession } from './sessions.js'
import { killMarked } from './stragglers.js'
import { containerUsage } from './usage.js'

export interface ServerOptions {
  /** Path of the unix socket, at most 107 bytes. */
  readonly socket: string
  /** For containers' roots and Troupe's programs; emptied at the start. */
  readonly directory: string
  /** Unique to the cluster on this machine; marks its processes. */
  readonly cluster: string
  readonly level?: 'auto' | 'ns' | 'plain'
  /** Directories that no container may see. */
  readonly hidden?: readonly string[]
}

/** Calls a control connection may make. Params and results are those of the Runtime port. */
type Calls = Readonly<Record<string, (params: Record<string, unknown>, node: string) => unknown>>

async function main(options: ServerOptions): Promise<void> {
  killMarked(`${options.cluster}/`)
  const programs = join(options.directory, 'programs')
  rmSync(join(options.directory, 'containers'), { recursive: true, force: true })
  mkdirSync(programs, { recursive: true })
  for (const [name, text] of Object.entries(programFiles)) writeFileSync(join(programs, name), text)
  const level = probeLevel(options.directory, options.level ?? 'auto')
  const containers = new Containers({
    directory: options.directory,
    programs,
    cluster: options.cluster,
    level,
    hidden: options.hidden ?? [],
  })

  const end = () => {
    containers.killAll()
    rmSync(options.socket, { force: true })
    process.exit(0)
  }
  process.stdin.on('end', end).on('error', end).resume()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end)
  setInterval(() => enforceMemory(containers), 1000).unref()

  const calls = makeCalls(containers)
  const server = createServer((socket) => serveConnection(socket, containers, calls))
  rmSync(options.socket, { force: true })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.socket, resolve))
  chmodSync(options.socket, 0o600)
  process.stdout.write(`${JSON.stringify({ type: 'ready', level: level.name, reason: level.reason })}\n`)
}

function serveConnection(socket: Socket, containers: Containers, calls: Calls): void {
  let receive: ((frame: Frame) => void) | undefined
  socket.on('error', () => socket.destroy())
  readFrames(socket, (frame) => {
    if (receive) return receive(frame)
    const hello = frame.header as unknown as Hello
    receive = hello.type === 'control' ? serveControl(hello.node, socket, containers, calls) : serveSession(hello, socket, containers)
  })
}

function serveControl(node: string, socket: Socket, containers: Containers, calls: Calls): (frame: Frame) => void {
  const onContainer = (of: string, container: Container) => {
    if (of === node) sendFrame(socket, { type: 'event', event: { type: 'container', container } })
  }
  containers.events.on('container', onContainer)
  socket.once('close', () => containers.events.off('container', onContainer))
  return ({ header }) => {
    const { id, method, params } = header as { id: number; method: string; params: Record<string, unknown> }
    const run = async () => {
      const call = calls[method]
      if (!call) throw new CodedError('NoSuchMethod', `Cannot call "${method}": the runtime server knows no such method`)
      return call(params, node)
    }
    run().then(
      (value) => sendFrame(socket, { type: 'result', id, value: value ?? null }),
      (error: unknown) => sendFrame(socket, { type: 'error', id, error: toWire(error) }),
    )
  }
}

function makeCalls(containers: Containers): Calls {
  return {
    info: () => describeServer(containers),
    list: (_, node) => containers.list(node),
    pullImage: ({ image, command }) => containers.pull(image as string, command as string[]),
    runSandbox: ({ config }) => containers.runSandbox(config as SandboxConfig),
    stopSandbox: ({ id }) => containers.stopSandbox(id as string),
    removeSandbox: ({ id }) => containers.removeSandbox(id as string),
    createContainer: ({ sandbox, config }) => containers.create(sandbox as string, config as ContainerConfig),
    startContainer: ({ id }) => containers.start(id as string),
    stopContainer: ({ id, graceMs }) => containers.stop(id as string, graceMs as number),
    removeContainer: ({ id }) => containers.remove(id as string),
    execSync: async ({ id, command, timeoutMs }) => {
      const { code, stdout, stderr, timedOut } = await execSync(containers, id as string, command as string[], timeoutMs as number)
      return { code, timedOut, stdout: Buffer.from(stdout).toString('base64'), stderr: Buffer.from(stderr).toString('base64') }
    },
    stats: (_, node): ContainerStats[] =>
      containers.all().flatMap((entry) => {
        if (entry.sandbox.config.node !== node || entry.state.type !== 'running') return []
        const usage = containerUsage(entry.process?.init())
        return [{ id: entry.id, podUid: entry.sandbox.config.uid, name: entry.config.name, ...usage }]
      }),
  }
}

function describeServer({ options: { level, directory } }: Containers): RuntimeInfo {
  const disk = statfsSync(directory)
  return {
    name: 'troupe-process',
    version: '1.0.0',
    level: level.name,
    reason: level.reason,
    operatingSystem: platform() === 'linux' ? 'linux' : platform(),
    architecture: ({ x64: 'amd64', ia32: '386' } as Record<string, string>)[arch()] ?? arch(),
    kernelVersion: release(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    ephemeralBytes: disk.blocks * disk.bsize,
    ...describeMachine(),
  }
}

/** Without cgroups a memory limit is a look once a second: over it, the container is killed as the kernel would. */
function enforceMemory(containers: Containers): void {
  for (const entry of containers.all()) {
    const limit = entry.config.memoryLimitBytes
    if (limit === undefined || entry.state.type !== 'running') continue
    if (containerUsage(entry.process?.init()).memoryBytes <= limit) continue
    entry.outOfMemory = true
    entry.process?.kill()
  }
}

await main(JSON.parse(process.argv[2] ?? '{}') as ServerOptions)
