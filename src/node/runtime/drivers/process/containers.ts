/**
 * The runtime server's memory and hands: sandboxes and containers of all nodes of one cluster, what became of them, and
 * what can be done with them. It keeps everything a kubelet needs to find its pods again; a container's process belongs to
 * this server, not to the kubelet that asked for it.
 */
import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CodedError } from '../../../../base/errors.js'
import { qualifiedImage, resolveImage } from '../../images.js'
import type { Container, ContainerConfig, ContainerState, PulledImage, RuntimeState, Sandbox, SandboxConfig } from '../../runtime.js'
import { type ContainerProcess, type ProcessSpec, startProcess } from './container-process.js'
import { findApplet, findProgram, hostPath, imageHost, type Level } from './level.js'
import { type LogFile, openLogFile } from './log-file.js'
import { builtInCommand } from './programs.js'
import { prepareRootfs } from './rootfs.js'
import { killMarked, markerVariable } from './stragglers.js'

export interface ContainersOptions {
  readonly directory: string
  readonly programs: string
  readonly cluster: string
  readonly level: Level
  /** Host directories no container may see. */
  readonly hidden: readonly string[]
}

export interface ContainerEntry {
  readonly id: string
  readonly sandbox: SandboxEntry
  readonly config: ContainerConfig
  readonly createdAt: number
  readonly directory: string
  readonly output: EventEmitter
  state: ContainerState
  spec?: ProcessSpec
  process?: ContainerProcess
  log?: LogFile
  /** Set when it was killed for the memory it used. */
  outOfMemory?: boolean
  ended: Promise<void>
}

export interface SandboxEntry {
  readonly id: string
  readonly config: SandboxConfig
  readonly createdAt: number
  ready: boolean
}

/** The path built-in programs have inside a container at level ns. */
const programsInside = '/.troupe'

export class Containers {
  readonly options: ContainersOptions
  readonly events = new EventEmitter()
  private readonly sandboxes = new Map<string, SandboxEntry>()
  private readonly containers = new Map<string, ContainerEntry>()

  constructor(options: ContainersOptions) {
    this.options = options
    this.events.setMaxListeners(0)
  }

  list(node: string): RuntimeState {
    return {
      sandboxes: [...this.sandboxes.values()]
        .filter(({ config }) => config.node === node)
        .map((each): Sandbox => ({ id: each.id, config: each.config, createdAt: each.createdAt, ready: each.ready })),
      containers: [...this.containers.values()].filter(({ sandbox }) => sandbox.config.node === node).map(describe),
    }
  }

  all(): ContainerEntry[] {
    return [...this.containers.values()]
  }

  pull(image: string, command: readonly string[]): PulledImage {
    const resolved = resolveImage({ image, command, args: [] }, imageHost)
    if (resolved.type === 'none') throw new CodedError('ImagePull', resolved.message)
    const program =
      resolved.type === 'program' ? findProgram(resolved.argv[0] ?? '') : join(this.options.programs, `${resolved.program}.cjs`)
    const sizeBytes = program && existsSync(program) ? statSync(program).size : 0
    return {
      id: qualifiedImage(image),
      sizeBytes,
      user: process.getuid?.() === 0 || this.options.level.name === 'ns' ? 0 : (process.getuid?.() ?? 0),
    }
  }

  runSandbox(config: SandboxConfig): string {
    const id = randomBytes(32).toString('hex')
    this.sandboxes.set(id, { id, config, createdAt: Date.now(), ready: true })
    return id
  }

  async stopSandbox(id: string): Promise<void> {
    const sandbox = this.sandboxes.get(id)
    if (!sandbox) return
    sandbox.ready = false
    await Promise.all(this.inSandbox(id).map((container) => this.stop(container.id, 0)))
  }

  async removeSandbox(id: string): Promise<void> {
    await this.stopSandbox(id)
    await Promise.all(this.inSandbox(id).map((container) => this.remove(container.id)))
    this.sandboxes.delete(id)
  }

  create(sandboxId: string, config: ContainerConfig): string {
    const sandbox = this.sandboxes.get(sandboxId)
    if (!sandbox?.ready) throw new CodedError('NotFound', `sandbox "${sandboxId}" is not running`)
    const id = randomBytes(32).toString('hex')
    const entry: ContainerEntry = {
      id,
      sandbox,
      config,
      createdAt: Date.now(),
      directory: join(this.options.directory, 'containers', id.slice(0, 24)),
      output: new EventEmitter(),
      state: { type: 'created' },
      ended: Promise.resolve(),
    }
    entry.output.setMaxListeners(0)
    this.containers.set(id, entry)
    return id
  }

