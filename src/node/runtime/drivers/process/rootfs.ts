/**
 * A container's view of the file system at level ns: the host's programs and libraries, its own /tmp, /run and /dev, and
 * its volumes at their paths, whether or not the host has such a path.
 *
 * As root the view is an overlay over the host's root: nothing a container writes reaches the host. In a user namespace the
 * kernel refuses such an overlay (submounts are locked), so a root directory is put together from binds of the host's
 * directories; what its user may write on the host, the container may write too.
 *
 * Everything is prepared here as files: directories for mount points, and one table in fstab's format that a single
 * `mount -a` works off in order inside the container's mount namespace.
 */
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

export interface RootfsOptions {
  /** The container's own directory; root/, upper/, work/, fresh/ are made in it. */
  readonly directory: string
  readonly kind: 'overlay' | 'assembled'
  readonly readOnly: boolean
  readonly mounts: readonly { readonly hostPath: string; readonly containerPath: string; readonly readOnly: boolean }[]
  /** Host directories that no container may see: they hold the cluster's keys. */
  readonly hidden: readonly string[]
}

export interface Rootfs {
  readonly root: string
  readonly fstab: string
}

/** Directories every container has for itself, whatever the host has there. */
const fresh = ['/tmp', '/run', '/dev'] as const
const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty']

/** Prepares the directory and returns where the root will be and the table to mount. */
export function prepareRootfs(options: RootfsOptions): Rootfs {
  const { directory, kind } = options
  const root = join(directory, 'root')
  const upper = kind === 'overlay' ? join(directory, 'upper') : root
  for (const path of [root, upper, join(directory, 'work'), join(directory, 'empty')]) mkdirSync(path, { recursive: true })
  const table: string[] = []
  const add = (source: string, target: string, type: string, flags: string) =>
    table.push(`${escapeField(source)} ${escapeField(join(root, target))} ${type} ${flags} 0 0`)

  // The volumes' places by real path, outermost first, so that one may lie in another.
  const mounts = options.mounts
    .map((mount) => ({ ...mount, target: resolveOnHost(mount.containerPath), isFile: !statSync(mount.hostPath).isDirectory() }))
    .sort((a, b) => a.target.split('/').length - b.target.split('/').length)

  if (kind === 'overlay') {
    table.push(
      `overlay ${escapeField(root)} overlay lowerdir=/,upperdir=${escapeField(upper)},workdir=${escapeField(join(directory, 'work'))}${options.readOnly ? ',ro' : ''} 0 0`,
    )
    for (const path of hostSubmounts()) add(path, path, 'none', 'rbind')
  } else
    assemble(
      '/',
      root,
      mounts.map(({ target }) => target),
      add,
    )

  for (const path of fresh) {
    mkdirSync(join(upper, path), { recursive: true })
    mkdirSync(join(directory, 'fresh', path), { recursive: true, mode: path === '/tmp' ? 0o1777 : 0o755 })
    add(join(directory, 'fresh', path), path, 'none', 'bind')
  }
  prepareDevices(join(directory, 'fresh', 'dev'), add)
  for (const path of ['/proc', '/sys']) mkdirSync(join(upper, path), { recursive: true })
  add('proc', '/proc', 'proc', 'nosuid,nodev,noexec')
  add('/sys', '/sys', 'none', 'rbind')
  for (const path of options.hidden)
    if (existsSync(path) && !fresh.some((place) => realpathSync(path).startsWith(`${place}/`)))
      add(join(directory, 'empty'), realpathSync(path), 'none', 'bind')

  const placed: { readonly target: string; readonly source: string }[] = fresh.map((path) => ({
    target: path,
    source: join(directory, 'fresh', path),
  }))
  for (const mount of mounts) {
    makeMountPoint(mount.target, mount.isFile, upper, placed)
    add(mount.hostPath, mount.target, 'none', mount.readOnly ? 'rbind,ro' : 'rbind')
    placed.push({ target: mount.target, source: mount.hostPath })
  }
  const fstab = join(directory, 'fstab')
  writeFileSync(fstab, `${table.join('\n')}\n`)
  return { root, fstab }
}

