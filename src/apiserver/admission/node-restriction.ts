/** NodeRestriction: a kubelet writes its own node, its own pods' status and its own lease, and no more (plugin/pkg/admission/noderestriction). */
import type { KubeObject } from '../../api/meta/object.js'
import type { TokenRequest } from '../../api/types/authentication-v1.js'
import type { Node, Pod } from '../../api/types/core-v1.js'
import { sameData } from '../resource/equal.js'
import type { Attributes } from './attributes.js'
import { forbiddenBy } from './forbidden-by.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'

const pods = { group: '', resource: 'pods' }
const mirrorAnnotation = 'kubernetes.io/config.mirror'
const leaseNamespace = 'kube-node-lease'
const userPrefix = 'system:node:'

export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  validate(attributes, world) {
    const { user, kind } = attributes
    if (!user.groups.includes('system:nodes') || !user.name.startsWith(userPrefix)) return
    const node = user.name.slice(userPrefix.length)
    const refusal = judges[`${kind.group}/${kind.plural}`]?.(attributes, node, world)
    if (refusal !== undefined) throw forbiddenBy(attributes, refusal)
  },
}

/** Why the write is refused; undefined when it is not. */
type Judge = (attributes: Attributes, node: string, world: AdmissionWorld) => string | undefined

const judges: Readonly<Record<string, Judge>> = {
  '/pods': judgePod,
  '/nodes': judgeNode,
  '/serviceaccounts': judgeToken,
  '/persistentvolumeclaims': judgeClaim,
  'coordination.k8s.io/leases': judgeLease,
  'storage.k8s.io/csinodes': judgeCsiNode,
  'resource.k8s.io/resourceslices': judgeResourceSlice,
}

function judgePod(attributes: Attributes, node: string, world: AdmissionWorld): string | undefined {
  const { operation, subresource, namespace, name } = attributes
  const nodeOf = (object: KubeObject | undefined): string | undefined => (object as Pod | undefined)?.spec?.nodeName
  const actual = attributes.old ?? world.lookup.get(pods, namespace, name)
  switch (`${operation} ${subresource}`) {
    case 'CREATE ':
      return judgeMirror(attributes.object as Pod & KubeObject, node)
    case 'DELETE ':
      return nodeOf(attributes.old) === node
        ? undefined
        : `node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`
    case 'UPDATE status':
      if (nodeOf(attributes.old) !== node)
        return `node ${JSON.stringify(node)} can only update pod status for pods with spec.nodeName set to itself`
      return sameData(attributes.old?.metadata.labels ?? {}, attributes.object?.metadata.labels ?? {})
        ? undefined
        : `node ${JSON.stringify(node)} cannot update labels through pod status`
    case 'CREATE eviction':
      return nodeOf(actual) === node ? undefined : `node ${node} can only evict pods with spec.nodeName set to itself`
    default:
      return subresource === ''
        ? `unexpected operation ${JSON.stringify(operation)}, node ${JSON.stringify(node)} can only create and delete mirror pods`
        : `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`
  }
}

function judgeMirror({ metadata, spec }: Pod & KubeObject, node: string): string | undefined {
  if (metadata.annotations?.[mirrorAnnotation] === undefined)
    return `pod does not have ${JSON.stringify(mirrorAnnotation)} annotation, node ${JSON.stringify(node)} can only create mirror pods`
  if (spec?.nodeName !== node) return `node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`
  if ((metadata.ownerReferences?.length ?? 0) > 1)
    return `node ${JSON.stringify(node)} can only create pods with a single owner reference set to itself`
  const [owner] = metadata.ownerReferences ?? []
  if (owner && (owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node))
    return `node ${JSON.stringify(node)} can only create pods with an owner reference set to itself`
  if (spec.serviceAccountName) return `node ${JSON.stringify(node)} can not create pods that reference a service account`
  for (const volume of spec.volumes ?? []) {
    if (volume.secret) return `node ${JSON.stringify(node)} can not create pods that reference secrets`
    if (volume.configMap) return `node ${JSON.stringify(node)} can not create pods that reference configmaps`
    if (volume.persistentVolumeClaim) return `node ${JSON.stringify(node)} can not create pods that reference persistentvolumeclaims`
  }
  return undefined
}

