/**
 * The Volumes port on files. Generated volumes are written as upstream's atomic writer does (pkg/volume/util/atomic_writer.go):
 * a new timestamped directory, then one rename of the `..data` link, so that a reader never sees half an update.
 */
import { randomBytes } from 'node:crypto'
import { chmod, chown, lstat, mkdir, readdir, readFile, readlink, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize, sep } from 'node:path'
import type { VolumeContent, VolumeFile, Volumes } from '../volumes.js'

/** Volumes on this machine's file system. */
export function createFileVolumes(): Volumes {
  return {
    async setUp(directory, content) {
      switch (content.type) {
        case 'host':
          await prepareHostPath(content.path, content.hostType)
          return content.path
        case 'empty':
          await mkdir(directory, { recursive: true })
          await chmod(directory, 0o777)
          await own(directory, content)
          return directory
        case 'files':
          await mkdir(directory, { recursive: true })
          await chmod(directory, 0o777)
          await writeAtomically(directory, content.files, content.fsGroup)
          return directory
      }
    },
    async subPath(volume, subPath) {
      const clean = normalize(subPath)
      if (isAbsolute(clean) || clean.split(sep).includes('..')) throw new Error(`subPath "${subPath}" not within volume path`)
      const target = join(volume, clean)
      const found = await stat(target).catch(() => undefined)
      if (!found) await mkdir(target, { recursive: true, mode: 0o750 })
      const [real, root] = [await realpath(target), await realpath(volume)]
      if (real !== root && !real.startsWith(`${root}/`)) throw new Error(`subPath "${subPath}" not within volume path`)
      return real
    },
    async writeFile(path, text) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
    },
    remove: (directory) => rm(directory, { recursive: true, force: true }),
    list: (directory) => readdir(directory).catch(() => []),
  }
}

async function own(path: string, content: VolumeContent): Promise<void> {
  if (!('fsGroup' in content) || content.fsGroup === undefined) return
  await chown(path, -1, content.fsGroup).catch(() => {})
  await chmod(path, 0o2777).catch(() => {})
}

/** What each hostPath type wants to find or has made (core/v1 HostPathType). */
async function prepareHostPath(path: string, type: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  const fail = (what: string) => {
    throw new Error(`hostPath type check failed: ${path} is not a ${what}`)
  }
  switch (type) {
    case 'DirectoryOrCreate':
      if (!found) await mkdir(path, { recursive: true, mode: 0o755 })
      else if (!found.isDirectory()) fail('directory')
      return
    case 'FileOrCreate':
      if (!found) await writeFile(path, '', { mode: 0o644 })
      else if (!found.isFile()) fail('file')
      return
    case 'Directory':
      return found?.isDirectory() ? undefined : fail('directory')
    case 'File':
      return found?.isFile() ? undefined : fail('file')
    case 'Socket':
      return found?.isSocket() ? undefined : fail('socket file')
    case 'CharDevice':
      return found?.isCharacterDevice() ? undefined : fail('character device')
    case 'BlockDevice':
      return found?.isBlockDevice() ? undefined : fail('block device')
    default:
      // As container runtimes do for a source that is not there.
      if (!found) await mkdir(path, { recursive: true, mode: 0o755 })
  }
}

async function writeAtomically(directory: string, files: readonly VolumeFile[], fsGroup: number | undefined): Promise<void> {
  const data = join(directory, '..data')
  const old = await readlink(data).catch(() => undefined)
  if (old !== undefined && (await isSame(join(directory, old), files))) return
  const name = `..${new Date().toISOString().replace(/[-:T]/g, '_').slice(0, 19)}.${randomBytes(5).readUIntBE(0, 5)}`
  const fresh = join(directory, name)
  await mkdir(fresh, { mode: 0o755 })
  for (const { path, bytes, mode } of files) {
    const at = join(fresh, path)
    await mkdir(dirname(at), { recursive: true })
    await writeFile(at, bytes)
    await chmod(at, mode | (fsGroup === undefined ? 0 : 0o040))
    if (fsGroup !== undefined) await chown(at, -1, fsGroup).catch(() => {})
  }
  await symlink(name, join(directory, '..data_tmp')).catch(async () => {
    await rm(join(directory, '..data_tmp'), { force: true })
    await symlink(name, join(directory, '..data_tmp'))
  })
  await rename(join(directory, '..data_tmp'), data)
  await linkVisible(directory, new Set(files.map(({ path }) => path.split('/')[0] ?? path)))
  if (old !== undefined) await rm(join(directory, old), { recursive: true, force: true })
}

/** The names a user sees are links through ..data: made for new ones, removed for those that are gone. */
async function linkVisible(directory: string, names: ReadonlySet<string>): Promise<void> {
  for (const name of names) await symlink(join('..data', name), join(directory, name)).catch(() => {})
  for (const name of await readdir(directory)) {
    if (name.startsWith('..') || names.has(name)) continue
    if ((await lstat(join(directory, name))).isSymbolicLink()) await rm(join(directory, name))
  }
}

async function isSame(directory: string, files: readonly VolumeFile[]): Promise<boolean> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  if (names.filter((entry) => entry.isFile()).length !== files.length) return false
  for (const { path, bytes } of files) {
    const found = await readFile(join(directory, path)).catch(() => undefined)
    if (!found?.equals(bytes)) return false
  }
  return true
}
