/**
 * Which isolation this machine allows, found out by one trial and shown as a node annotation:
 *
 *   ns     own process, mount, IPC and UTS namespaces for every container, its own view of the file system, volumes bound
 *          at their paths. As root, or in a user namespace where the kernel lets anybody make one. The network is the host's.
 *   plain  a session and process group of its own; the file system is the host's. Always possible.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { ImageHost } from '../../images.js'

export interface Level {
  readonly name: 'ns' | 'plain'
  readonly reason: string
  /** ns: arguments of unshare before the command. */
  readonly unshare: readonly string[]
  /** ns: arguments of nsenter besides the target. */
  readonly enter: readonly string[]
  /** ns: the container's root is an overlay over the host's, or put together from binds of its directories. */
  readonly root: 'overlay' | 'assembled'
  /** Whether users can be changed and capabilities dropped. */
  readonly users: boolean
  readonly tools: Readonly<Record<string, string>>
}

/** What containers find programs on: this process's PATH and the directory of its Node. */
export function hostPath(): string {
  const path = process.env['PATH'] || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const own = dirname(process.execPath)
  return path.split(delimiter).includes(own) ? path : `${path}${delimiter}${own}`
}

/** The absolute path of a program: looked up on `path`, or as it is when it names a file. */
export function findProgram(program: string, path: string = hostPath()): string | undefined {
  if (program === 'node') return process.execPath
  const candidates = program.includes('/') ? [program] : path.split(delimiter).map((directory) => join(directory || '.', program))
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return statSync(candidate).isFile()
    } catch {
      return false
    }
  })
}

let applets: ReadonlySet<string> | undefined

/** The host's busybox when it has this applet: it stands in for programs the host lacks. */
export function findApplet(applet: string): string | undefined {
  const busybox = findProgram('busybox')
  if (!busybox) return undefined
  applets ??= new Set(spawnSync(busybox, ['--list'], { encoding: 'utf8', timeout: 5000 }).stdout.split('\n').filter(Boolean))
  return applets.has(applet) ? busybox : undefined
}

/** Where containers find programs: by name or path, or as an applet of busybox. */
export const imageHost: ImageHost = { find: findProgram, busybox: findApplet }

/** Tries out what works; `directory` is a scratch directory on the file system containers will live on. */
export function probeLevel(directory: string, wanted: 'ns' | 'plain' | 'auto' = 'auto'): Level {
  const tools: Record<string, string> = {}
  for (const tool of ['unshare', 'nsenter', 'setpriv', 'mount', 'chroot', 'sh', 'script', 'stty', 'hostname']) {
    const found = findProgram(tool)
    if (found) tools[tool] = found
  }
  const plain = (reason: string): Level => ({ name: 'plain', reason, unshare: [], enter: [], root: 'assembled', users: false, tools })
  if (wanted === 'plain') return plain('asked for')
  if (process.platform !== 'linux') return plain(`namespaces need Linux, this is ${process.platform}`)
  const missing = ['unshare', 'nsenter', 'mount', 'chroot', 'sh'].filter((tool) => !tools[tool])
  if (missing.length) return plain(`no ${missing.join(', ')} on PATH`)
  const root = process.getuid?.() === 0
  let reason = ''
  for (const user of root ? [false, true] : [true]) {
    const unshare = [user ? '-Urpfmiu' : '-pfmiu', '--kill-child']
    const enter = ['-m', '-u', '-i', '-p', '-r', '-w', ...(user ? ['-U', '--preserve-credentials'] : [])]
    const trial = spawnSync(tools['unshare'] as string, [...unshare, tools['sh'] as string, '-c', 'mount -t proc proc /proc'], {
      timeout: 5000,
      encoding: 'utf8',
    })
    if (trial.status !== 0) {
      reason = (trial.stderr || String(trial.error ?? trial.signal ?? trial.status)).trim().split('\n')[0] ?? ''
      continue
    }
    const overlay = !user && overlayWorks(directory, tools, unshare)
    const about = `${user ? 'user namespace of an unprivileged user' : 'root'}, ${overlay ? 'overlay over the host root' : 'root assembled of host directories'}`
    return {
      name: 'ns',
      reason: about,
      unshare,
      enter,
      root: overlay ? 'overlay' : 'assembled',
      users: !user && tools['setpriv'] !== undefined,
      tools,
    }
  }
  return plain(reason)
}

function overlayWorks(directory: string, tools: Readonly<Record<string, string>>, unshare: readonly string[]): boolean {
  const trial = join(directory, 'overlay-trial')
  try {
    for (const name of ['upper', 'work', 'root']) mkdirSync(join(trial, name), { recursive: true })
    const options = `lowerdir=/,upperdir=${trial}/upper,workdir=${trial}/work`
    writeFileSync(join(trial, 'fstab'), `overlay ${trial}/root overlay ${options} 0 0\n`)
    execFileSync(
      tools['unshare'] as string,
      [...unshare, tools['sh'] as string, '-c', `mount -a -T ${trial}/fstab && test -x ${trial}/root/bin/sh`],
      { timeout: 5000, stdio: 'ignore' },
    )
    return true
  } catch {
    return false
  } finally {
    rmSync(trial, { recursive: true, force: true })
  }
}

/** What Node.status.nodeInfo wants to know of the machine. */
export function describeMachine(): { osImage: string; machineId: string; bootId: string } {
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '')
  const pretty = /^PRETTY_NAME="?([^"\n]*)/m.exec(read('/etc/os-release'))?.[1]
  return { osImage: pretty ?? process.platform, machineId: read('/etc/machine-id'), bootId: read('/proc/sys/kernel/random/boot_id') }
}
