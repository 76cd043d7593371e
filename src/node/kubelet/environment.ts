/**
 * A container's environment: values, references and Service variables, expanded as upstream does
 * (pkg/kubelet/kubelet_pods.go makeEnvironmentVariables, third_party/forked/golang/expansion, pkg/kubelet/envvars). What cannot
 * be resolved is an error whose text becomes the CreateContainerConfigError message.
 */
import { Quantity } from '../../api/meta/quantity.js'
import type { ConfigMap, Container, EnvVarSource, Pod, Secret, Service } from '../../api/types/core-v1.js'

export interface EnvironmentSources {
  readonly pod: Pod
  readonly podIp: string
  readonly hostIp: string
  readonly services: readonly Service[]
  /** The namespace of the service `kubernetes`, whose variables every pod gets. */
  readonly masterNamespace: string
  readonly allocatable: Readonly<Record<string, string>>
  configMap(name: string): Promise<ConfigMap | undefined>
  secret(name: string): Promise<Secret | undefined>
}

/** Thrown when the configuration of a container cannot be resolved; the message is shown to users. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** The environment in the order it is set; later values of a name win. */
export async function environmentOf(container: Container, sources: EnvironmentSources): Promise<{ name: string; value: string }[]> {
  const { pod } = sources
  const result = new Map<string, string>()
  const serviceVariables = serviceEnvironment(
    sources.services,
    pod.metadata.namespace ?? '',
    sources.masterNamespace,
    pod.spec?.enableServiceLinks ?? true,
  )
  for (const from of container.envFrom ?? []) await addFrom(from, sources, result)
  const known = new Map([...serviceVariables, ...result])
  for (const { name, value, valueFrom } of container.env ?? []) {
    const resolved = valueFrom ? await referenceValue(valueFrom, container, sources) : expand(value ?? '', known)
    if (resolved === undefined) continue
    result.set(name, resolved)
    known.set(name, resolved)
  }
  for (const [name, value] of serviceVariables) if (!result.has(name)) result.set(name, value)
  return [...result].map(([name, value]) => ({ name, value }))
}

async function addFrom(
  from: NonNullable<Container['envFrom']>[number],
  sources: EnvironmentSources,
  result: Map<string, string>,
): Promise<void> {
  const { configMapRef, secretRef, prefix = '' } = from
  const namespace = sources.pod.metadata.namespace ?? ''
  if (configMapRef) {
    const found = await sources.configMap(configMapRef.name ?? '')
    if (!found && !configMapRef.optional) throw new ConfigError(`configmap "${configMapRef.name}" not found`)
    for (const [key, value] of Object.entries(found?.data ?? {})) result.set(prefix + key, value)
  }
  if (secretRef) {
    const found = await sources.secret(secretRef.name ?? '')
    if (!found && !secretRef.optional) throw new ConfigError(`secret "${secretRef.name}" not found`)
    for (const [key, value] of Object.entries(found?.data ?? {})) result.set(prefix + key, decodeText(value))
  }
  if (!configMapRef && !secretRef) throw new ConfigError(`envFrom of namespace ${namespace} names no source`)
}

async function referenceValue(source: EnvVarSource, container: Container, sources: EnvironmentSources): Promise<string | undefined> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source
  const namespace = sources.pod.metadata.namespace ?? ''
  if (fieldRef) return fieldValue(fieldRef.fieldPath, sources)
  if (resourceFieldRef) {
    const of = resourceFieldRef.containerName ? findContainer(sources.pod, resourceFieldRef.containerName) : container
    return resourceValue(resourceFieldRef.resource, resourceFieldRef.divisor, of, sources.allocatable)
  }
  if (configMapKeyRef) {
    const found = await sources.configMap(configMapKeyRef.name ?? '')
    if (!found) return optional(configMapKeyRef.optional, `configmap "${configMapKeyRef.name}" not found`)
    const value = found.data?.[configMapKeyRef.key]
    return (
      value ??
      optional(configMapKeyRef.optional, `couldn't find key ${configMapKeyRef.key} in ConfigMap ${namespace}/${configMapKeyRef.name}`)
    )
  }
  if (secretKeyRef) {
    const found = await sources.secret(secretKeyRef.name ?? '')
    if (!found) return optional(secretKeyRef.optional, `secret "${secretKeyRef.name}" not found`)
    const value = found.data?.[secretKeyRef.key]
    return value === undefined
      ? optional(secretKeyRef.optional, `couldn't find key ${secretKeyRef.key} in Secret ${namespace}/${secretKeyRef.name}`)
      : decodeText(value)
  }
  return ''
}

