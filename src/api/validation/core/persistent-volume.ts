/** PersistentVolume: its source, its capacity, who may reach it, and what is decided once. */
import type { KubeObject } from '../../meta/object.js'
import type {
  CSIPersistentVolumeSource,
  NodeSelector,
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from '../../types/core-v1.js'
import {
  type Alternatives,
  dnsLabel,
  dnsSubdomain,
  entriesOf,
  firstOf,
  immutable,
  kubeMeta,
  oneOf,
  optionally,
  quantityOf,
  same,
  wholeMeta,
} from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { jsonDiff } from '../json-diff.js'
import { isDns1123Subdomain } from '../names.js'
import { fieldImmutable } from '../object-meta.js'
import { cleanPath, noBacksteps } from '../paths.js'
import { hasOddNodeValues, nodeSelector } from './node-selector.js'
import { accessModes, volumeModes } from './persistent-volume-claim.js'
import { basicAmount } from './resources.js'
import {
  azureDisk,
  csiDriverName,
  fibreChannel,
  flexVolume,
  flocker,
  hostPath,
  iscsi,
  needs,
  nfs,
  partitioned,
  quobyte,
  secretAnywhere,
  secretRef,
  storageOs,
} from './volume-sources.js'

const specOf = (object: KubeObject): PersistentVolumeSpec => (object as PersistentVolume).spec ?? {}

export const validatePersistentVolume = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...volumeSpec(specOf(object), field('spec'), { name: object.metadata.name ?? '' }),
]

export interface VolumeRules {
  /** The name of the PersistentVolume; undefined for a volume that an attachment carries itself. */
  readonly name: string | undefined
  readonly oddNodeValues?: boolean
}

const inlineText = 'in the context of inline volumes'

/** Also the inline spec of a VolumeAttachment, of which less is expected and less allowed. */
export function volumeSpec(spec: PersistentVolumeSpec, path: FieldPath, rules: VolumeRules): FieldError[] {
  const inline = rules.name === undefined
  const at = (name: string): FieldPath => path.child(name)
  const { persistentVolumeReclaimPolicy: reclaim, storageClassName, volumeMode, volumeAttributesClassName: attributes } = spec
  const refused = (name: string): FieldError => forbiddenField(at(name), `may not be specified ${inlineText}`)
  const errors: FieldError[] = []
  if (inline && spec.claimRef) errors.push(refused('claimRef'))
  if (inline && Object.keys(spec.capacity ?? {}).length > 0) errors.push(refused('capacity'))
  if (inline && !spec.csi) errors.push(required(at('csi'), `has to be specified ${inlineText}`))
  if (!spec.accessModes?.length) errors.push(required(at('accessModes')))
  errors.push(...accessModes(spec.accessModes, at('accessModes')))
  if (!inline) errors.push(...capacity(spec.capacity, at('capacity')))
  if (reclaim && inline && reclaim !== 'Retain')
    errors.push(forbiddenField(at('persistentVolumeReclaimPolicy'), `may only be Retain ${inlineText}`))
  if (reclaim && !inline) errors.push(...oneOf(reclaim, at('persistentVolumeReclaimPolicy'), ['Delete', 'Recycle', 'Retain']))
  if (spec.nodeAffinity) errors.push(...(inline ? [refused('nodeAffinity')] : nodeAffinity(spec.nodeAffinity, at('nodeAffinity'), rules)))
  errors.push(...volumeSource(spec, path, rules))
  if (spec.hostPath && cleanPath(spec.hostPath.path ?? '') === '/' && reclaim === 'Recycle')
    errors.push(forbiddenField(at('persistentVolumeReclaimPolicy'), "may not be 'recycle' for a hostPath mount of '/'"))
  if (storageClassName) errors.push(...(inline ? [refused('storageClassName')] : dnsSubdomain(storageClassName, at('storageClassName'))))
  if (volumeMode !== undefined && !inline) errors.push(...oneOf(volumeMode, at('volumeMode'), volumeModes))
  if (volumeMode !== undefined && inline && volumeMode !== 'Filesystem')
    errors.push(forbiddenField(at('volumeMode'), `may not specify volumeMode other than Filesystem ${inlineText}`))
  if (attributes === undefined) return errors
  if (attributes === '') errors.push(required(at('volumeAttributesClassName'), 'an empty string is disallowed'))
  errors.push(...optionally(attributes, at('volumeAttributesClassName'), isDns1123Subdomain))
  return spec.csi ? errors : [...errors, required(at('csi'), 'has to be specified when using volumeAttributesClassName')]
}

function capacity(given: PersistentVolumeSpec['capacity'], path: FieldPath): FieldError[] {
  const entries = entriesOf(given)
  return [
    ...(entries.length === 0 ? [required(path)] : []),
    ...(entries.length === 1 && given?.['storage'] !== undefined
      ? []
      : [notSupported(path, given ? Object.fromEntries(entries) : null, ['storage'])]),
    ...entries.flatMap(([name, value]) => [
      ...basicAmount(value, path.key(name)),
      ...(quantityOf(value).sign() > 0 ? [] : [invalid(path.key(name), value, 'must be greater than zero')]),
    ]),
  ]
}

const nodeAffinity = ({ required: needed }: VolumeNodeAffinity, path: FieldPath, { oddNodeValues }: VolumeRules): FieldError[] =>
  needed
    ? nodeSelector(needed, path.child('required'), oddNodeValues)
    : [required(path.child('required'), 'must specify required node constraints')]

const oddPaths = { gcePersistentDisk: ['persistentDisk', 'gcePersistentDisk'], cephfs: ['cephfs', 'cephFS'] } as const

