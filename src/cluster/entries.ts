/** Role to worker entry: the only place in src/ that mentions actors/. */
import { CodedError } from '../base/errors.js'

const entries: Readonly<Record<string, URL>> = {
  'store-replica': new URL('../../actors/store-replica.js', import.meta.url),
  apiserver: new URL('../../actors/apiserver.js', import.meta.url),
  scheduler: new URL('../../actors/scheduler.js', import.meta.url),
  controller: new URL('../../actors/controller.js', import.meta.url),
  kubelet: new URL('../../actors/kubelet.js', import.meta.url),
  proxy: new URL('../../actors/proxy.js', import.meta.url),
}

/** The worker entry of a StartSpec. */
export function entryOf(entry: string): URL {
  const url = entries[entry]
  if (!url) throw new CodedError('InvalidChildSpec', `Cannot start "${entry}": there is no such entry`)
  return url
}

/** The job pool's entry. */
export const jobsEntry = new URL('../../actors/jobs.js', import.meta.url)
