/**
 * The sources of volumes that Pods and PersistentVolumes share, most of them of in-tree drivers of old: what each must
 * have. Those that only Pods have are in volumes.ts.
 */
import type {
  AzureDiskVolumeSource,
  FCVolumeSource,
  HostPathVolumeSource,
  ISCSIPersistentVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
} from '../../types/core-v1.js'
import { type Check, dnsLabel, entriesOf, inRange, judged, oneOf } from '../checks.js'
import { type FieldError, type FieldPath, invalid, notSupported, required, tooLong } from '../field-path.js'
import { byteLength, inclusiveRangeError, isDns1123Subdomain } from '../names.js'
import { isAbsolute, noBacksteps } from '../paths.js'

/** The fields that must be there, in the order in which upstream misses them. */
export const needs =
  <T extends object>(...names: readonly (keyof T & string)[]): Check<T> =>
  (source, path) =>
    names.filter((name) => isMissing(source[name])).map((name) => required(path.child(name)))

const isMissing = (value: unknown): boolean => value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

/** The mode of a file: at most 0777. */
export const fileMode = (mode: number | undefined, path: FieldPath): FieldError[] =>
  mode === undefined || (mode >= 0 && mode <= 0o777)
    ? []
    : [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]

/** A reference to a Secret must name it; PersistentVolumes also need its namespace. */
export const secretRef = (
  ref: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined,
  path: FieldPath,
  ...names: readonly ('name' | 'namespace')[]
): FieldError[] => (ref ? names.filter((name) => !ref[name]).map((name) => required(path.child(name))) : [])

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

export function hostPath({ path: target = '', type }: HostPathVolumeSource, path: FieldPath): FieldError[] {
  const at = path.child('path')
  if (!target) return [required(at)]
  return [...noBacksteps(target, at), ...(type === undefined ? [] : oneOf(type, path.child('type'), hostPathTypes))]
}

/** gcePersistentDisk and awsElasticBlockStore: 0 is no partition, though the text says otherwise. */
export const partitioned =
  <K extends string>(name: K): Check<{ readonly [P in K]: string } & { readonly partition?: number | undefined }> =>
  (source, path) => [
    ...(source[name] ? [] : [required(path.child(name))]),
    ...((source.partition ?? 0) < 0 || (source.partition ?? 0) > 255
      ? [invalid(path.child('partition'), source.partition, inclusiveRangeError(1, 255))]
      : []),
  ]

export const nfs = (source: NFSVolumeSource, path: FieldPath): FieldError[] => [
  ...needs<NFSVolumeSource>('server', 'path')(source, path),
  ...(isAbsolute(source.path ?? '') ? [] : [invalid(path.child('path'), source.path ?? '', 'must be an absolute path')]),
]

