/** LimitRanger: a namespace's default requests and limits, and its bounds for containers, pods and claims (plugin/pkg/admission/limitranger). */
import type { KubeObject } from '../../api/meta/object.js'
import { Quantity } from '../../api/meta/quantity.js'
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from '../../api/types/core-v1.js'
import type { Attributes } from './attributes.js'
import { forbiddenBy, isAbout } from './forbidden-by.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'
import { type Amounts, amountsOf, podAmounts } from './pod-resources.js'

const ranges = { group: '', resource: 'limitranges' }
const annotation = 'kubernetes.io/limit-ranger'

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  admit(attributes, world) {
    if (attributes.operation !== 'CREATE' || !isAbout(attributes, '', 'pods')) return
    for (const item of itemsOf(attributes, world)) if (item.type === 'Container') setDefaults(attributes.object as Pod & KubeObject, item)
  },
  validate(attributes, world) {
    const { operation, object } = attributes
    if (operation !== 'CREATE' && operation !== 'UPDATE') return
    const isPod = isAbout(attributes, '', 'pods') && operation === 'CREATE'
    if (!isPod && !isAbout(attributes, '', 'persistentvolumeclaims')) return
    for (const items of perRange(attributes, world)) {
      const errors = items.flatMap((item) =>
        isPod ? podErrors(object as Pod & KubeObject, item) : claimErrors(object as PersistentVolumeClaim & KubeObject, item),
      )
      const texts = [...new Set(errors)]
      if (texts.length > 0) throw forbiddenBy(attributes, texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`)
    }
  },
}

function perRange({ namespace }: Attributes, world: AdmissionWorld): LimitRangeItem[][] {
  return world.lookup
    .list(ranges, namespace)
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .map((range) => (range as unknown as LimitRange).spec?.limits ?? [])
}
function itemsOf(attributes: Attributes, world: AdmissionWorld): LimitRangeItem[] {
  return perRange(attributes, world).flat()
}

function setDefaults(pod: Pod & KubeObject, item: LimitRangeItem): void {
  const notes = [
    ...(pod.spec?.containers ?? []).flatMap((container) => setContainerDefaults(container, item, 'container')),
    ...(pod.spec?.initContainers ?? []).flatMap((container) => setContainerDefaults(container, item, 'init container')),
  ]
  if (notes.length > 0)
    pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${notes.join('; ')}` }
}

function setContainerDefaults(
  container: Container,
  { defaultRequest = {}, default: defaultLimit = {} }: LimitRangeItem,
  what: string,
): string[] {
  const fill = (list: 'requests' | 'limits', defaults: Readonly<Record<string, string>>): string[] => {
    const missing = Object.keys(defaults)
      .filter((name) => container.resources?.[list]?.[name] === undefined)
      .sort()
    if (missing.length === 0) return []
    const filled = Object.fromEntries(missing.map((name) => [name, defaults[name] as string]))
    container.resources = { ...container.resources, [list]: { ...container.resources?.[list], ...filled } }
    return [`${missing.join(', ')} ${list.slice(0, -1)} for ${what} ${container.name}`]
  }
  return [...fill('requests', defaultRequest), ...fill('limits', defaultLimit)]
}

interface Measured {
  readonly requests: Amounts
  readonly limits: Amounts
}

function podErrors({ spec }: Pod, item: LimitRangeItem): string[] {
  if (!spec) return []
  if (item.type === 'Pod') return errorsOf({ requests: podAmounts(spec, 'requests'), limits: podAmounts(spec, 'limits') }, item)
  if (item.type !== 'Container') return []
  const containers = [...spec.containers, ...(spec.initContainers ?? [])]
  return containers.flatMap((container) =>
    errorsOf({ requests: amountsOf(container, 'requests'), limits: amountsOf(container, 'limits') }, item),
  )
}

function errorsOf(measured: Measured, { type, min = {}, max = {}, maxLimitRequestRatio = {} }: LimitRangeItem): string[] {
  return [
    ...Object.entries(min).flatMap(([name, bound]) => minErrors(measured, `minimum ${name} usage per ${type} is`, name, bound)),
    ...Object.entries(max).flatMap(([name, bound]) => maxErrors(measured, `maximum ${name} usage per ${type} is`, name, bound)),
    ...Object.entries(maxLimitRequestRatio).flatMap(([name, bound]) =>
      ratioErrors(measured, `${name} max limit to request ratio per ${type} is`, name, bound),
    ),
  ]
}

function minErrors({ requests, limits }: Measured, words: string, name: string, bound: string): string[] {
  const least = Quantity.parse(bound)
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (!request) return [`${words} ${least}.  No request is specified`]
  if (request.cmp(least) < 0) return [`${words} ${least}, but request is ${request}`]
  return limit && limit.cmp(least) < 0 ? [`${words} ${least}, but limit is ${limit}`] : []
}

function maxErrors({ requests, limits }: Measured, words: string, name: string, bound: string): string[] {
  const most = Quantity.parse(bound)
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (!limit) return [`${words} ${most}.  No limit is specified`]
  if (limit.cmp(most) > 0) return [`${words} ${most}, but limit is ${limit}`]
  return request && request.cmp(most) > 0 ? [`${words} ${most}, but request is ${request}`] : []
}

function ratioErrors({ requests, limits }: Measured, words: string, name: string, bound: string): string[] {
  const most = Quantity.parse(bound)
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (!request || request.isZero()) return [`${words} ${most}, but no request is specified or request is 0`]
  if (!limit || limit.isZero()) return [`${words} ${most}, but no limit is specified or limit is 0`]
  const ratio = limit.toNumber() / request.toNumber()
  return ratio > most.toNumber() ? [`${words} ${most}, but provided ratio is ${ratio.toFixed(6)}`] : []
}

function claimErrors({ spec }: PersistentVolumeClaim, { type, min = {}, max = {} }: LimitRangeItem): string[] {
  if (type !== 'PersistentVolumeClaim') return []
  const requests = new Map(Object.entries(spec?.resources?.requests ?? {}).map(([name, amount]) => [name, Quantity.parse(amount)]))
  const judge = (name: string, bound: string, words: 'minimum' | 'maximum'): string[] => {
    const limit = Quantity.parse(bound)
    const request = requests.get(name)
    const text = `${words} ${name} usage per ${type} is ${limit}`
    if (!request) return [`${text}.  No request is specified`]
    return (words === 'minimum' ? request.cmp(limit) < 0 : request.cmp(limit) > 0) ? [`${text}, but request is ${request}`] : []
  }
  return [
    ...Object.entries(min).flatMap(([name, bound]) => judge(name, bound, 'minimum')),
    ...Object.entries(max).flatMap(([name, bound]) => judge(name, bound, 'maximum')),
  ]
}
