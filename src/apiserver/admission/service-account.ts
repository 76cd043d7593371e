/**
 * ServiceAccount: every pod runs as one; its token, the cluster's CA and its namespace are mounted where clients look for
 * them (plugin/pkg/admission/serviceaccount).
 */
import type { KubeObject } from '../../api/meta/object.js'
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '../../api/types/core-v1.js'
import type { Attributes } from './attributes.js'
import { forbiddenBy, isAbout } from './forbidden-by.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'

const accounts = { group: '', resource: 'serviceaccounts' }
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumePrefix = 'kube-api-access-'
/** Slightly more than an hour, by which the token issuer knows tokens made for this volume. */
const tokenSeconds = 3607
const mirrorAnnotation = 'kubernetes.io/config.mirror'

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  admit(attributes, world) {
    if (attributes.operation !== 'CREATE' || !isAbout(attributes, '', 'pods')) return
    const pod = attributes.object as Pod & KubeObject
    const { spec } = pod
    if (!spec) return
    if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return refuseMirror(attributes, spec)
    spec.serviceAccountName ||= spec.serviceAccount || 'default'
    spec.serviceAccount = spec.serviceAccountName
    return admitPod(attributes, spec, world)
  },
  validate(attributes, world) {
    if (attributes.operation !== 'CREATE' || !isAbout(attributes, '', 'pods')) return
    const { spec, metadata } = attributes.object as Pod & KubeObject
    if (
      spec &&
      metadata.annotations?.[mirrorAnnotation] === undefined &&
      !world.lookup.get(accounts, attributes.namespace, spec.serviceAccountName ?? '')
    )
      throw noAccount(attributes, spec.serviceAccountName ?? '')
  },
}

async function admitPod(attributes: Attributes, spec: PodSpec, world: AdmissionWorld): Promise<void> {
  const name = spec.serviceAccountName ?? ''
  let account = world.lookup.get(accounts, attributes.namespace, name)
  if (!account) {
    await world.lookup.refresh()
    account = world.lookup.get(accounts, attributes.namespace, name)
  }
  if (!account) throw noAccount(attributes, name)
  const { automountServiceAccountToken, imagePullSecrets } = account as unknown as ServiceAccount
  if (spec.automountServiceAccountToken ?? automountServiceAccountToken ?? true) mountToken(spec, world)
  if (!spec.imagePullSecrets?.length && imagePullSecrets?.length) spec.imagePullSecrets = structuredClone(imagePullSecrets)
}

function noAccount(attributes: Attributes, name: string): Error {
  return forbiddenBy(
    attributes,
    `error looking up service account ${attributes.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
  )
}

/** A pod that mirrors a node's static pod has no identity of its own. */
function refuseMirror(attributes: Attributes, { serviceAccountName, volumes = [] }: PodSpec): void {
  if (serviceAccountName) throw forbiddenBy(attributes, 'a mirror pod may not reference service accounts')
  if (volumes.some(({ secret }) => secret)) throw forbiddenBy(attributes, 'a mirror pod may not reference secrets')
  if (volumes.some(({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken)))
    throw forbiddenBy(attributes, 'a mirror pod may not use ServiceAccountToken volume projections')
}

function mountToken(spec: PodSpec, world: AdmissionWorld): void {
  const existing = spec.volumes?.find(({ name }) => name.startsWith(volumePrefix))
  const name = existing?.name ?? `${volumePrefix}${world.ids.suffix()}`
  let used = false
  const mount = (container: Container): void => {
    if (container.volumeMounts?.some((one) => one.mountPath === mountPath)) return
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }]
    used = true
  }
  for (const container of spec.initContainers ?? []) mount(container)
  for (const container of spec.containers ?? []) mount(container)
  if (used && !existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)]
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 420,
    },
  }
}
