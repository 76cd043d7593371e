/** Where tests find Kubernetes' published API and recorded answers: TROUPE_REFERENCE, or `shared` beside the repository. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = process.env['TROUPE_REFERENCE'] ?? '../shared'

/** The path of a reference file or folder; undefined when the reference data is not there. */
export function reference(...parts: readonly string[]): string | undefined {
  const path = join(root, ...parts)
  return existsSync(path) ? path : undefined
}

/** Why a test that needs reference data is skipped, or false when it is there. */
export const noReference: string | false = existsSync(join(root, 'k8s-1.36'))
  ? false
  : 'the reference data is not installed (TROUPE_REFERENCE)'

/** A reference file as JSON. */
export function referenceJson<T>(...parts: readonly string[]): T {
  return JSON.parse(readFileSync(join(root, ...parts), 'utf8')) as T
}

/** The lines of a reference file as JSON. */
export function referenceLines<T>(...parts: readonly string[]): T[] {
  return readFileSync(join(root, ...parts), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}
