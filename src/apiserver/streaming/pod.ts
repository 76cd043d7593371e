/**
 * Which pod, container and node a streaming subresource means, and what upstream says when that cannot be told
 * (pkg/registry/core/pod/strategy.go LogLocation, streamLocation).
 */
import type { KubeObject } from '../../api/meta/object.js'
import { ApiError, badRequest, notFound } from '../../api/meta/status.js'
import type { Container, PodSpec } from '../../api/types/core-v1.js'
import type { ResourceTarget } from '../request.js'
import type { Lookup } from '../resource/lookup.js'

export interface PodPlace {
  readonly namespace: string
  readonly pod: string
  readonly node: string
  readonly object: KubeObject
}

const pods = { group: '', resource: 'pods' }

/** The pod that a target names. Throws ApiError 404. */
export async function podOf({ namespace, name }: Pick<ResourceTarget, 'namespace' | 'name'>, lookup: Lookup): Promise<KubeObject> {
  let pod = lookup.get(pods, namespace, name)
  if (!pod) {
    await lookup.refresh()
    pod = lookup.get(pods, namespace, name)
  }
  if (!pod) throw notFound(pods, name)
  return pod
}

/** The name of the container that is meant; when none is named, the only one. Throws ApiError 400. */
export function containerOf(pod: KubeObject, asked: string): string {
  const spec = specOf(pod)
  const names = (list: readonly { readonly name: string }[] | undefined): string[] => (list ?? []).map(({ name }) => name)
  const [main, init, ephemeral] = [names(spec.containers), names(spec.initContainers), names(spec.ephemeralContainers)]
  const name = pod.metadata.name ?? ''
  if (asked !== '') {
    if ([...main, ...init, ...ephemeral].includes(asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${name}`)
  }
  const annotated = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (annotated !== undefined && main.includes(annotated)) return annotated
  if (main.length === 1) return main[0] as string
  if (main.length === 0) throw badRequest(`a container name must be specified for pod ${name}`)
  const others = `${init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : ''}${ephemeral.length > 0 ? ` or one of the ephemeral containers: [${ephemeral.join(' ')}]` : ''}`
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${others}`)
}

/** The pod's node; undefined while it has none. */
export function nodeOf(pod: KubeObject): string | undefined {
  return specOf(pod).nodeName || undefined
}

/** The pod with its node. Throws ApiError 400 for a pod that has none. */
export function placed(pod: KubeObject): PodPlace {
  const node = nodeOf(pod)
  if (node === undefined) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  return { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name ?? '', node, object: pod }
}

export function containersOf(pod: KubeObject): readonly Container[] {
  return specOf(pod).containers ?? []
}

/** What a kubelet's refusal is to a client. */
export function kubeletError(code: string | undefined, message: string): ApiError {
  switch (code) {
    case 'NotFound':
      return new ApiError(404, 'NotFound', message)
    case 'BadRequest':
      return badRequest(message)
    default:
      return new ApiError(500, 'InternalError', `Internal error occurred: error dialing backend: ${message}`, {
        causes: [{ message: `error dialing backend: ${message}` }],
      })
  }
}

function specOf(pod: KubeObject): PodSpec {
  return (pod.spec ?? {}) as PodSpec
}
