/** A Served of an object that nobody else serves: encoded when it is first asked for. */
import type { KubeObject } from '../api/meta/object.js'
import type { Served } from './request.js'

export function served(object: KubeObject): Served {
  let text: string | undefined
  return { object, json: () => (text ??= JSON.stringify(object)) }
}
