/**
 * What a pod's volumes hold (pure) and the Volumes port that makes them exist. Contents are computed from API objects; the
 * port writes them so that a reader sees the old files or the new ones, never a mixture (upstream's atomic writer).
 */
import type { ConfigMap, KeyToPath, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Volume } from '../../api/types/core-v1.js'
import { ConfigError, decodeBase64, fieldValue, resourceValue } from './environment.js'

export interface VolumeFile {
  /** Relative, without '..'. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Permission bits. */
  readonly mode: number
}

export type VolumeContent =
  | { readonly type: 'empty'; readonly inMemory: boolean; readonly fsGroup?: number }
  | { readonly type: 'files'; readonly files: readonly VolumeFile[]; readonly fsGroup?: number }
  | { readonly type: 'host'; readonly path: string; readonly hostType: string }

/** The port: makes a pod's directories and files, given absolute paths. Rejects with an Error whose message users see. */
export interface Volumes {
  /** Makes or refreshes one volume in `directory`; returns the host path to mount. */
  setUp(directory: string, content: VolumeContent): Promise<string>
  /** The host path of a subPath of a volume, made if absent; never outside the volume. */
  subPath(volume: string, subPath: string): Promise<string>
  /** Writes a single file whose inode stays the same: containers have it mounted. */
  writeFile(path: string, text: string): Promise<void>
  /** Removes a pod's directory and everything in it, but nothing that hostPath leads to. */
  remove(directory: string): Promise<void>
  /** Names in a directory; empty when there is none. */
  list(directory: string): Promise<readonly string[]>
}

/** Where contents come from. Absent objects are undefined. */
export interface VolumeSources {
  readonly pod: Pod
  readonly podIp: string
  readonly hostIp: string
  readonly allocatable: Readonly<Record<string, string>>
  configMap(name: string): Promise<ConfigMap | undefined>
  secret(name: string): Promise<Secret | undefined>
  claim(name: string): Promise<PersistentVolumeClaim | undefined>
  persistentVolume(name: string): Promise<PersistentVolume | undefined>
  token(request: { readonly audience: string | undefined; readonly expirationSeconds: number }): Promise<string>
}

const encoder = new TextEncoder()

/** What this volume is to hold now. Throws ConfigError when that cannot be known (yet). */
export async function volumeContent(volume: Volume, sources: VolumeSources): Promise<VolumeContent> {
  const group = sources.pod.spec?.securityContext?.fsGroup
  const fsGroup = group === undefined ? {} : { fsGroup: group }
  if (volume.hostPath) return { type: 'host', path: volume.hostPath.path, hostType: volume.hostPath.type ?? '' }
  if (volume.configMap)
    return { type: 'files', ...fsGroup, files: await configMapFiles(volume.configMap, volume.configMap.defaultMode ?? 0o644, sources) }
  if (volume.secret)
    return {
      type: 'files',
      ...fsGroup,
      files: await secretFiles({ ...volume.secret, name: volume.secret.secretName }, volume.secret.defaultMode ?? 0o644, sources),
    }
  if (volume.downwardAPI)
    return {
      type: 'files',
      ...fsGroup,
      files: downwardFiles(volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? 0o644, sources),
    }
  if (volume.projected) return { type: 'files', ...fsGroup, files: await projectedFiles(volume.projected, sources) }
  if (volume.persistentVolumeClaim) return claimContent(volume.persistentVolumeClaim.claimName, sources)
  if (volume.ephemeral) return claimContent(`${sources.pod.metadata.name}-${volume.name}`, sources)
  if (volume.emptyDir || Object.keys(volume).every((key) => key === 'name'))
    return { type: 'empty', inMemory: volume.emptyDir?.medium === 'Memory', ...fsGroup }
  const kind = Object.keys(volume).find((key) => key !== 'name') ?? ''
  throw new ConfigError(`MountVolume.SetUp failed for volume "${volume.name}" : this node has no driver for volumes of type ${kind}`)
}

