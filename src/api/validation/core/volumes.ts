/** The volumes of a Pod. The sources that PersistentVolumes have as well are in volume-sources.ts. */
import { validateLabelSelector } from '../../meta/labels.js'
import type { ObjectMeta } from '../../meta/object.js'
import type {
  ClusterTrustBundleProjection,
  ConfigMapVolumeSource,
  CSIVolumeSource,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  EphemeralVolumeSource,
  KeyToPath,
  PodCertificateProjection,
  PodSpec,
  SecretVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../../types/core-v1.js'
import { type Alternatives, demanded, demandedOneOf, dnsSubdomain, each, firstOf, oneOf, quantityOf, selectorValue } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalid, required } from '../field-path.js'
import { isDns1123Label, isDns1123Subdomain } from '../names.js'
import { localPath, unreservedPath } from '../paths.js'
import { isClusterTrustBundleName, isKubernetesSigner, signerName, signerOfBundle } from '../signer-name.js'
import { fieldSelector, resourceSelector, volumeFields } from './downward-api.js'
import { claimTemplate } from './persistent-volume-claim.js'
import type { PodRules } from './pod-rules.js'
import {
  azureDisk,
  csiDriverName,
  fibreChannel,
  fileMode,
  flexVolume,
  flocker,
  hostPath,
  iscsi,
  iscsiTooLong,
  needs,
  nfs,
  partitioned,
  quobyte,
  secretRef,
  storageOs,
} from './volume-sources.js'

/** The good ones among the volumes: those that mounts may name. */
export type KnownVolumes = ReadonlyMap<string, Volume>

/** `meta` is that of a Pod: a template's is no name for claims. */
export function volumes(
  spec: PodSpec,
  path: FieldPath,
  meta: ObjectMeta | undefined,
  rules: PodRules,
): { readonly errors: FieldError[]; readonly known: KnownVolumes } {
  const known = new Map<string, Volume>()
  const created = new Set(
    meta?.name ? (spec.volumes ?? []).filter(({ ephemeral }) => ephemeral).map(({ name }) => `${meta.name}-${name}`) : [],
  )
  const errors = each(spec.volumes, path, (volume, at) => {
    const { name = '', persistentVolumeClaim: claim } = volume
    const found = [...volumeSource(volume, at, meta, rules), ...demanded(name, at.child('name'), isDns1123Label)]
    if (known.has(name)) found.push(duplicate(at.child('name'), name))
    if (found.length === 0) known.set(name, volume)
    if (claim && created.has(claim.claimName))
      found.push(
        invalid(
          at.child('persistentVolumeClaim', 'claimName'),
          claim.claimName,
          'must not reference a PVC that gets created for an ephemeral volume',
        ),
      )
    return found
  })
  return { errors, known }
}

/** Where upstream's paths are not the fields' names. */
const oddPaths = {
  gcePersistentDisk: ['persistentDisk', 'gcePersistentDisk'],
  cephfs: ['cephfs', 'cephFS'],
  downwardAPI: ['downwardAPI', 'downwarAPI'],
} as const

function volumeSource(volume: Volume, path: FieldPath, meta: ObjectMeta | undefined, rules: PodRules): FieldError[] {
  const { name = '' } = volume
  const { given, errors } = firstOf(volume, path, sources(volume, path, meta, rules), {
    refusal: 'may not specify more than 1 volume type',
    paths: oddPaths,
  })
  const portal = volume.iscsi && iscsiTooLong(name, volume.iscsi)
  if (portal) errors.push(invalid(path.child('name'), name, portal))
  return given === 0 ? [...errors, required(path, 'must specify a volume type')] : errors
}

