/**
 * A Pod's spec, in a Pod or in the template of one (ValidatePodSpec), in upstream's order. Its parts: container.ts,
 * volumes.ts, scheduling.ts, security-context.ts, resources.ts, pod-os.ts; what was there before is in pod-rules.ts.
 */
import type { ObjectMeta } from '../../meta/object.js'
import type { PodDNSConfig, PodSpec, PodTemplateSpec } from '../../types/core-v1.js'
import { demandedOneOf, dnsLabel, dnsSubdomain, each, inRange, judged, optionally, qualifiedName } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalid, notFoundValue, required, tooLong } from '../field-path.js'
import { validateLegacyIp } from '../ip.js'
import { byteLength, isDns1123Label, isDns1123Subdomain, isDns1123SubdomainWithUnderscore } from '../names.js'
import { validateAnnotations, validateLabels } from '../object-meta.js'
import { ephemeralContainers, initContainers, mainContainers, type Surroundings } from './container.js'
import { podAnnotations, profilesMatchAnnotations } from './pod-annotations.js'
import { podOs, windowsHostProcess } from './pod-os.js'
import { podLevelResources } from './pod-resources.js'
import { containersOf, type PodRules, templateRules } from './pod-rules.js'
import { containerResources } from './resources.js'
import { affinity, schedulingGates, tolerations, topologySpread } from './scheduling.js'
import { podSecurity } from './security-context.js'
import { volumes } from './volumes.js'

const int32Max = 2147483647

/** `meta` is that of a Pod, undefined for a template. */
export function podSpec(spec: PodSpec, path: FieldPath, meta: ObjectMeta | undefined, rules: PodRules): FieldError[] {
  const found = volumes(spec, path.child('volumes'), meta, rules)
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean))
  const around: Surroundings = { spec, volumes: found.known, claims, rules }
  const at = (name: string): FieldPath => path.child(name)
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(at('terminationGracePeriodSeconds'))] : []),
    ...found.errors,
    ...resourceClaims(spec, at('resourceClaims'), meta),
    ...mainContainers(at('containers'), around),
    ...initContainers(at('initContainers'), around),
    ...ephemeralContainers(at('ephemeralContainers'), around),
    ...podLevelResources(spec, at('resources'), { claims, partialHugePages: rules.partialHugePages }),
    ...hostNetworkPorts(spec, at('containers'), rules),
    ...demandedOneOf(spec.restartPolicy, at('restartPolicy'), ['Always', 'OnFailure', 'Never']),
    ...demandedOneOf(spec.dnsPolicy, at('dnsPolicy'), ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...validateLabels(spec.nodeSelector, at('nodeSelector')),
    ...podSecurity(spec, at('securityContext'), rules.hostSysctls),
    ...affinity(spec.affinity, at('affinity'), rules),
    ...dnsConfig(spec, at('dnsConfig')),
    ...each(spec.readinessGates, at('readinessGates'), ({ conditionType = '' }, gate) =>
      qualifiedName(conditionType, gate.child('conditionType')),
    ),
    ...schedulingGates(spec.schedulingGates, at('schedulingGates')),
    ...topologySpread(spec.topologySpreadConstraints, at('topologySpreadConstraints'), rules),
    ...windowsHostProcess(spec, path),
    ...userNamespace(spec, path, rules),
    ...hostnameOverride(spec, at('hostnameOverride')),
    ...names(spec, path),
    ...(spec.overhead
      ? containerResources({ limits: spec.overhead }, at('overhead'), { claims: new Set(), partialHugePages: rules.partialHugePages })
      : []),
    ...podOs(spec, path),
    ...fileKeyVolumes(spec, path),
  ]
}

