/** The OpenAPI documents of a registry as openapi.ts serves them; made anew when the kinds have changed. */
import type { Descriptions } from '../api/openapi/definitions.js'
import { openApiV2 } from '../api/openapi/v2.js'
import { openApiV3, openApiV3Names } from '../api/openapi/v3.js'
import type { Kind } from '../api/kind.js'
import type { Registry } from '../api/registry.js'
import type { OpenApiDocuments } from './openapi.js'

/** `descriptions`: what fields mean, for explain; may be empty. */
export function openApiDocuments(registry: Registry, descriptions: Descriptions = new Map()): OpenApiDocuments {
  const options = { descriptions }
  let kinds: readonly Kind[] = []
  let generation = 0
  return {
    generation() {
      const now = [...registry.kinds()]
      if (now.length !== kinds.length || now.some((kind, i) => kind !== kinds[i])) {
        kinds = now
        generation++
      }
      return generation
    },
    v2: () => openApiV2(registry, options),
    v3Paths: () => openApiV3Names(registry),
    v3: (path) => openApiV3(registry, path, options),
  }
}