const initiators: readonly (readonly [string, RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([0-9A-Za-z-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[0-9A-Za-z]{16}$/],
  ['naa', /^naa.[0-9A-Za-z]{32}$/],
]

/** An iSCSI name; its kind of name is told by the first letters. */
function iscsiName(name: string, path: FieldPath, unknown: string): FieldError[] {
  const kind = initiators.find(([prefix]) => name.startsWith(prefix))
  if (!kind) return [invalid(path, name, unknown)]
  return kind[1].test(name) ? [] : [invalid(path, name, 'must be valid format')]
}

const portalText = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'
export const iscsiTooLong = (
  name: string,
  { initiatorName, targetPortal = '' }: ISCSIVolumeSource | ISCSIPersistentVolumeSource,
): string | undefined => (initiatorName !== undefined && byteLength(`${name}:${targetPortal}`) > 64 ? portalText : undefined)

export function iscsi(source: ISCSIVolumeSource | ISCSIPersistentVolumeSource, path: FieldPath, persistentName?: string): FieldError[] {
  const unknown = persistentName === undefined ? 'must be valid format starting with iqn, eui, or naa' : 'must be valid format'
  const tooLongText = persistentName === undefined ? undefined : iscsiTooLong(persistentName, source)
  const { targetPortal, iqn, lun = 0, chapAuthDiscovery, chapAuthSession, secretRef: secret, initiatorName } = source
  return [
    ...(targetPortal ? [] : [required(path.child('targetPortal'))]),
    ...(tooLongText ? [invalid(path.child('targetportal'), targetPortal ?? '', tooLongText)] : []),
    ...(iqn ? iscsiName(iqn, path.child('iqn'), unknown) : [required(path.child('iqn'))]),
    ...inRange(lun, path.child('lun'), 0, 255),
    ...((chapAuthDiscovery || chapAuthSession) && !secret ? [required(path.child('secretRef'))] : []),
    ...(persistentName === undefined ? [] : secretRef(secret, path.child('secretRef'), 'name')),
    ...(initiatorName === undefined ? [] : iscsiName(initiatorName, path.child('initiatorname'), unknown)),
  ]
}

export function fibreChannel({ targetWWNs = [], wwids = [], lun }: FCVolumeSource, path: FieldPath): FieldError[] {
  const at = path.child('targetWWNs')
  const errors: FieldError[] = []
  if (targetWWNs.length === 0 && wwids.length === 0) errors.push(required(at, 'must specify either targetWWNs or wwids, but not both'))
  if (targetWWNs.length > 0 && wwids.length > 0)
    errors.push(invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'))
  if (targetWWNs.length === 0) return errors
  if (lun === undefined) return [...errors, required(path.child('lun'), 'lun is required if targetWWNs is specified')]
  return [...errors, ...inRange(lun, path.child('lun'), 0, 255)]
}

const isHostPort = (text: string): boolean => /^(\[[^[\]]*\]|[^:[\]]*):[^:]*$/.test(text)

export function quobyte({ registry = '', tenant = '', volume }: QuobyteVolumeSource, path: FieldPath): FieldError[] {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas'
  const errors: FieldError[] = []
  if (!registry) errors.push(required(path.child('registry'), pairs))
  else if (byteLength(tenant) >= 65)
    errors.push(required(path.child('tenant'), 'must be a UUID and may not exceed a length of 64 characters'))
  else for (const pair of registry.split(',')) if (!isHostPort(pair)) errors.push(invalid(path.child('registry'), registry, pairs))
  return volume ? errors : [...errors, required(path.child('volume'))]
}

/** Who may write to the flex driver's options: not Kubernetes' own namespaces. */
export const flexVolume: Check<{ readonly driver: string; readonly options?: Record<string, string> | undefined }> = (
  { driver, options },
  path,
) => [
  ...(driver ? [] : [required(path.child('driver'))]),
  ...entriesOf(options)
    .filter(([key]) => /\.(kubernetes|k8s)\.io$/.test(`.${(key.split('/')[0] ?? '').toLowerCase()}`))
    .map(([key]) => invalid(path.child('options').key(key), key, 'kubernetes.io and k8s.io namespaces are reserved')),
]

export const flocker: Check<{ readonly datasetName?: string | undefined; readonly datasetUUID?: string | undefined }> = (
  { datasetName = '', datasetUUID = '' },
  path,
) => [
  ...(datasetName || datasetUUID ? [] : [required(path, 'one of datasetName and datasetUUID is required')]),
  ...(datasetName && datasetUUID ? [invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')] : []),
  ...(datasetName.includes('/') ? [invalid(path.child('datasetName'), datasetName, "must not contain '/'")] : []),
]

const managedDisk = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const blobDisk = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

export function azureDisk({ diskName, diskURI = '', cachingMode, kind }: AzureDiskVolumeSource, path: FieldPath): FieldError[] {
  const errors = needs<AzureDiskVolumeSource>('diskName', 'diskURI')({ diskName, diskURI }, path)
  if (cachingMode !== undefined) errors.push(...oneOf(cachingMode, path.child('cachingMode'), ['None', 'ReadOnly', 'ReadWrite']))
  if (kind === undefined) return errors
  errors.push(...oneOf(kind, path.child('kind'), ['Dedicated', 'Managed', 'Shared']))
  const [start, form] = kind === 'Managed' ? ['/subscriptions/', managedDisk] : ['https://', blobDisk]
  return diskURI.startsWith(start) ? errors : [...errors, notSupported(path.child('diskURI'), diskURI, [form])]
}

interface StorageOs {
  readonly volumeName?: string | undefined
  readonly volumeNamespace?: string | undefined
  readonly secretRef?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined
}

export const storageOs =
  (...names: readonly ('name' | 'namespace')[]): Check<StorageOs> =>
  ({ volumeName, volumeNamespace, secretRef: secret }, path) => [
    ...(volumeName ? dnsLabel(volumeName, path.child('volumeName')) : [required(path.child('volumeName'))]),
    ...(volumeNamespace ? dnsLabel(volumeNamespace, path.child('volumeNamespace')) : []),
    ...secretRef(secret, path.child('secretRef'), ...names),
  ]

const driverBytesMax = 63

/** The name of a CSI driver: a DNS subdomain, in whatever case. */
export function csiDriverName(name: string | undefined, path: FieldPath): FieldError[] {
  const driver = name ?? ''
  return [
    ...(driver ? [] : [required(path)]),
    ...(byteLength(driver) > driverBytesMax ? [tooLong(path, driverBytesMax)] : []),
    ...isDns1123Subdomain(driver.toLowerCase()).map((text) => invalid(path, driver, text)),
  ]
}

/** A reference from a PersistentVolume to a Secret anywhere. */
export const secretAnywhere: Check<{ readonly name?: string | undefined; readonly namespace?: string | undefined }> = (
  { name, namespace },
  path,
) => [
  ...(name ? judged(name, path.child('name'), isDns1123Subdomain) : [required(path.child('name'))]),
  ...(namespace ? dnsLabel(namespace, path.child('namespace')) : [required(path.child('namespace'))]),
]
