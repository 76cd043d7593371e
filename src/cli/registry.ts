/**
 * Which clusters of this user run, by name: one small file each, so that every other command finds the process that
 * runs it. A file whose process is gone counts for nothing.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export interface Registration {
  readonly name: string
  readonly pid: number
  readonly server: string
  /** Path of the unix socket that its commands go to. */
  readonly socket: string
  readonly kubeconfig: string
  readonly dataDir: string
  readonly ephemeral: boolean
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** Where registrations lie: $TROUPE_STATE_DIR, else $XDG_STATE_HOME/troupe, else ~/.local/state/troupe. */
function stateDir(): string {
  return process.env['TROUPE_STATE_DIR'] ?? join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'troupe')
}

/** Where a cluster keeps its data unless it is told: $XDG_DATA_HOME/troupe/NAME, else ~/.local/share/troupe/NAME. */
export function defaultDataDir(name: string): string {
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'troupe', name)
}

/** A path for a cluster's command socket, short enough for a unix socket whatever the home directory. */
export async function commandSocket(name: string): Promise<string> {
  const dir = join(tmpdir(), `troupe-${userInfo().uid}`)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  return join(dir, `${name}-${process.pid}.sock`)
}

const fileOf = (name: string) => join(stateDir(), `${name}.json`)

export async function register(registration: Registration): Promise<void> {
  await mkdir(stateDir(), { recursive: true, mode: 0o700 })
  await writeFile(fileOf(registration.name), `${JSON.stringify(registration)}\n`, { mode: 0o600 })
}

export async function unregister(name: string): Promise<void> {
  await rm(fileOf(name), { force: true })
}

/** The cluster of this name, when its process lives. */
export async function find(name: string): Promise<Registration | undefined> {
  try {
    const registration = JSON.parse(await readFile(fileOf(name), 'utf8')) as Registration
    process.kill(registration.pid, 0)
    return registration
  } catch {
    // No file, half a file, or no such process: there is no cluster to speak to.
    return undefined
  }
}

/** Names of all clusters of this user that run. */
export async function runningNames(): Promise<string[]> {
  const files = await readdir(stateDir()).catch(() => [] as string[])
  const found = await Promise.all(files.filter((file) => file.endsWith('.json')).map((file) => find(file.slice(0, -'.json'.length))))
  return found.flatMap((registration) => (registration ? [registration.name] : []))
}
