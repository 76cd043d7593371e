/**
 * Admission: every plugin in upstream's order, first those that change, later those that judge. The order is fixed here
 * and nowhere else (kubeapiserver/options/plugins.go).
 */
import type { Attributes } from './attributes.js'
import { namespaceLifecycle } from './namespace-lifecycle.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'

export interface AdmissionChain {
  /** Lets every plugin change the object. Throws what the first that refuses throws. */
  admit(attributes: Attributes): Promise<void>
  /** Lets every plugin judge the finished object. */
  validate(attributes: Attributes): Promise<void>
}

/** The plugins that are on by default, in order. */
export const defaultPlugins: readonly AdmissionPlugin[] = [namespaceLifecycle]

export function createAdmissionChain(world: AdmissionWorld, plugins: readonly AdmissionPlugin[] = defaultPlugins): AdmissionChain {
  const mutating = plugins.filter(({ admit }) => admit)
  const validating = plugins.filter(({ validate }) => validate)
  return {
    async admit(attributes) {
      for (const { admit } of mutating) {
        const under = admit?.(attributes, world)
        if (under) await under
      }
    },
    async validate(attributes) {
      for (const { validate } of validating) {
        const under = validate?.(attributes, world)
        if (under) await under
      }
    },
  }
}