  async start(id: string): Promise<void> {
    const entry = this.get(id)
    if (entry.state.type !== 'created') throw new CodedError('StartContainer', `container "${id}" was started before`)
    const at = Date.now()
    try {
      await this.launch(entry)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      entry.log?.close()
      this.settle(entry, { type: 'exited', startedAt: at, finishedAt: Date.now(), code: 128, reason: 'StartError', message })
      throw new CodedError('StartContainer', message)
    }
  }

  /** Resolves when the container has exited. */
  async stop(id: string, graceMs: number): Promise<void> {
    const entry = this.containers.get(id)
    if (!entry?.process || entry.state.type === 'exited') return
    let timer: NodeJS.Timeout | undefined
    if (graceMs > 0) {
      entry.process.signal((entry.config.stopSignal ?? 'SIGTERM') as NodeJS.Signals)
      timer = setTimeout(() => entry.process?.kill(), graceMs)
    } else entry.process.kill()
    await entry.ended
    clearTimeout(timer)
  }

  async remove(id: string): Promise<void> {
    const entry = this.containers.get(id)
    if (!entry) return
    await this.stop(id, 0)
    this.containers.delete(id)
    rmSync(entry.directory, { recursive: true, force: true })
  }

  /** The entry, which must run. */
  running(id: string): ContainerEntry {
    const entry = this.get(id)
    if (entry.state.type !== 'running') throw new CodedError('NotFound', `container "${id}" is not running`)
    return entry
  }

  get(id: string): ContainerEntry {
    const entry = this.containers.get(id)
    if (!entry) throw new CodedError('NotFound', `container "${id}" does not exist`)
    return entry
  }

  /** What a command in this container would be started as. */
  specFor(entry: ContainerEntry, command: readonly string[], options: { readonly stdin: boolean; readonly tty: boolean }): ProcessSpec {
    const spec = entry.spec
    if (!spec) throw new CodedError('NotFound', `container "${entry.id}" is not running`)
    // A terminal's size and kind are the session's, not the container's.
    const env = options.tty && !spec.env['TERM'] ? { ...spec.env, TERM: 'xterm' } : spec.env
    const [program = ''] = command
    if (!this.visible(entry, program)) {
      const busybox = findApplet(program)
      if (!busybox) throw new CodedError('StartContainer', notFound(program, spec.env['PATH']))
      return { ...spec, env, argv: [busybox, ...command], ...options }
    }
    return { ...spec, env, argv: command, ...options }
  }

  /** Kills everything at once. */
  killAll(): void {
    for (const entry of this.containers.values()) if (entry.state.type === 'running') entry.process?.kill()
    killMarked(`${this.options.cluster}/`)
  }

  private async launch(entry: ContainerEntry): Promise<void> {
    const { config } = entry
    const { level } = this.options
    mkdirSync(entry.directory, { recursive: true })
    const argv = this.commandOf(entry)
    const env = this.environmentOf(entry)
    const messageFile = join(entry.directory, 'termination-log')
    writeFileSync(messageFile, '', { mode: 0o666 })
    const rootfs = level.name === 'ns' ? this.rootfsOf(entry, messageFile) : undefined
    const cwd = config.workingDir || (rootfs ? '/' : entry.directory)
    if (rootfs && !existsSync(cwd))
      mkdirSync(join(level.root === 'overlay' ? join(entry.directory, 'upper') : rootfs.root, cwd), { recursive: true })
    const spec: ProcessSpec = {
      argv,
      env,
      cwd,
      hostname: entry.sandbox.config.hostname,
      stdin: config.stdin,
      tty: config.tty,
      security: config.security,
      ...(rootfs ? { rootfs } : {}),
    }
    if (!this.visible(entry, argv[0] ?? '')) throw new Error(notFound(argv[0] ?? '', env['PATH']))
    const log = openLogFile(config.logPath)
    entry.log = log
    entry.spec = spec
    const child = startProcess(spec, level)
    entry.process = child
    const startedAt = Date.now()
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.on('data', (chunk: Buffer) => {
        log.write(stream, chunk)
        entry.output.emit('data', stream, chunk)
      })
    await child.started
    entry.state = { type: 'running', startedAt }
    this.events.emit('container', entry.sandbox.config.node, describe(entry))
    entry.ended = child.exited.then(({ code, signal }) => {
      if (!rootfs) killMarked(`${this.options.cluster}/${entry.id}`)
      log.close()
      const reason = entry.outOfMemory ? 'OOMKilled' : code === 0 ? 'Completed' : 'Error'
      const message = terminationMessage(config, messageFile, log, code)
      this.settle(entry, {
        type: 'exited',
        startedAt,
        finishedAt: Date.now(),
        code,
        ...(signal === undefined ? {} : { signal }),
        reason,
        message,
      })
    })
  }