/** Names of other objects, of the host, and what stands among them. */
function names(spec: PodSpec, path: FieldPath): FieldError[] {
  const { activeDeadlineSeconds: deadline, runtimeClassName, preemptionPolicy } = spec
  const at = (name: string): FieldPath => path.child(name)
  return [
    ...optionally(spec.serviceAccountName, at('serviceAccountName'), isDns1123Subdomain),
    ...optionally(spec.nodeName, at('nodeName'), isDns1123Subdomain),
    ...(deadline === undefined ? [] : inRange(deadline, at('activeDeadlineSeconds'), 1, int32Max)),
    ...optionally(spec.hostname, at('hostname'), isDns1123Label),
    ...optionally(spec.subdomain, at('subdomain'), isDns1123Label),
    ...tolerations(spec.tolerations, at('tolerations')),
    ...each(spec.hostAliases, at('hostAliases'), ({ ip, hostnames }, place) => [
      ...validateLegacyIp(place.child('ip'), ip ?? ''),
      ...each(hostnames, place.child('hostnames'), dnsSubdomain),
    ]),
    ...optionally(spec.priorityClassName, at('priorityClassName'), isDns1123Subdomain),
    ...(runtimeClassName === undefined ? [] : dnsSubdomain(runtimeClassName, at('runtimeClassName'))),
    ...(preemptionPolicy === undefined ? [] : demandedOneOf(preemptionPolicy, at('preemptionPolicy'), ['PreemptLowerPriority', 'Never'])),
  ]
}