/** An empty file or directory to mount on, in whatever lies at that place when its turn comes. */
function makeMountPoint(
  target: string,
  isFile: boolean,
  upper: string,
  placed: readonly { readonly target: string; readonly source: string }[],
): void {
  const under = placed.findLast((place) => target === place.target || target.startsWith(`${place.target}/`))
  const base = under ? join(under.source, target.slice(under.target.length)) : join(upper, target)
  try {
    if (isFile) {
      mkdirSync(dirname(base), { recursive: true })
      if (!existsSync(base)) closeSync(openSync(base, 'a'))
    } else mkdirSync(base, { recursive: true })
  } catch {
    // In a volume that cannot be written; mounting says so if there really is no such place.
  }
}

/** Fills `to` with the entries of the host directory `from`: whole ones bound, those with a mount point below them opened up. */
function assemble(
  from: string,
  to: string,
  targets: readonly string[],
  add: (source: string, target: string, type: string, flags: string) => void,
): void {
  let names: string[] = []
  try {
    names = readdirSync(from)
  } catch {
    return
  }
  for (const name of names) {
    const path = join(from, name)
    if (path === '/proc' || path === '/sys' || fresh.includes(path as (typeof fresh)[number])) continue
    try {
      const stat = lstatSync(path)
      const at = join(to, name)
      if (stat.isSymbolicLink()) symlinkSync(readlinkSync(path), at)
      else if (stat.isDirectory()) {
        mkdirSync(at, { recursive: true })
        const below = targets.filter((target) => target.startsWith(`${path}/`))
        if (below.some((target) => !existsSync(target))) assemble(path, at, below, add)
        else add(path, path, 'none', 'rbind')
      } else {
        closeSync(openSync(at, 'a'))
        add(path, path, 'none', 'bind')
      }
    } catch {
      // Vanished or not ours to see: the container does not see it either.
    }
  }
}

function prepareDevices(dev: string, add: (source: string, target: string, type: string, flags: string) => void): void {
  for (const name of ['pts', 'shm', 'mqueue']) mkdirSync(join(dev, name), { recursive: true, mode: 0o1777 })
  for (const name of devices) {
    if (!existsSync(`/dev/${name}`)) continue
    closeSync(openSync(join(dev, name), 'a'))
    add(`/dev/${name}`, `/dev/${name}`, 'none', 'bind')
  }
  // Terminals of its own: the host's multiplexer finds no pts beside it where it is bound.
  add('devpts', '/dev/pts', 'devpts', 'newinstance,ptmxmode=0666,mode=0620')
  for (const [name, target] of [
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
    ['ptmx', 'pts/ptmx'],
  ] as const) {
    symlinkSync(target, join(dev, name))
  }
}

/** A path with the host's symbolic links followed as far as it exists there: /var/run/x is /run/x on most machines. */
function resolveOnHost(path: string): string {
  const clean = join('/', path)
  if (fresh.some((place) => clean === place || clean.startsWith(`${place}/`))) return clean.replace(/\/+$/, '') || '/'
  const missing: string[] = []
  for (let at = clean; ; at = dirname(at)) {
    if (existsSync(at)) {
      const real = join(realpathSync(at), ...missing)
      return real.length > 1 ? real.replace(/\/+$/, '') : real
    }
    if (at === '/') return clean
    missing.unshift(basename(at))
  }
}

/** Other file systems mounted in the host's tree, which an overlay over its root does not show. */
function hostSubmounts(): string[] {
  const skipped = ['/proc', '/sys', ...fresh]
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path.length > 1 && !skipped.some((place) => path === place || path.startsWith(`${place}/`)) && existsSync(path))
    .filter((path, i, all) => all.indexOf(path) === i && !all.some((outer) => outer !== path && path.startsWith(`${outer}/`)))
    .slice(0, 64)
}

function escapeField(path: string): string {
  return path.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
