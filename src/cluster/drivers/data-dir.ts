/**
 * The data directory: who may use it, what lies where, and how a kubeconfig is written.
 *
 *   lock            pid and start time of the process that uses it
 *   pki/*.pem       keys and certificates, 0600
 *   kubeconfig      for the administrator, 0600
 *   store-N/        one replica's log and snapshots
 *   nodes/<name>/   volumes and logs of one node
 *   version         format of all this: 1
 */

import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { CodedError, messageOf } from '../../base/errors.js'
import type { Pki } from '../pki.js'

export interface DataDir {
  readonly path: string
  readonly ephemeral: boolean
  /** The keys and certificates kept here; `make` is called when there are none. */
  pki(make: () => Pki): Promise<Pki>
  /** Small facts that outlive a run, as JSON. */
  readState(): Promise<Record<string, unknown>>
  writeState(state: Record<string, unknown>): Promise<void>
  /** Gives the directory free; an ephemeral one is removed. */
  release(): Promise<void>
}

const formatVersion = '1'

/**
 * Opens or makes a data directory and locks it. Throws 'DataDirInUse' when a living process has it, 'DataDirUnusable'
 * when it cannot be written or is something else.
 */
export async function openDataDir(path: string | undefined): Promise<DataDir> {
  const ephemeral = path === undefined
  const dir = ephemeral ? await mkdtemp(join(tmpdir(), 'troupe-')) : resolve(path)
  try {
    await makeDirectory(dir)
    await checkContents(dir)
    await lock(dir)
    await writeWhole(join(dir, 'version'), `${formatVersion}\n`)
  } catch (error) {
    if (error instanceof CodedError) throw error
    throw new CodedError('DataDirUnusable', `Cannot use the data directory "${dir}": ${messageOf(error)}`, {
      cause: error,
      details: { path: dir },
    })
  }
  const statePath = join(dir, 'state.json')
  return {
    path: dir,
    ephemeral,
    pki: (make) => loadPki(join(dir, 'pki'), make),
    async readState() {
      try {
        return JSON.parse(await readFile(statePath, 'utf8')) as Record<string, unknown>
      } catch {
        // Only conveniences are kept there (the last port): without them the cluster starts as if new.
        return {}
      }
    },
    writeState: (state) => writeWhole(statePath, `${JSON.stringify(state)}\n`),
    async release() {
      if (ephemeral) await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
      else await unlink(join(dir, 'lock')).catch(() => {})
    },
  }
}

/**
 * Makes a directory, 0700, and those above it; one that is there is left alone. Node's own `recursive` tries for ever
 * where a parent is there and yet nothing can be made in it: below /proc, or behind a link to nowhere.
 */
export async function makeDirectory(dir: string): Promise<void> {
  const make = () => mkdir(dir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? undefined : error))
  const failed = await make()
  if (!failed) return
  if (failed.code !== 'ENOENT' || dirname(dir) === dir) throw failed
  await makeDirectory(dirname(dir))
  const again = await make()
  if (again) throw again
}

async function checkContents(dir: string): Promise<void> {
  const names = (await readdir(dir)).filter((name) => name !== 'lock')
  if (names.length === 0) return
  const version = await readFile(join(dir, 'version'), 'utf8').catch(() => undefined)
  // A start that was cut short before its first fact was written leaves nothing but empty folders or the lock.
  if (version === undefined)
    throw new CodedError('DataDirUnusable', `Cannot use the data directory "${dir}": it is not empty and holds no cluster`, {
      details: { path: dir },
    })
  if (version.trim() !== formatVersion)
    throw new CodedError(
      'DataDirUnusable',
      `Cannot use the data directory "${dir}": its format is ${version.trim()}, this version reads ${formatVersion}`,
      {
        details: { path: dir },
      },
    )
}

/** A process as the lock names it: its pid may be another's after a reboot, its start time is not. */
function startOf(pid: number): string {
  try {
    // Field 22 of stat, counted behind the command's closing bracket, which may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function isAlive(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return start === '' || startOf(pid) === start
}

/** One cluster of this process may not take another's directory either, though both have one pid. */
const lockedHere = new Set<string>()

async function lock(dir: string): Promise<void> {
  const path = join(dir, 'lock')
  const inUse = (pid: number) =>
    new CodedError('DataDirInUse', `Cannot use the data directory "${dir}": a cluster of process ${pid} is using it`, {
      details: { path: dir, pid },
    })
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(`${process.pid} ${startOf(process.pid)}\n`)
      await file.close()
      lockedHere.add(dir)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const [pid = '', start = ''] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ')
    if (pid !== '' && isAlive(Number(pid), start)) throw inUse(Number(pid))
    // Its owner is gone. Whoever renames it first may try again; the others find the next lock or none.
    await rename(path, `${path}.${process.pid}.stale`).catch(() => {})
    await unlink(`${path}.${process.pid}.stale`).catch(() => {})
  }
  throw inUse(Number((await readFile(path, 'utf8')).split(' ')[0]))
}

const pkiFiles: Readonly<Record<keyof Pki, string>> = {
  caCertificate: 'ca.crt',
  caKey: 'ca.key',
  serverCertificate: 'apiserver.crt',
  serverKey: 'apiserver.key',
  adminCertificate: 'admin.crt',
  adminKey: 'admin.key',
  serviceAccountKey: 'sa.key',
}

async function loadPki(dir: string, make: () => Pki): Promise<Pki> {
  const names = Object.entries(pkiFiles) as [keyof Pki, string][]
  try {
    const texts = await Promise.all(names.map(([, file]) => readFile(join(dir, file), 'utf8')))
    return Object.fromEntries(names.map(([name], i) => [name, texts[i]])) as unknown as Pki
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  // Half of it would be worse than none: the folder appears whole, by a rename.
  const pki = make()
  const aside = `${dir}.new`
  await rm(aside, { recursive: true, force: true })
  await mkdir(aside, { mode: 0o700 })
  await Promise.all(names.map(([name, file]) => writeFile(join(aside, file), pki[name], { mode: 0o600 })))
  await rm(dir, { recursive: true, force: true })
  await rename(aside, dir)
  return pki
}

/** Writes a file so that readers see the old or the new whole of it, 0600. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.${process.pid}.new`
  await writeFile(aside, text, { mode: 0o600 })
  await chmod(aside, 0o600)
  await rename(aside, path)
}