/** The template of a workload (ValidatePodTemplateSpec); `old` is the one it follows. */
export function podTemplate(template: PodTemplateSpec | undefined, path: FieldPath, old?: PodTemplateSpec): FieldError[] {
  const { metadata = {}, spec = { containers: [] } } = template ?? {}
  const rules = templateRules(old)
  return [
    ...validateLabels(metadata.labels, path.child('labels')),
    ...validateAnnotations(metadata.annotations, path.child('annotations')),
    ...podAnnotations(metadata.annotations, spec, path.child('annotations'), rules),
    ...podSpec(spec, path.child('spec'), undefined, rules),
    ...profilesMatchAnnotations(metadata.annotations, spec, path.child('spec')),
    ...(spec.ephemeralContainers?.length
      ? [forbiddenField(path.child('spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template')]
      : []),
  ]
}

function resourceClaims(spec: PodSpec, path: FieldPath, meta: ObjectMeta | undefined): FieldError[] {
  const isStatic = meta?.annotations?.['kubernetes.io/config.mirror'] !== undefined
  const seen = new Set<string>()
  return each(spec.resourceClaims, path, (claim, at) => {
    const { name, resourceClaimName: own, resourceClaimTemplateName: template } = claim
    if (isStatic) return [{ reason: 'FieldValueForbidden', field: '', detail: 'Forbidden: static pods do not support resource claims' }]
    const errors: FieldError[] = []
    if (!name) errors.push(required(at.child('name')))
    else if (seen.has(name)) errors.push(duplicate(at.child('name'), name))
    else errors.push(...dnsLabel(name, at.child('name')))
    if (name) seen.add(name)
    const value = { Name: name ?? '', ResourceClaimName: own ?? null, ResourceClaimTemplateName: template ?? null }
    if (own !== undefined && template !== undefined)
      errors.push(invalid(at, value, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'))
    if (own === undefined && template === undefined)
      errors.push(invalid(at, value, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'))
    if (own !== undefined) errors.push(...dnsSubdomain(own, at.child('resourceClaimName')))
    if (template !== undefined) errors.push(...dnsSubdomain(template, at.child('resourceClaimTemplateName')))
    return errors
  })
}

/** On the node's network a container's port is the node's; templates may leave that to be filled in. */
function hostNetworkPorts({ hostNetwork, containers }: PodSpec, path: FieldPath, { isPod }: PodRules): FieldError[] {
  if (!hostNetwork) return []
  return each(containers, path, ({ ports }, at) =>
    each(ports, at.child('ports'), ({ hostPort = 0, containerPort = 0 }, place) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [invalid(place.child('hostPort'), hostPort, 'must match `containerPort` when `hostNetwork` is true')]
        : [],
    ),
  )
}

const nameserversMax = 3
const searchPathsMax = 32
const searchListBytesMax = 2048

function dnsConfig({ dnsConfig: config, dnsPolicy }: PodSpec, path: FieldPath): FieldError[] {
  if (dnsPolicy === 'None') {
    if (!config) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (!config.nameservers?.length)
      return [required(path.child('nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  return config ? dnsParts(config, path) : []
}

function dnsParts({ nameservers = [], searches = [], options }: PodDNSConfig, path: FieldPath): FieldError[] {
  const [servers, list] = [path.child('nameservers'), path.child('searches')]
  const errors: FieldError[] = []
  if (nameservers.length > nameserversMax)
    errors.push(invalid(servers, nameservers, `must not have more than ${nameserversMax} nameservers`))
  errors.push(...each(nameservers, servers, (ip, at) => validateLegacyIp(at, ip)))
  if (searches.length > searchPathsMax) errors.push(invalid(list, searches, `must not have more than ${searchPathsMax} search paths`))
  if (byteLength(searches.join(' ')) > searchListBytesMax)
    errors.push(invalid(list, searches, `must not have more than ${searchListBytesMax} characters (including spaces) in the search list`))
  errors.push(
    ...each(searches, list, (search, at) =>
      search === '.' ? [] : judged(search.replace(/\.$/, ''), at, isDns1123SubdomainWithUnderscore),
    ),
  )
  return [...errors, ...each(options, path.child('options'), ({ name }, at) => (name ? [] : [required(at, 'must not be empty')]))]
}

/** A Pod with users of its own shares no other namespace with its node. */
function userNamespace(spec: PodSpec, path: FieldPath, { blockDevicesInUserNamespace }: PodRules): FieldError[] {
  if (spec.hostUsers !== false) return []
  const refuse = (at: FieldPath): FieldError => forbiddenField(at, 'when `hostUsers` is false')
  const errors: FieldError[] = []
  if (spec.hostNetwork) errors.push(refuse(path.child('hostNetwork')))
  if (spec.hostPID) errors.push(refuse(path.child('HostPID')))
  if (spec.hostIPC) errors.push(refuse(path.child('HostIPC')))
  if (blockDevicesInUserNamespace) return errors
  for (const { container, list, i } of containersOf(spec))
    if (container.volumeDevices?.length) errors.push(refuse(path.child(list).index(i).child('volumeDevices')))
  return errors
}

const hostnameBytesMax = 64

function hostnameOverride({ hostnameOverride: name, setHostnameAsFQDN, hostNetwork }: PodSpec, path: FieldPath): FieldError[] {
  if (name === undefined) return []
  return [
    ...(setHostnameAsFQDN ? [forbiddenField(path, 'may not be specified when setHostnameAsFQDN is true')] : []),
    ...(hostNetwork ? [forbiddenField(path, 'may not be specified when hostNetwork is true')] : []),
    ...(byteLength(name) > hostnameBytesMax ? [tooLong(path, hostnameBytesMax)] : []),
    ...dnsSubdomain(name, path),
  ]
}

/** Files of variables lie in volumes that live as long as the Pod. */
function fileKeyVolumes(spec: PodSpec, path: FieldPath): FieldError[] {
  const known = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
  return containersOf(spec).flatMap(({ container, list, i }) =>
    each(container.env, path.child(list).index(i).child('env'), ({ valueFrom }, at) => {
      if (!valueFrom?.fileKeyRef) return []
      const name = valueFrom.fileKeyRef.volumeName ?? ''
      const place = at.child('valueFrom', 'fileKeyRef', 'volumeName')
      const volume = known.get(name)
      if (!volume) return [notFoundValue(place, name)]
      return volume.emptyDir ? [] : [invalid(place, name, 'referenced volume must be of type emptyDir')]
    }),
  )
}
