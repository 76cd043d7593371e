/** Pod: pkg/registry/core/pod/strategy.go and SetDefaults_Pod. The defaults that templates share are in pod-spec.ts. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { podRow } from '../../printers/pod.js'
import type { Container, Pod, PodCondition, PodSpec, PodStatus } from '../../types/core-v1.js'
import { validatePod, validatePodUpdate } from '../../validation/core/pod.js'
import { validatePodStatusUpdate } from '../../validation/core/pod-status.js'
import { keepStatus } from '../carry-over.js'
import { adoptAppArmorAnnotations } from './app-armor.js'
import { mergeLabelKeys } from './pod-affinity.js'
import { defaultPodResources, qosClassOf } from './pod-resources.js'
import { defaultPodSpec, dropInitAnnotations, mirrorServiceAccount } from './pod-spec.js'
import { podNameWarnings, podWarnings } from './pod-warnings.js'
import { fillResources } from './resource-list.js'

export const podStrategy: Strategy = {
  applyDefaults,
  prepareForCreate,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  hasGeneration: true,
  gracePeriodSeconds,
  warnings,
  selectableFields: {
    'spec.nodeName': (pod) => specOf(pod).nodeName ?? '',
    'spec.restartPolicy': (pod) => specOf(pod).restartPolicy ?? '',
    'spec.schedulerName': (pod) => specOf(pod).schedulerName ?? '',
    'spec.serviceAccountName': (pod) => specOf(pod).serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(specOf(pod).hostNetwork ?? false),
    'spec.host': (pod) => specOf(pod).nodeName ?? '',
    'status.phase': (pod) => (pod as Pod).status?.phase ?? '',
    'status.podIP': (pod) => (pod as Pod).status?.podIPs?.[0]?.ip ?? '',
    'status.podIPs': (pod) => (pod as Pod).status?.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': (pod) => (pod as Pod).status?.nominatedNodeName ?? '',
  },
  resetFields: { main: ['status'], status: ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'] },
  ...printed('Pod', podRow),
}

function specOf(object: KubeObject): PodSpec {
  return ((object as Pod).spec ??= { containers: [] })
}

function applyDefaults(object: KubeObject): void {
  const spec = specOf(object)
  dropInitAnnotations(object)
  defaultPodSpec(spec)
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) requestLimits(container)
  defaultPodResources(spec)
  spec.enableServiceLinks ??= true
  if (spec.hostNetwork) for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) openOnHost(container)
  normalizeAddresses((object as Pod).status)
}

/** What is limited and not requested is requested up to its limit; in templates this is left to the Pods they make. */
function requestLimits({ resources }: Container): void {
  const requests = fillResources(resources?.requests, resources?.limits)
  if (resources && requests) resources.requests = requests
}

function openOnHost({ ports }: Container): void {
  for (const port of ports ?? []) port.hostPort ||= port.containerPort
}

/** podIP is the first of podIPs (Convert_v1_PodStatus_To_core_PodStatus). */
function normalizeAddresses(status: PodStatus | undefined): void {
  if (!status) return
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }]
  else if (!status.podIP && status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip
}

function prepareForCreate(object: KubeObject): void {
  const pod = object as Pod
  const spec = specOf(object)
  mirrorServiceAccount(spec)
  pod.status = { phase: 'Pending', qosClass: qosClassOf(spec) }
  if (spec.schedulingGates?.length) pod.status.conditions = [gated]
  mergeLabelKeys(pod)
  adoptAppArmorAnnotations(pod)
}

const gated: PodCondition = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
}

/** Pods are changed by machines mostly, which read no warnings: only new ones are looked at. */
function warnings(object: KubeObject): string[] {
  if (object.metadata.resourceVersion) return []
  return [...podNameWarnings(object, "the Pod's hostname"), ...podWarnings(specOf(object), object.metadata)]
}

function prepareForStatusUpdate(object: KubeObject, old: KubeObject): void {
  const pod = object as Pod
  const before = old as Pod
  object.spec = structuredClone(old.spec)
  delete pod.metadata.deletionTimestamp
  // Old kubelets corrupted owner references here, which broke garbage collection.
  if (before.metadata.ownerReferences) pod.metadata.ownerReferences = structuredClone(before.metadata.ownerReferences)
  else delete pod.metadata.ownerReferences
  const status = (pod.status ??= {})
  if (before.status?.qosClass) status.qosClass ||= before.status.qosClass
  keepObservedGenerations(status, before.status)
}

/** A client that does not know observedGeneration does not take it away. */
function keepObservedGenerations(status: PodStatus, before: PodStatus | undefined): void {
  if (before?.observedGeneration) status.observedGeneration ||= before.observedGeneration
  const known = new Map<string, number[]>()
  for (const { type, observedGeneration } of before?.conditions ?? [])
    known.set(type, [...(known.get(type) ?? []), observedGeneration ?? 0])
  for (const condition of status.conditions ?? []) {
    const generation = known.get(condition.type)?.shift()
    if (generation) condition.observedGeneration ||= generation
  }
}

/** CheckGracefulDelete: nothing waits for a Pod that never was on a node or has ended. */
function gracePeriodSeconds(object: KubeObject, requested: number | undefined): number {
  const { spec, status } = object as Pod
  if (!spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0
  const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 0
  return seconds < 0 ? 1 : seconds
}
