/**
 * Where 1.36 answers otherwise than 1.26, which was recorded, and why: as rewordings, by which an old message becomes
 * the new one, and as rows that one version accepts and the other refuses.
 */

interface Rewording {
  readonly old: RegExp
  readonly now: string | ((...groups: string[]) => string)
  readonly reason: string
}

/** The forms of values: Go's own syntax became JSON in 1.31. Not counted as differences. */
const forms: readonly Rewording[] = [
  { old: /intstr\.IntOrString\{Type:0, IntVal:(-?\d+), StrVal:""\}/g, now: '$1', reason: 'values are JSON' },
  { old: /intstr\.IntOrString\{Type:1, IntVal:0, StrVal:("(?:[^"\\]|\\.)*")\}/g, now: '$1', reason: 'values are JSON' },
  { old: /0001-01-01 00:00:00 \+0000 UTC/g, now: 'null', reason: 'values are JSON' },
  { old: /\[\]byte\{\}/g, now: '""', reason: 'values are JSON' },
  { old: /value: "null"/g, now: 'value: null', reason: 'values are JSON' },
]

const rewordings: readonly Rewording[] = [
  {
    old: /\[(endpoints\[\d+\]\.addresses\[\d+\]: Invalid value: "[^"]*": )must be a valid IPv4 address, \1must be a valid IP address\]/g,
    now: '$1must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    reason: 'an address that is none has no family since 1.33',
  },
  {
    old: /(ports\[0\]\.endPort: Invalid value: )(\d+)(: must be greater than or equal to `port`)/g,
    now: (_all, before, port, after) => `${before}${port === '99999999' ? 90 : 0}${after}`,
    reason: 'the end of a range is shown, not its start, since 1.33',
  },
  {
    old: /(labels|selector|matchLabels|nodeSelector|values\[\d+\]|operator): Invalid value: ("x+"): must be no more than 63 characters/g,
    now: '$1: Invalid value: $2: must be no more than 63 bytes',
    reason: 'labels are measured in bytes since 1.34',
  },
  {
    old: /(name|prefix) part must be no more than (63|253) characters/g,
    now: '$1 part must be no more than $2 bytes',
    reason: 'labels are measured in bytes since 1.34',
  },
  {
    old: /must be a valid IP address, \(e\.g\. 10\.9\.8\.7 or 2001:db8::ffff\)|must be valid IP address|must be a valid IP address$/g,
    now: 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    reason: 'one text for all addresses since 1.33',
  },
  {
    old: /must be valid CIDR|not a valid CIDR|must be a valid CIDR$/g,
    now: 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    reason: 'one text for all networks since 1.33',
  },
  {
    old: /(spec\.podCIDRs\[0\]: Invalid value: )\[\]string\{("[^"]*")\}/g,
    now: '$1$2',
    reason: 'the network is shown, not the list, since 1.33',
  },
  {
    old: /hostAliases\.(ip|hostnames): /g,
    now: (_all, name) => `hostAliases[0].${name === 'ip' ? 'ip' : 'hostnames[0]'}: `,
    reason: 'the places of host aliases are told since 1.33',
  },
  {
    old: /`configMapKeyRef` or `secretKeyRef`/g,
    now: '`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    reason: 'variables from files (KEP-3721)',
  },
  {
    old: /(searches\[\d+\]: .*?lower case alphanumeric characters, )'-' or '\.'(.*?used for validation is ')[^']*'/g,
    now: "$1'_', '-' or '.'$2_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*'",
    reason: 'underscores in search paths (KEP-4427)',
  },
  {
    old: /(`spec\.containers\[\*\]\.image`), (`spec\.initContainers\[\*\]\.image`), (`spec\.activeDeadlineSeconds`), (.*? \(only additions to existing tolerations\)) or /g,
    now: '$1,$2,$3,$4,',
    reason: 'the list of what may change is joined otherwise since 1.28',
  },
  {
    old: /"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce"(?!,)/g,
    now: '"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    reason: 'ReadWriteOncePod (KEP-2485)',
  },
  {
    old: /except resources\.requests for bound/g,
    now: 'except resources.requests and volumeAttributesClassName for bound',
    reason: 'VolumeAttributesClass (KEP-3751)',
  },
  {
    old: /(nodeAffinity: Invalid value: .*?: field is immutable)(?=[\],]|$)/g,
    now: '$1, except for updating from beta label to GA',
    reason: 'renamed labels of volumes since 1.27',
  },
  {
    old: /may only be set when `type` is 'NodePort' or 'LoadBalancer'/g,
    now: 'may only be set for externally-accessible services',
    reason: 'Services with external addresses have an external policy since 1.26.0-rc',
  },
  {
    old: /LoadBalancerSourceRanges: Invalid value: "\[(.*?)\]": must be a list of IP ranges\. For example, 10\.240\.0\.0\/24,10\.250\.0\.0\/24 /g,
    now: 'LoadBalancerSourceRanges[0]: Invalid value: "$1": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    reason: 'one text for all networks since 1.33',
  },
  { old: /"Count"(,?) "FailJob"/g, now: '"Count"$1 "FailIndex"$1 "FailJob"', reason: 'FailIndex (KEP-3850)' },
  {
    old: /("x+"): file name too long/g,
    now: (_all, name) => `${name}: unknown time zone ${name.slice(1, -1)}`,
    reason: 'names of time zones are judged before they are looked up since 1.27',
  },
  {
    old: /'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden/g,
    now: "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    reason: 'the history of StatefulSets may be resized since 1.33',
  },
  {
    old: /Too long: must have at most (\d+) bytes/g,
    now: 'Too long: may not be more than $1 bytes',
    reason: 'one text for lengths since 1.32',
  },
  {
    old: /Required value: (?:(?:kind|name|scope|controller) is|schemas are) required/g,
    now: 'Required value',
    reason: 'the field is named once since 1.36',
  },
  {
    old: /other than 'replicas', 'template'/g,
    now: "other than 'replicas', 'ordinals', 'template'",
    reason: 'ordinals of StatefulSets (KEP-3335)',
  },
]

const rows: readonly { readonly row: RegExp; readonly reason: string }[] = [
  { row: /^create\/v1\/Pod\/pod\/bad:spec\.containers\.0\.env/, reason: 'names of variables are any printable text (KEP-4369)' },
  {
    row: /nodeSelectorTerms\.0\.matchExpressions\.0\.values\.0$/,
    reason: 'values of required node affinity must be label values since 1.33',
  },
  { row: /topologySpreadConstraints\.0\.(minDomains|whenUnsatisfiable)$/, reason: 'minDomains of topology spread (KEP-3022)' },
  { row: /topologySpreadConstraints\.0\.labelSelector/, reason: 'selectors of topology spread are judged since 1.27' },
  {
    row: /^(create|update)\/apps\/v1\/StatefulSet\/sts\/.*(:spec|spec\.(template|volumeClaimTemplates|serviceName).*)$/,
    reason: 'templates, claims and service names of StatefulSets are judged since 1.34',
  },
  { row: /StatefulSet\/sts\/.*persistentVolumeClaimRetentionPolicy/, reason: 'retention of claims (KEP-1847)' },
  { row: /StatefulSet\/sts\/long:metadata\.name$/, reason: 'names of StatefulSets are labels since 1.27' },
  { row: /unhealthyPodEvictionPolicy$/, reason: 'eviction of unhealthy Pods (KEP-3017)' },
  {
    row: /^update\/storage\.k8s\.io\/v1\/CSIDriver\/.*(podInfoOnMount|fsGroupPolicy|:spec)$/,
    reason: 'more of a CSIDriver may change since 1.29',
  },
  { row: /^update\/batch\/v1\/Job\/job\/delete:spec\.completions$/, reason: 'completions of indexed Jobs may change (KEP-3715)' },
  { row: /StatefulSet\/sts\/.*:spec\.revisionHistoryLimit$/, reason: 'the history of StatefulSets may be resized since 1.33' },
]

/** Rows on which we disagree with 1.36 too, and why: none of it is validation's own. */
const open: readonly { readonly row: RegExp; readonly reason: string }[] = [
  {
    row: /CustomResourceDefinition\/.*(properties\.spec\.properties(\.size)?|\.spec\.x-kubernetes-validations\.0\.rule)$/,
    reason: 'rules in CEL are not compiled by validation',
  },
  { row: /CustomResourceDefinition\/.*notobject:.*\.items\.items$/, reason: 'decoding drops items that are no schema' },
  { row: /HorizontalPodAutoscaler\/hpa\/delete:.*policies\.0$/, reason: 'decoding drops an empty list, which is not defaulted upstream' },
  {
    row: /^create\/v1\/Service\/svc\/big:spec\.ports\.1\.nodePort$/,
    reason: 'a dry run does not look at the range of node ports upstream',
  },
  {
    row: /^update\/v1\/Service\/(headless|svc)\/.*:spec(\.(type|clusterIPs?(\.0)?))?$/,
    reason: 'allocation carries addresses over otherwise',
  },
]

/** Why a row is open; undefined when it is not known to be. */
export const openReason = (id: string): string | undefined => open.find(({ row }) => row.test(id))?.reason

/** A recorded message as 1.36 tells it, as far as only words differ; `reasons` says what was changed. */
export function asNow(message: string): { readonly text: string; readonly reasons: readonly string[] } {
  let text = message.split('\n')[0] ?? ''
  for (const { old, now } of forms) text = text.replace(old, now as string)
  const reasons: string[] = []
  for (const { old, now, reason } of rewordings) {
    const changed = text.replace(old, now as string)
    if (changed !== text) reasons.push(reason)
    text = changed
  }
  return { text, reasons }
}

/** Why a row is accepted by one version and refused by the other, or refused for more; undefined when it should not. */
export const differenceOf = (id: string): string | undefined => rows.find(({ row }) => row.test(id))?.reason
