/**
 * Role to worker entry: the only place in src/ that mentions actors/. Each is one file that the build has put together from
 * the entry and all it needs, because threads load that several times faster than modules one by one.
 */
import { CodedError } from '../base/errors.js'

const entries: Readonly<Record<string, URL>> = {
  'store-replica': new URL('../../actors/store-replica.cjs', import.meta.url),
  apiserver: new URL('../../actors/apiserver.cjs', import.meta.url),
  scheduler: new URL('../../actors/scheduler.cjs', import.meta.url),
  controller: new URL('../../actors/controller.cjs', import.meta.url),
  kubelet: new URL('../../actors/kubelet.cjs', import.meta.url),
  proxy: new URL('../../actors/proxy.cjs', import.meta.url),
}

/** The worker entry of a StartSpec. */
export function entryOf(entry: string): URL {
  const url = entries[entry]
  if (!url) throw new CodedError('InvalidChildSpec', `Cannot start "${entry}": there is no such entry`)
  return url
}

/** The job pool's entry. */
export const jobsEntry = new URL('../../actors/jobs.js', import.meta.url)
