/**
 * One container as an operating-system process at either level: how it is started, signalled, entered and known to be
 * dead. What it is called and who asked for it is server.ts's business.
 *
 * At level ns the process tree is  unshare -> init  where init is the container's program, process 1 of its own
 * namespace: killing it kills everything in the container, and `--kill-child` and the parent-death signal kill it when
 * unshare or this server dies. At level plain the program leads a session of its own, and what escaped from it is found by
 * the marker in its environment.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { ContainerSecurity } from '../../runtime.js'
import type { Level } from './level.js'

export interface ProcessSpec {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly hostname: string
  readonly stdin: boolean
  readonly tty: boolean
  readonly security: ContainerSecurity
  /** ns only. */
  readonly rootfs?: { readonly root: string; readonly fstab: string }
}

export interface ContainerProcess {
  readonly stdin: Writable | undefined
  readonly stdout: Readable
  readonly stderr: Readable | undefined
  /** Resolves when the program runs; rejects with the reason it could not be started. */
  readonly started: Promise<void>
  /** Resolves with the exit code (128 + n for a signal) once the process has ended and its output is read. */
  readonly exited: Promise<{ readonly code: number; readonly signal?: number }>
  /** The container's first process as this server sees it. */
  init(): number | undefined
  signal(signal: NodeJS.Signals): void
  kill(): void
}

/** What a container may do as root when nothing else is said: the set Docker and containerd give. */
const defaultCapabilities = [
  'chown',
  'dac_override',
  'fsetid',
  'fowner',
  'mknod',
  'net_raw',
  'setgid',
  'setuid',
  'setfcap',
  'setpcap',
  'net_bind_service',
  'sys_chroot',
  'kill',
  'audit_write',
]

/** Sets the scene inside the new namespaces, reports on descriptor 3, and becomes the program. */
const setup = `root=$0; mount=$1; chroot=$2; fstab=$3; hostname=$4; name=$5; cwd=$6; shift 6
"$mount" -a -T "$fstab" >&3 2>&3 || exit 125
[ -z "$hostname" ] || "$hostname" "$name" 2>/dev/null
echo started >&3
exec 3>&-
exec "$chroot" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$cwd" "$@"`