function optional(isOptional: boolean | undefined, message: string): undefined {
  if (!isOptional) throw new ConfigError(message)
  return undefined
}

/** The value of a downward API field of the pod. */
export function fieldValue(path: string, { pod, podIp, hostIp }: Pick<EnvironmentSources, 'pod' | 'podIp' | 'hostIp'>): string {
  const { metadata, spec } = pod
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? ''
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'metadata.labels':
      return formatMap(metadata.labels ?? {})
    case 'metadata.annotations':
      return formatMap(metadata.annotations ?? {})
    case 'spec.nodeName':
      return spec?.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIp
    case 'status.podIP':
    case 'status.podIPs':
      return podIp
    default:
      throw new ConfigError(`unsupported fieldPath: ${path}`)
  }
}

/** `key="value"` lines in order of key, as fieldpath.FormatMap. */
function formatMap(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n')
}

/** A resource of a container in units of the divisor, rounded up; limits default to what the node has. */
export function resourceValue(
  resource: string,
  divisor: string | undefined,
  container: Container | undefined,
  allocatable: Readonly<Record<string, string>>,
): string {
  const match = /^(limits|requests)\.(.+)$/.exec(resource)
  if (!container || !match) throw new ConfigError(`unsupported container resource : ${resource}`)
  const [, kind = '', name = ''] = match
  const { limits, requests } = container.resources ?? {}
  const given = kind === 'limits' ? (limits?.[name] ?? allocatable[name]) : (requests?.[name] ?? limits?.[name])
  const quantity = Quantity.parse(given ?? '0')
  const unit = Quantity.parse(divisor && divisor !== '0' ? divisor : '1')
  const [amount, by] = name === 'cpu' ? [quantity.milliValue(), unit.milliValue()] : [quantity.value(), unit.value()]
  return String((amount + by - 1n) / by)
}

function findContainer(pod: Pod, name: string): Container | undefined {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((container) => container.name === name)
}

/** Replaces $(NAME) by its value where there is one; $$ is a dollar sign. */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string | undefined) =>
    what === '$' ? '$' : (values.get(name ?? '') ?? whole),
  )
}

/** Docker-link style variables of the services a pod may see (pkg/kubelet/envvars/envvars.go). */
export function serviceEnvironment(
  services: readonly Service[],
  namespace: string,
  masterNamespace: string,
  links: boolean,
): Map<string, string> {
  const result = new Map<string, string>()
  const seen = [...services]
    .filter(
      ({ metadata, spec }) =>
        spec?.clusterIP &&
        spec.clusterIP !== 'None' &&
        ((links && metadata.namespace === namespace) || (metadata.namespace === masterNamespace && metadata.name === 'kubernetes')),
    )
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  for (const { metadata, spec } of seen) {
    const prefix = metadata.name.toUpperCase().replaceAll('-', '_')
    const ports = spec?.ports ?? []
    const host = spec?.clusterIP ?? ''
    const first = ports[0]
    result.set(`${prefix}_SERVICE_HOST`, host)
    if (!first) continue
    result.set(`${prefix}_SERVICE_PORT`, String(first.port))
    for (const { name, port } of ports)
      if (name) result.set(`${prefix}_SERVICE_PORT_${name.toUpperCase().replaceAll('-', '_')}`, String(port))
    for (const [i, { port, protocol = 'TCP' }] of ports.entries()) {
      const url = `${protocol.toLowerCase()}://${host}:${port}`
      const base = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
      if (i === 0) result.set(`${prefix}_PORT`, url)
      result.set(base, url)
      result.set(`${base}_PROTO`, protocol.toLowerCase())
      result.set(`${base}_PORT`, String(port))
      result.set(`${base}_ADDR`, host)
    }
  }
  return result
}

function decodeText(base64: string): string {
  return new TextDecoder().decode(decodeBase64(base64))
}

/** The bytes of base64 text. */
export function decodeBase64(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}
