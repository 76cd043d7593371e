/**
 * Defaults of a Pod's spec, wherever it stands: in a Pod or in a template (pkg/apis/core/v1/defaults.go and the calls
 * of zz_generated.defaults.go). What only Pods get is in pod.ts.
 */
import type { LifecycleHandler, PodSpec, PodTemplateSpec, Probe } from '../../types/core-v1.js'
import { type AnyContainer, allContainers } from './containers.js'
import { pullPolicyOf } from './image-tag.js'
import { roundRequirements, roundResources } from './resource-list.js'
import { defaultVolume } from './volumes.js'

const graceSeconds = 30

/** Completes a template's spec and drops what upstream's conversion drops of it. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (!template) return
  dropInitAnnotations(template)
  defaultPodSpec((template.spec ??= { containers: [] }))
}

export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= graceSeconds
  spec.schedulerName ||= 'default-scheduler'
  mirrorServiceAccount(spec)
  for (const volume of spec.volumes ?? []) defaultVolume(volume)
  for (const container of allContainers(spec)) defaultContainer(container)
  roundResources(spec.overhead)
  roundRequirements(spec.resources)
}

/** serviceAccount is the old name of serviceAccountName: both say the same, the new one wins. */
export function mirrorServiceAccount(spec: PodSpec): void {
  spec.serviceAccountName ||= spec.serviceAccount
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName
  else {
    delete spec.serviceAccountName
    delete spec.serviceAccount
  }
}

function defaultContainer(container: AnyContainer): void {
  container.imagePullPolicy ||= pullPolicyOf(container.image)
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1'
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false
  }
  roundRequirements(container.resources)
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe) defaultProbe(probe)
  defaultHttpGet(container.lifecycle?.postStart)
  defaultHttpGet(container.lifecycle?.preStop)
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  defaultHttpGet(probe)
  if (probe.grpc) probe.grpc.service ??= ''
}

function defaultHttpGet(handler: Pick<LifecycleHandler, 'httpGet'> | undefined): void {
  if (!handler?.httpGet) return
  handler.httpGet.path ||= '/'
  handler.httpGet.scheme ||= 'HTTP'
}

const initAnnotations = [
  'pod.beta.kubernetes.io/init-containers',
  'pod.alpha.kubernetes.io/init-containers',
  'pod.beta.kubernetes.io/init-container-statuses',
  'pod.alpha.kubernetes.io/init-container-statuses',
]

/** Annotations that once stood for init containers are not kept (dropInitContainerAnnotations). */
export function dropInitAnnotations({
  metadata,
}: {
  readonly metadata?: { annotations?: Record<string, string> | undefined } | undefined
}): void {
  if (!metadata?.annotations) return
  for (const name of initAnnotations) delete metadata.annotations[name]
}
