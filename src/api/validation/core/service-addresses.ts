/** The cluster addresses of a Service and their families: how they fit together, and how they may change. */
import type { ServiceSpec } from '../../types/core-v1.js'
import { each, oneOf } from '../checks.js'
import { duplicate, type FieldError, field, invalid, required } from '../field-path.js'
import { parseIp, validateLegacyIp } from '../ip.js'

const clusterIpsPath = field('spec', 'clusterIPs')
const familiesPath = field('spec', 'ipFamilies')
const policyPath = field('spec', 'ipFamilyPolicy')

/** No address at all, by wish. */
export const isHeadless = ({ clusterIPs }: ServiceSpec): boolean => clusterIPs?.length === 1 && clusterIPs[0] === 'None'

export function clusterIps(spec: ServiceSpec, old: ServiceSpec | undefined): FieldError[] {
  if (spec.type === 'ExternalName') return []
  const { clusterIP = '', clusterIPs: ips = [], ipFamilies: families = [], ipFamilyPolicy: policy } = spec
  const errors: FieldError[] = []
  if (clusterIP && ips.length === 0) errors.push(required(clusterIpsPath))
  else if (clusterIP && ips[0] !== clusterIP) errors.push(invalid(clusterIpsPath, ips, 'first value must match `clusterIP`'))
  else if (!clusterIP && ips.length > 0) errors.push(invalid(clusterIpsPath, ips, 'must be empty when `clusterIP` is not specified'))
  errors.push(
    ...each(families, familiesPath, (family, at, i) => [
      ...oneOf(family, at, ['IPv4', 'IPv6']),
      ...(families.indexOf(family) < i ? [duplicate(at, family)] : []),
    ]),
  )
  if (policy !== undefined) errors.push(...oneOf(policy, policyPath, ['PreferDualStack', 'RequireDualStack', 'SingleStack']))
  const wrong = each(ips, clusterIpsPath, (ip, at, i) => {
    if (i > 0 || ip !== 'None') return validateLegacyIp(at, ip, false, old?.clusterIPs ?? [])
    return ips.length > 1 ? [invalid(clusterIpsPath, ips, "'None' must be the first and only value")] : []
  })
  errors.push(...wrong)
  if (ips.length > 2) errors.push(invalid(clusterIpsPath, ips, 'may only hold up to 2 values'))
  return wrong.length > 0 ? errors : [...errors, ...familiesFit(spec)]
}

function familiesFit(spec: ServiceSpec): FieldError[] {
  const { clusterIPs: ips = [], ipFamilies: families = [] } = spec
  const found = ips.map((ip) => parseIp(ip)?.family)
  const errors: FieldError[] = []
  if (ips.length > 1 && new Set(found).size < 2)
    errors.push(invalid(clusterIpsPath, ips, 'may specify no more than one IP for each IP family'))
  if (isHeadless(spec)) return errors
  for (const [i, ip] of ips.entries()) {
    const family = families[i]
    const wrong = (family === 'IPv4' && found[i] === 6) || (family === 'IPv6' && found[i] !== 6)
    if (wrong) errors.push(invalid(clusterIpsPath.index(i), ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``))
  }
  return errors
}

const once = 'may not change once set'

/** The first address stays; the second may come and go, the latter with a policy of one stack. */
export function clusterIpsUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || (isHeadless(old) && isHeadless(spec))) return []
  const [is, was] = [spec.clusterIPs ?? [], old.clusterIPs ?? []]
  if (is.length === was.length) return was.flatMap((ip, i) => (ip === is[i] ? [] : [invalid(clusterIpsPath.index(i), is, once)]))
  const moved = was.length > 0 && is.length > 0 && is[0] !== was[0] ? [invalid(clusterIpsPath.index(0), is, once)] : []
  if (was.length < is.length) return moved
  return [
    ...(is.length === 0 ? [invalid(clusterIpsPath.index(0), is, 'primary clusterIP can not be unset')] : []),
    ...moved,
    ...(is.length === 1 ? singleStack(spec, 'clusterIP') : []),
  ]
}

export function ipFamiliesUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || isHeadless(spec) || isHeadless(old)) return []
  const [is, was] = [spec.ipFamilies ?? [], old.ipFamilies ?? []]
  const at = familiesPath.index(0)
  if (is.length === was.length) return was.flatMap((family, i) => (family === is[i] ? [] : [invalid(at, is, once)]))
  // The value shown is the addresses, not the families: so upstream.
  const moved = was.length > 0 && is.length > 0 && is[0] !== was[0] ? [invalid(at, spec.clusterIPs ?? null, once)] : []
  if (was.length < is.length) return moved
  return [
    ...(spec.clusterIPs?.length ? [] : [invalid(at, is, 'primary ipFamily can not be unset')]),
    ...moved,
    ...(is.length === 1 ? singleStack(spec, 'ipFamily') : []),
  ]
}

function singleStack({ ipFamilyPolicy: policy }: ServiceSpec, what: string): FieldError[] {
  return policy === 'SingleStack'
    ? []
    : [invalid(policyPath, policy ?? null, `must be set to 'SingleStack' when releasing the secondary ${what}`)]
}
