/** Volumes of a Pod that no longer work, and files in them that would be in each other's way (pkg/api/pod/warnings.go). */
import type { Volume, VolumeProjection } from '../../types/core-v1.js'
import type { FieldPath } from '../../validation/field-path.js'

const retired: readonly (readonly [keyof Volume, string, string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]

export function volumeWarnings(volumes: readonly Volume[], path: FieldPath): string[] {
  const old = volumes.flatMap((volume, i) =>
    retired.filter(([name]) => volume[name] !== undefined).map(([, name, text]) => `${path.index(i).child(name)}: ${text}`),
  )
  return [...old, ...volumes.flatMap(overlapWarnings)]
}

type Paths = readonly { readonly path: string }[] | undefined

function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: Volume): string[] {
  const title = `volume ${JSON.stringify(name)}`
  return [
    ...overlaps(configMap?.items, `${title} (ConfigMap ${JSON.stringify(configMap?.name ?? '')})`),
    ...overlaps(secret?.items, `${title} (Secret ${JSON.stringify(secret?.secretName ?? '')})`),
    ...overlaps(downwardAPI?.items, `${title} (DownwardAPI)`),
    ...projectedWarnings(projected?.sources ?? [], title),
  ]
}

/** The sources of one volume share its paths. */
function projectedWarnings(sources: readonly VolumeProjection[], title: string): string[] {
  const taken: string[] = []
  return sources.flatMap((source) => {
    if (Object.values(source).every((value) => value === undefined)) return [`${title} (Projected) has no sources provided`]
    const [what, items] = pathsOf(source)
    const paths = (items ?? []).map(({ path }) => path)
    if (paths.length === 0) return []
    const label = `${title} (Projected ${what})`
    const all = [...new Set(paths), ...taken].sort().map((path) => ({ path }))
    taken.push(...paths)
    return [...overlaps(items, label), ...overlaps(all, label)]
  })
}

function pathsOf({ configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle }: VolumeProjection): [string, Paths] {
  if (configMap?.items) return [`ConfigMap ${JSON.stringify(configMap.name ?? '')}`, configMap.items]
  if (secret?.items) return [`Secret ${JSON.stringify(secret.name ?? '')}`, secret.items]
  if (downwardAPI?.items) return ['DownwardAPI', downwardAPI.items]
  if (serviceAccountToken) return ['ServiceAccountToken', [serviceAccountToken]]
  if (clusterTrustBundle)
    return [`ClusterTrustBundle ${JSON.stringify(clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '')}`, [clusterTrustBundle]]
  return ['', undefined]
}

function overlaps(items: Paths, label: string): string[] {
  const seen = new Set<string>()
  return (items ?? []).flatMap(({ path }) => {
    const normalized = (path ?? '').replace(/\/+$/, '')
    const other =
      normalized === '' || seen.has('')
        ? undefined
        : [...seen].find((one) => `${one}/`.startsWith(normalized) || `${normalized}/`.startsWith(one))
    seen.add(normalized)
    return other === undefined ? [] : [`${label}: overlapping paths: ${JSON.stringify(normalized)} with ${JSON.stringify(other)}`]
  })
}