function volumeSource(spec: PersistentVolumeSpec, path: FieldPath, { name = '' }: VolumeRules): FieldError[] {
  const found = firstOf(spec, path, sources(name), { refusal: 'may not specify more than 1 volume type', paths: oddPaths })
  const errors = [...found.errors]
  if (spec.local && !spec.nodeAffinity && found.given === 1)
    errors.push(required(path.child('nodeAffinity'), 'Local volume requires node affinity'))
  return found.given === 0 ? [...errors, required(path, 'must specify a volume type')] : errors
}

const sources = (name: string): Alternatives<PersistentVolumeSpec> => ({
  hostPath,
  gcePersistentDisk: partitioned('pdName'),
  awsElasticBlockStore: partitioned('volumeID'),
  glusterfs: (source, at) => [
    ...needs<typeof source>('endpoints', 'path')(source, at),
    ...(source.endpointsNamespace === ''
      ? [invalid(at.child('endpointsNamespace'), '', 'if the endpointnamespace is set, it must be a valid namespace name')]
      : []),
    ...(source.endpointsNamespace ? dnsLabel(source.endpointsNamespace, at.child('endpointsNamespace')) : []),
  ],
  flocker,
  nfs,
  rbd: needs('monitors', 'image'),
  quobyte,
  cephfs: needs('monitors'),
  iscsi: (source, at) => iscsi(source, at, name),
  cinder: (source, at) => [
    ...needs<typeof source>('volumeID')(source, at),
    ...secretRef(source.secretRef, at.child('secretRef'), 'name', 'namespace'),
  ],
  fc: fibreChannel,
  flexVolume,
  azureFile: (source, at) => [
    ...needs<typeof source>('secretName', 'shareName')(source, at),
    ...(source.secretNamespace === '' ? [required(at.child('secretNamespace'))] : []),
  ],
  vsphereVolume: needs('volumePath'),
  photonPersistentDisk: needs('pdID'),
  portworxVolume: needs('volumeID'),
  azureDisk,
  scaleIO: needs('gateway', 'system', 'volumeName'),
  local: ({ path: target }, at) => (target ? noBacksteps(target, at.child('path')) : [required(at.child('path'))]),
  storageos: storageOs('name', 'namespace'),
  csi,
})

const csiSecrets = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const

const csi = (source: CSIPersistentVolumeSource, path: FieldPath): FieldError[] => [
  ...csiDriverName(source.driver, path.child('driver')),
  ...(source.volumeHandle ? [] : [required(path.child('volumeHandle'))]),
  ...csiSecrets.flatMap((name) => {
    const ref = source[name]
    return ref ? secretAnywhere(ref, path.child(name)) : []
  }),
]

/** The fields that together are the source. */
const sourceFields = Object.keys(sources('')) as (keyof PersistentVolumeSpec)[]
const sourceOf = (spec: PersistentVolumeSpec): PersistentVolumeSpec => Object.fromEntries(sourceFields.map((name) => [name, spec[name]]))

export function validatePersistentVolumeUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [spec, old] = [specOf(object), specOf(before)]
  // Upstream's strategy judges the volume, and its update does so again.
  const whole = [
    ...wholeMeta(object.metadata, { namespaced: false }),
    ...volumeSpec(spec, field('spec'), { name: object.metadata.name ?? '', oddNodeValues: hasOddNodeValues(old.nodeAffinity?.required) }),
  ]
  const errors = [...whole, ...whole]
  const [is, was] = [structuredClone(sourceOf(spec)), sourceOf(old)]
  // A secret for growing may be added.
  if (is.csi && old.csi && !old.csi.controllerExpandSecretRef) delete is.csi.controllerExpandSecretRef
  if (!same(is, was))
    errors.push(
      forbiddenField(
        field('spec', 'persistentvolumesource'),
        `spec.persistentvolumesource is immutable after creation\n${jsonDiff(was, is)}`,
      ),
    )
  errors.push(...immutable(spec.volumeMode, old.volumeMode, field('volumeMode')))
  if (old.nodeAffinity && !same(withNewLabels(old.nodeAffinity, spec.nodeAffinity), spec.nodeAffinity))
    errors.push(
      invalid(field('nodeAffinity'), goAffinity(spec.nodeAffinity), `${fieldImmutable}, except for updating from beta label to GA`),
    )
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    errors.push(forbiddenField(field('spec', 'volumeAttributesClassName'), 'update from non-nil value to nil is forbidden'))
  return errors
}

export const validatePersistentVolumeStatusUpdate = (object: KubeObject): FieldError[] => kubeMeta(object.metadata)

/** Labels of old and what they are called now. */
const newLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
}

/** The old affinity with those labels renamed that `now` has renamed. */
function withNewLabels(old: VolumeNodeAffinity, now: VolumeNodeAffinity | undefined): VolumeNodeAffinity {
  const copy = structuredClone(old)
  const terms = now?.required?.nodeSelectorTerms ?? []
  for (const [i, term] of (copy.required?.nodeSelectorTerms ?? []).entries())
    for (const [j, item] of (term.matchExpressions ?? []).entries()) {
      const key = terms[i]?.matchExpressions?.[j]?.key
      if (key !== undefined && newLabels[item.key] === key) item.key = key
    }
  return copy
}

function goAffinity(affinity: VolumeNodeAffinity | undefined): unknown {
  const requirements = (list: NodeSelector['nodeSelectorTerms'][number]['matchFields']): unknown =>
    list?.map(({ key, operator, values }) => ({ Key: key, Operator: operator, Values: values ?? null })) ?? null
  const terms = affinity?.required?.nodeSelectorTerms?.map(({ matchExpressions, matchFields }) => ({
    MatchExpressions: requirements(matchExpressions),
    MatchFields: requirements(matchFields),
  }))
  return affinity ? { Required: affinity.required ? { NodeSelectorTerms: terms ?? null } : null } : null
}