function judgeNode({ operation, subresource, name, object, old }: Attributes, node: string): string | undefined {
  const requested = name || object?.metadata.name || ''
  if (requested !== node) return `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(requested)}`
  if (operation === 'DELETE') return `node ${JSON.stringify(node)} is not allowed to delete itself`
  if (subresource !== '' && subresource !== 'status') return `unexpected node subresource ${JSON.stringify(subresource)}`
  const [now, before] = [object, old] as [(Node & KubeObject) | undefined, (Node & KubeObject) | undefined]
  if (now?.spec?.configSource !== undefined && !sameData(now.spec.configSource, before?.spec?.configSource))
    return `node ${JSON.stringify(node)} is not allowed to update configSource to a new non-nil configSource`
  if (operation === 'UPDATE' && !sameData(now?.spec?.taints ?? [], before?.spec?.taints ?? []))
    return `node ${JSON.stringify(node)} is not allowed to modify taints`
  const labels = changedLabels(now?.metadata.labels, before?.metadata.labels).filter(isForbiddenLabel)
  if (labels.length > 0)
    return `is not allowed to ${operation === 'CREATE' ? 'set' : 'modify'} the following labels: ${labels.sort().join(', ')}`
  if (operation === 'UPDATE' && !sameData(now?.metadata.ownerReferences ?? [], before?.metadata.ownerReferences ?? []))
    return `node ${JSON.stringify(node)} is not allowed to modify ownerReferences`
  return undefined
}

function changedLabels(now: Readonly<Record<string, string>> = {}, before: Readonly<Record<string, string>> = {}): string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((name) => now[name] !== before[name])
}

const kubeletLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.kubernetes.io/region',
  'failure-domain.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
])

/** Labels below kubernetes.io and k8s.io that a kubelet may not set on itself (KEP-279). */
function isForbiddenLabel(label: string): boolean {
  const slash = label.indexOf('/')
  const domain = slash < 0 ? '' : label.slice(0, slash)
  if (domain === 'node-restriction.kubernetes.io' || domain.endsWith('.node-restriction.kubernetes.io')) return true
  if (kubeletLabels.has(label) || /(^|\.)(kubelet|node)\.kubernetes\.io$/.test(domain)) return false
  return /(^|\.)(kubernetes|k8s)\.io$/.test(domain)
}

function judgeToken(
  { operation, subresource, namespace, name, object }: Attributes,
  node: string,
  world: AdmissionWorld,
): string | undefined {
  if (operation !== 'CREATE' || subresource !== 'token') return undefined
  const reference = (object as unknown as TokenRequest).spec?.boundObjectRef
  if (reference?.apiVersion !== 'v1' || reference.kind !== 'Pod' || !reference.name) return 'node requested token not bound to a pod'
  if (!reference.uid) return 'node requested token with a pod binding without a uid'
  const pod = world.lookup.get(pods, namespace, reference.name) as (Pod & KubeObject) | undefined
  if (!pod) return `pod ${JSON.stringify(reference.name)} not found`
  if (pod.metadata.uid !== reference.uid) return 'the UID in the bound object reference does not match the UID in record'
  if (pod.spec?.nodeName !== node) return 'node requested token bound to a pod scheduled on a different node'
  return pod.spec.serviceAccountName === name ? undefined : 'node requested token for a service account that the pod does not run as'
}

function judgeClaim({ operation, subresource, object, old }: Attributes, node: string): string | undefined {
  if (operation !== 'UPDATE' || subresource !== 'status') return `unexpected operation ${JSON.stringify(operation)}`
  const spec = (of: KubeObject | undefined): unknown => of?.spec
  return sameData(spec(object), spec(old)) ? undefined : `node ${JSON.stringify(node)} is not allowed to update fields other than status`
}

function judgeLease({ operation, namespace, name, object }: Attributes, node: string): string | undefined {
  if (namespace !== leaseNamespace) return `can only access leases in the ${JSON.stringify(leaseNamespace)} system namespace`
  const requested = operation === 'CREATE' ? object?.metadata.name : name
  return requested === node ? undefined : 'can only access node lease with the same name as the requesting node'
}

function judgeCsiNode({ name, object }: Attributes, node: string): string | undefined {
  return (name || object?.metadata.name) === node ? undefined : 'can only access CSINode with the same name as the requesting node'
}

function judgeResourceSlice({ object, old }: Attributes, node: string): string | undefined {
  const owner = ((object ?? old)?.spec as { nodeName?: string } | undefined)?.nodeName
  return owner === node ? undefined : 'can only access ResourceSlices with the same node name as the requesting node'
}