function sources({ name = '' }: Volume, path: FieldPath, meta: ObjectMeta | undefined, rules: PodRules): Alternatives<Volume> {
  return {
    emptyDir: ({ sizeLimit }, at) =>
      sizeLimit !== undefined && quantityOf(sizeLimit).sign() < 0
        ? [forbiddenField(at.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity')]
        : [],
    hostPath,
    gitRepo: ({ repository, directory = '' }, at) => [
      ...(repository ? [] : [required(at.child('repository'))]),
      ...localPath(directory, at.child('directory')),
    ],
    gcePersistentDisk: partitioned('pdName'),
    awsElasticBlockStore: partitioned('volumeID'),
    secret: secretVolume,
    nfs,
    iscsi,
    glusterfs: needs('endpoints', 'path'),
    flocker,
    persistentVolumeClaim: needs('claimName'),
    rbd: needs('monitors', 'image'),
    cinder: (source, at) => [
      ...needs<typeof source>('volumeID')(source, at),
      ...secretRef(source.secretRef, at.child('secretRef'), 'name'),
    ],
    cephfs: needs('monitors'),
    quobyte,
    downwardAPI: downwardApi,
    fc: fibreChannel,
    flexVolume,
    configMap: configMapVolume,
    azureFile: needs('secretName', 'shareName'),
    vsphereVolume: needs('volumePath'),
    photonPersistentDisk: needs('pdID'),
    portworxVolume: needs('volumeID'),
    azureDisk,
    storageos: storageOs('name'),
    projected: ({ defaultMode, sources: list }, at) => [...fileMode(defaultMode, at.child('defaultMode')), ...projections(list, at, rules)],
    scaleIO: needs('gateway', 'system', 'volumeName'),
    csi,
    ephemeral: (source, at) => ephemeral(source, at, path, meta?.name && name ? { pod: meta.name, volume: name } : undefined),
    image: ({ reference, pullPolicy }, at) => [
      ...(rules.isPod && !reference ? [required(at.child('reference'))] : []),
      ...demandedOneOf(pullPolicy, at.child('pullPolicy'), pullPolicies),
    ],
  }
}

export const pullPolicies = ['Always', 'IfNotPresent', 'Never']

const secretVolume = ({ secretName, defaultMode, items }: SecretVolumeSource, path: FieldPath): FieldError[] => [
  ...(secretName ? [] : [required(path.child('secretName'))]),
  ...fileMode(defaultMode, path.child('defaultMode')),
  ...each(items, path.child('items'), keyToPath),
]

const configMapVolume = ({ name, defaultMode, items }: ConfigMapVolumeSource, path: FieldPath): FieldError[] => [
  ...(name ? [] : [required(path.child('name'))]),
  ...fileMode(defaultMode, path.child('defaultMode')),
  ...each(items, path.child('items'), keyToPath),
]

const keyToPath = ({ key, path: target = '', mode }: KeyToPath, path: FieldPath): FieldError[] => [
  ...(key ? [] : [required(path.child('key'))]),
  ...(target ? [] : [required(path.child('path'))]),
  ...unreservedPath(target, path.child('path')),
  ...fileMode(mode, path.child('mode')),
]

const csi = ({ driver, nodePublishSecretRef: secret }: CSIVolumeSource, path: FieldPath): FieldError[] => [
  ...csiDriverName(driver, path.child('driver')),
  ...(secret && !secret.name ? [required(path.child('nodePublishSecretRef', 'name'))] : []),
  ...(secret?.name ? dnsSubdomain(secret.name, path.child('name')) : []),
]

function ephemeral(
  { volumeClaimTemplate }: EphemeralVolumeSource,
  path: FieldPath,
  volumePath: FieldPath,
  names: { readonly pod: string; readonly volume: string } | undefined,
): FieldError[] {
  const errors = volumeClaimTemplate
    ? claimTemplate(volumeClaimTemplate, path.child('volumeClaimTemplate'))
    : [required(path.child('volumeClaimTemplate'))]
  if (!names) return errors
  const claim = `${names.pod}-${names.volume}`
  return [
    ...errors,
    ...isDns1123Subdomain(claim).map((text) =>
      invalid(volumePath.child('name'), names.volume, `PVC name ${JSON.stringify(claim)}: ${text}`),
    ),
  ]
}

/** Upstream names no item: all errors stand at the source itself. */
const downwardApi = ({ defaultMode, items }: DownwardAPIVolumeSource, path: FieldPath): FieldError[] => [
  ...fileMode(defaultMode, path.child('defaultMode')),
  ...(items ?? []).flatMap((file) => downwardApiFile(file, path)),
]

function downwardApiFile({ path: target = '', fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile, path: FieldPath): FieldError[] {
  const errors = [...(target ? [] : [required(path.child('path'))]), ...unreservedPath(target, path.child('path'))]
  if (fieldRef) {
    errors.push(...fieldSelector(fieldRef, path.child('fieldRef'), volumeFields))
    if (resourceFieldRef) errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
  } else if (resourceFieldRef) errors.push(...resourceSelector(resourceFieldRef, path.child('resourceFieldRef'), 'volume'))
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'))
  return [...errors, ...fileMode(mode, path.child('mode'))]
}

/** Where projected files meet: no two at one path. */
class Paths {
  readonly #taken = new Set<string>()
  readonly #at: FieldPath
  constructor(at: FieldPath) {
    this.#at = at
  }
  /** `blamed` is the value that upstream shows for a conflict. */
  take(path: string | undefined, blamed: string): FieldError[] {
    if (!path) return []
    if (this.#taken.has(path)) return [invalid(this.#at, blamed, 'conflicting duplicate paths')]
    this.#taken.add(path)
    return []
  }
}

function projections(list: readonly VolumeProjection[] | undefined, path: FieldPath, rules: PodRules): FieldError[] {
  const paths = new Paths(path)
  return each(list, path.child('sources'), (source, at) => {
    const errors: FieldError[] = []
    for (const name of ['secret', 'configMap'] as const) {
      const given = source[name]
      if (!given) continue
      if (!given.name) errors.push(required(at.child(name, 'name')))
      errors.push(
        ...each(given.items, at.child(name, 'items'), (item, place) => [
          ...keyToPath(item, place),
          ...paths.take(item.path, given.name ?? ''),
        ]),
      )
    }
    for (const file of source.downwardAPI?.items ?? [])
      errors.push(...downwardApiFile(file, at.child('downwardAPI')), ...paths.take(file.path, file.path))
    const { serviceAccountToken: token, clusterTrustBundle: bundle, podCertificate: certificate } = source
    if (token) errors.push(...tokenProjection(token, at.child('serviceAccountToken'), path, rules))
    if (bundle) errors.push(...bundleProjection(bundle, at.child('clusterTrustBundle')), ...paths.take(bundle.path, bundle.path))
    if (certificate) errors.push(...certificateProjection(certificate, at.child('podCertificate'), paths))
    const given = [source.secret, source.configMap, source.downwardAPI, token, bundle, certificate].filter(Boolean).length
    return given > 1 ? [...errors, forbiddenField(at, 'may not specify more than 1 volume type per source')] : errors
  })
}

function tokenProjection(
  { expirationSeconds = 0, path: target }: ServiceAccountTokenProjection,
  path: FieldPath,
  volume: FieldPath,
  rules: PodRules,
): FieldError[] {
  const at = path.child('expirationSeconds')
  return [
    ...(expirationSeconds < 600 ? [invalid(at, expirationSeconds, 'may not specify a duration less than 10 minutes')] : []),
    ...(expirationSeconds > 2 ** 32 ? [invalid(at, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')] : []),
    ...(target ? (rules.tokenPathsAnywhere ? [] : unreservedPath(target, volume.child('path'))) : [required(volume.child('path'))]),
  ]
}

function bundleProjection(bundle: ClusterTrustBundleProjection, path: FieldPath): FieldError[] {
  const { name, signerName: signer, labelSelector, path: target = '' } = bundle
  const errors: FieldError[] = []
  if (name !== undefined && signer !== undefined)
    errors.push(invalid(path, goBundle(bundle), 'only one of name and signerName may be used'))
  else if (name !== undefined) {
    if (name === '') errors.push(required(path.child('name'), 'must be a valid object name'))
    const wrong = isClusterTrustBundleName(name, name.includes(':') ? signerOfBundle(name) : '')
    errors.push(...wrong.map((text) => invalid(path.child('name'), name, `not a valid clustertrustbundlename: ${text}`)))
    if (labelSelector)
      errors.push(invalid(path.child('labelSelector'), selectorValue(labelSelector), 'labelSelector must be unset if name is specified'))
  } else if (signer !== undefined) {
    if (signer === '') errors.push(required(path.child('signerName'), 'must be a valid signer name'))
    errors.push(...signerName(signer, path.child('signerName')), ...validateLabelSelector(labelSelector, path.child('labelSelector')))
  } else errors.push(required(path, 'either name or signerName must be specified'))
  if (!target) errors.push(required(path.child('path')))
  return [...errors, ...unreservedPath(target, path.child('path'))]
}

const goBundle = ({ name, signerName: signer, labelSelector, optional, path }: ClusterTrustBundleProjection): unknown => ({
  Name: name ?? null,
  SignerName: signer ?? null,
  LabelSelector: selectorValue(labelSelector) ?? null,
  Optional: optional ?? null,
  Path: path ?? '',
})

const keyTypes = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519']

function certificateProjection(certificate: PodCertificateProjection, path: FieldPath, paths: Paths): FieldError[] {
  const { keyType, maxExpirationSeconds: seconds } = certificate
  const errors = signerName(certificate.signerName ?? '', path.child('signerName'))
  errors.push(...oneOf(keyType, path.child('keyType'), keyTypes))
  if (seconds !== undefined && seconds < 3600)
    errors.push(invalid(path.child('maxExpirationSeconds'), seconds, 'if provided, maxExpirationSeconds must be >= 3600'))
  const max = isKubernetesSigner(certificate.signerName ?? '') ? 86_400 : 7_862_400
  if (seconds !== undefined && seconds > max)
    errors.push(invalid(path.child('maxExpirationSeconds'), seconds, `if provided, maxExpirationSeconds must be <= ${max}`))
  const names = ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const
  for (const name of names) {
    const target = certificate[name]
    if (target) errors.push(...unreservedPath(target, path.child(name)), ...paths.take(target, target))
  }
  if (!names.some((name) => certificate[name]))
    errors.push(required(path, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath'))
  return errors
}