/** Starts a container's program. */
export function startProcess(spec: ProcessSpec, level: Level): ContainerProcess {
  const tool = (name: string): string => level.tools[name] ?? name
  const deathSignal = level.tools['setpriv'] ? [level.tools['setpriv'], '--pdeathsig', 'KILL'] : []
  // The terminal is made inside the namespaces: a shell can only control one whose session it can see.
  const command = spec.tty
    ? terminal([...asUser(spec.security, level), ...spec.argv], level)
    : [...asUser(spec.security, level), ...spec.argv]
  const inside = spec.rootfs
    ? [tool('unshare'), ...level.unshare, tool('sh'), '-c', setup, spec.rootfs.root, tool('mount'), tool('chroot'), spec.rootfs.fstab]
    : []
  const scene = spec.rootfs ? [level.tools['hostname'] ?? '', spec.hostname, spec.cwd] : []
  const [program = '', ...args] = [...deathSignal, ...inside, ...scene, ...command]
  const child = spawn(program, args, {
    detached: true,
    env: { ...spec.env },
    cwd: spec.rootfs ? '/' : spec.cwd,
    stdio: [spec.stdin || spec.tty ? 'pipe' : 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  const started = spec.rootfs ? readyOf(child) : spawned(child)
  started.catch(() => {})
  const init = () => (child.pid === undefined ? undefined : spec.rootfs ? findInit(child.pid) : child.pid)
  const exited = exitOf(child)
  child.stdin?.on('error', () => {})
  return {
    stdin: child.stdin ?? undefined,
    stdout: child.stdout as Readable,
    stderr: spec.tty ? undefined : (child.stderr as Readable),
    started,
    exited,
    init,
    signal(signal) {
      const target = init()
      if (target !== undefined && child.exitCode === null && child.signalCode === null) send(target, signal)
    },
    kill() {
      if (child.pid === undefined) return
      const target = init()
      if (target !== undefined && spec.rootfs) send(target, 'SIGKILL')
      send(-child.pid, 'SIGKILL')
    },
  }
}

/** Starts a command in a running container, with the container's environment and file system. */
export function enterProcess(spec: ProcessSpec, level: Level, init: number | undefined): ChildProcess {
  const tool = (name: string): string => level.tools[name] ?? name
  const command = spec.tty
    ? terminal([...asUser(spec.security, level), ...spec.argv], level)
    : [...asUser(spec.security, level), ...spec.argv]
  const inside = spec.rootfs
    ? [tool('nsenter'), '-t', String(init), ...level.enter, '--', '/bin/sh', '-c', 'cd "$0" && exec "$@"', spec.cwd]
    : []
  const [program = '', ...args] = [...inside, ...command]
  return spawn(program, args, {
    detached: true,
    env: { ...spec.env },
    cwd: spec.rootfs ? '/' : spec.cwd,
    stdio: [spec.stdin || spec.tty ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
}

/** Kills a process and all its descendants, wherever they have moved. */
export function killTree(pid: number): void {
  for (const each of [...descendants(pid), pid]) send(each, 'SIGKILL')
}

/** Sets the size of the terminal a process has as its standard input. */
export function resizeTerminal(pid: number, width: number, height: number, level: Level): void {
  const leaf = descendants(pid).find((each) => isTerminal(each)) ?? pid
  const stty = level.tools['stty']
  if (stty && process.platform === 'linux')
    spawn(stty, ['-F', `/proc/${leaf}/fd/0`, 'rows', String(height), 'cols', String(width)], { stdio: 'ignore' }).on('error', () => {})
}

function isTerminal(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[4] !== '0'
  } catch {
    return false
  }
}

/** Descendants of a process, parents before children. */
export function descendants(pid: number): number[] {
  const found: number[] = []
  const visit = (parent: number) => {
    for (const child of childrenOf(parent)) {
      found.push(child)
      visit(child)
    }
  }
  visit(pid)
  return found
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}

/** The descendant that is process 1 of a namespace of its own. */
function findInit(pid: number): number | undefined {
  return descendants(pid).find((each) => {
    try {
      const ids = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1]?.split(/\s+/) ?? []
      return ids.length > 1 && ids.at(-1) === '1'
    } catch {
      return false
    }
  })
}

/** setpriv's arguments for the user, groups and capabilities a container is to have; nothing where that is not possible. */
function asUser(security: ContainerSecurity, level: Level): string[] {
  if (!level.users) return []
  const args: string[] = []
  if (security.runAsUser !== undefined) args.push('--reuid', String(security.runAsUser))
  if (security.runAsGroup !== undefined || security.runAsUser !== undefined) args.push('--regid', String(security.runAsGroup ?? 0))
  if (security.supplementalGroups.length) args.push('--groups', security.supplementalGroups.join(','))
  else if (security.runAsUser !== undefined || security.runAsGroup !== undefined) args.push('--clear-groups')
  if (security.noNewPrivileges) args.push('--no-new-privs')
  if (!security.privileged) {
    const named = (names: readonly string[]) => names.map((name) => name.toLowerCase().replace(/^cap_/, ''))
    const [add, drop] = [named(security.addCapabilities), named(security.dropCapabilities)]
    const base = drop.includes('all') ? [] : defaultCapabilities.filter((name) => !drop.includes(name))
    if (!add.includes('all'))
      args.push('--bounding-set', ['-all', ...new Set([...base, ...add])].map((name, i) => (i ? `+${name}` : name)).join(','))
  }
  return args.length ? [level.tools['setpriv'] ?? 'setpriv', ...args, '--'] : []
}

/** The command under a pseudo-terminal of script(1)'s, since Node has none of its own. */
function terminal(argv: readonly string[], level: Level): string[] {
  if (!level.tools['script']) return [...argv]
  const quoted = argv.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ')
  return [level.tools['script'], '-qefc', `exec ${quoted}`, '/dev/null']
}

/** Reads what the setup script reports: 'started', or why it could not. */
function readyOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('error', reject)
    const report = child.stdio[3] as Readable
    report.on('data', (chunk: Buffer) => {
      text += String(chunk)
      if (/(^|\n)started\n$/.test(text)) resolve()
    })
    report.on('error', () => {})
    const gaveUp = () => reject(new Error(text.trim() || 'the container ended before its program was started'))
    report.once('end', gaveUp)
    child.once('exit', () => setTimeout(gaveUp, 50))
  })
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve())
    child.once('error', reject)
  })
}

/** The end of the process and of its output; output held open by a stray descendant is waited for a moment only. */
function exitOf(child: ChildProcess): Promise<{ code: number; signal?: number }> {
  return new Promise((resolve) => {
    let ended = false
    const end = (code: number, signal?: number) => {
      if (!ended) resolve({ code, ...(signal === undefined ? {} : { signal }) })
      ended = true
    }
    child.once('error', () => end(128))
    child.once('exit', (code, signal) => {
      const number = signal ? constants.signals[signal] : undefined
      const finish = () => (number === undefined ? end(code ?? 0) : end(128 + number, number))
      child.once('close', finish)
      setTimeout(finish, 300)
    })
  })
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {}
}