  private settle(entry: ContainerEntry, state: ContainerState): void {
    entry.state = state
    entry.output.emit('end')
    this.events.emit('container', entry.sandbox.config.node, describe(entry))
  }

  private commandOf({ config }: ContainerEntry): readonly string[] {
    const resolved = resolveImage(config, imageHost)
    if (resolved.type === 'none') throw new Error(resolved.message)
    const directory = this.options.level.name === 'ns' ? programsInside : this.options.programs
    return resolved.type === 'program' ? resolved.argv : builtInCommand(resolved.program, resolved.args, directory, process.execPath)
  }

  private environmentOf(entry: ContainerEntry): Record<string, string> {
    const { config, sandbox } = entry
    const programs = this.options.level.name === 'ns' ? programsInside : this.options.programs
    const env: Record<string, string> = {
      PATH: hostPath(),
      HOME: homedir(),
      HOSTNAME: sandbox.config.hostname,
      ...(config.tty ? { TERM: 'xterm' } : {}),
    }
    for (const { name, value } of config.env) env[name] = value
    env[markerVariable] = `${this.options.cluster}/${entry.id}`
    if (this.options.level.name === 'plain') env['TROUPE_ROOT'] = entry.directory
    if (sandbox.config.hostNetwork) env['TROUPE_HOST_NETWORK'] = '1'
    else {
      env['NODE_OPTIONS'] = [`--require=${programs}/pod-shim.cjs`, env['NODE_OPTIONS']].filter(Boolean).join(' ')
      env['PYTHONPATH'] = [programs, env['PYTHONPATH']].filter(Boolean).join(':')
    }
    return env
  }

  private rootfsOf(entry: ContainerEntry, messageFile: string): { root: string; fstab: string } {
    const { config, sandbox, directory } = entry
    const file = (hostPath: string | undefined, containerPath: string) =>
      hostPath && !config.mounts.some((mount) => mount.containerPath === containerPath)
        ? [{ hostPath, containerPath, readOnly: false }]
        : []
    writeFileSync(join(directory, 'hostname'), `${sandbox.config.hostname}\n`)
    return prepareRootfs({
      directory,
      kind: this.options.level.root,
      readOnly: config.security.readOnlyRootFilesystem,
      hidden: this.options.hidden,
      mounts: [
        ...file(sandbox.config.hostsFile, '/etc/hosts'),
        ...file(sandbox.config.resolvConfFile, '/etc/resolv.conf'),
        ...file(existsSync('/etc/hostname') ? join(directory, 'hostname') : undefined, '/etc/hostname'),
        ...file(this.options.programs, programsInside),
        ...file(messageFile, config.terminationMessagePath),
        ...config.mounts,
      ],
    })
  }

  /** Whether the container will find this program: on its PATH, or at its path on the host or in a volume. */
  private visible(entry: ContainerEntry, program: string): boolean {
    const path = entry.config.env.find(({ name }) => name === 'PATH')?.value ?? hostPath()
    if (!program.startsWith('/')) return program.includes('/') || findProgram(program, path) !== undefined
    if (program.startsWith(`${programsInside}/`) || findProgram(program, path)) return true
    return (
      entry.config.mounts.some(
        ({ containerPath, hostPath: source }) =>
          program.startsWith(`${containerPath}/`) && existsSync(join(source, program.slice(containerPath.length))),
      ) || existsSync(join(entry.directory, 'upper', program))
    )
  }

  private inSandbox(id: string): ContainerEntry[] {
    return [...this.containers.values()].filter(({ sandbox }) => sandbox.id === id)
  }
}

export function describe(entry: ContainerEntry): Container {
  const { id, sandbox, config, createdAt, state } = entry
  return {
    id,
    sandboxId: sandbox.id,
    podUid: sandbox.config.uid,
    name: config.name,
    attempt: config.attempt,
    image: config.image,
    imageId: qualifiedImage(config.image),
    createdAt,
    logPath: config.logPath,
    labels: config.labels,
    state,
  }
}

/** The text a container leaves: its message file (4 KiB), or the end of its log when that is empty and it failed. */
function terminationMessage(config: ContainerConfig, file: string, log: LogFile, code: number): string {
  let message = ''
  try {
    message = readFileSync(file).subarray(0, 4096).toString('utf8')
  } catch {}
  return message || (config.terminationMessagePolicy === 'FallbackToLogsOnError' && code !== 0 ? log.tail() : '')
}

function notFound(program: string, path: string | undefined): string {
  return program.includes('/')
    ? `exec: "${program}": stat ${program}: no such file or directory`
    : `exec: "${program}": executable file not found in $PATH${path ? '' : ' (PATH is empty)'}`
}