async function claimContent(name: string, sources: VolumeSources): Promise<VolumeContent> {
  const claim = await sources.claim(name)
  if (!claim)
    throw new ConfigError(`error processing PVC ${sources.pod.metadata.namespace}/${name}: persistentvolumeclaim "${name}" not found`)
  const volumeName = claim.spec?.volumeName
  if (!volumeName || claim.status?.phase !== 'Bound')
    throw new ConfigError(`error processing PVC ${sources.pod.metadata.namespace}/${name}: PVC is not bound`)
  const volume = await sources.persistentVolume(volumeName)
  if (!volume) throw new ConfigError(`persistentvolume "${volumeName}" not found`)
  const path = volume.spec?.hostPath?.path ?? volume.spec?.local?.path
  if (path === undefined) throw new ConfigError(`this node has no driver for persistent volume "${volumeName}"`)
  return { type: 'host', path, hostType: volume.spec?.hostPath?.type || 'DirectoryOrCreate' }
}

interface KeyedSource {
  readonly name?: string | undefined
  readonly items?: readonly KeyToPath[] | undefined
  readonly optional?: boolean | undefined
}

async function configMapFiles(source: KeyedSource, mode: number, sources: VolumeSources): Promise<VolumeFile[]> {
  const found = await sources.configMap(source.name ?? '')
  if (!found && !source.optional) throw new ConfigError(`configmap "${source.name}" not found`)
  const data = new Map<string, Uint8Array>()
  for (const [key, value] of Object.entries(found?.data ?? {})) data.set(key, encoder.encode(value))
  for (const [key, value] of Object.entries(found?.binaryData ?? {})) data.set(key, decodeBase64(value))
  return keyedFiles(data, source, mode, 'configmap')
}

async function secretFiles(source: KeyedSource, mode: number, sources: VolumeSources): Promise<VolumeFile[]> {
  const found = await sources.secret(source.name ?? '')
  if (!found && !source.optional) throw new ConfigError(`secret "${source.name}" not found`)
  return keyedFiles(new Map(Object.entries(found?.data ?? {}).map(([key, value]) => [key, decodeBase64(value)])), source, mode, 'secret')
}

function keyedFiles(data: ReadonlyMap<string, Uint8Array>, { items, optional }: KeyedSource, mode: number, what: string): VolumeFile[] {
  if (!items) return [...data].map(([path, bytes]) => ({ path, bytes, mode }))
  return items.flatMap((item) => {
    const bytes = data.get(item.key)
    if (bytes) return [{ path: item.path, bytes, mode: item.mode ?? mode }]
    if (optional) return []
    throw new ConfigError(`${what} references non-existent ${what === 'secret' ? 'secret' : 'config'} key: ${item.key}`)
  })
}

type DownwardItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number]

function downwardFiles(items: readonly DownwardItem[], mode: number, sources: VolumeSources): VolumeFile[] {
  return items.map((item) => {
    const ref = item.resourceFieldRef
    const container = sources.pod.spec?.containers.find(({ name }) => name === ref?.containerName)
    const text = item.fieldRef
      ? fieldValue(item.fieldRef.fieldPath, sources)
      : ref
        ? resourceValue(ref.resource, ref.divisor, container, sources.allocatable)
        : ''
    return { path: item.path, bytes: encoder.encode(text), mode: item.mode ?? mode }
  })
}

async function projectedFiles(projected: NonNullable<Volume['projected']>, sources: VolumeSources): Promise<VolumeFile[]> {
  const mode = projected.defaultMode ?? 0o644
  const files: VolumeFile[] = []
  for (const source of projected.sources ?? []) {
    if (source.configMap) files.push(...(await configMapFiles(source.configMap, mode, sources)))
    if (source.secret) files.push(...(await secretFiles(source.secret, mode, sources)))
    if (source.downwardAPI) files.push(...downwardFiles(source.downwardAPI.items ?? [], mode, sources))
    if (source.serviceAccountToken) {
      const { path, audience, expirationSeconds } = source.serviceAccountToken
      const token = await sources.token({ audience, expirationSeconds: expirationSeconds ?? 3600 })
      // Readable by the group when there is one, else by the owner only (pkg/volume/projected).
      files.push({ path, bytes: encoder.encode(token), mode: runsAsOther(sources.pod) ? 0o644 : 0o600 })
    }
  }
  return files
}

function runsAsOther(pod: Pod): boolean {
  const users = [
    pod.spec?.securityContext?.runAsUser,
    ...(pod.spec?.containers ?? []).map(({ securityContext }) => securityContext?.runAsUser),
  ]
  return users.some((user) => user !== undefined && user !== 0) || pod.spec?.securityContext?.fsGroup !== undefined
}
