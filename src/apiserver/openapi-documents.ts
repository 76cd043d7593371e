/** The OpenAPI documents of a registry as openapi.ts serves them; made anew when the kinds have changed. */
import { type Descriptions, parseDescriptions } from '../api/openapi/definitions.js'
import { openApiV2 } from '../api/openapi/v2.js'
import { openApiV3, openApiV3Names } from '../api/openapi/v3.js'
import type { Kind } from '../api/kind.js'
import type { Registry } from '../api/registry.js'
import type { OpenApiDocuments } from './openapi.js'

/** `readDescriptions` gives what fields mean as JSON (parseDescriptions); it is asked once, before the first document is made. */
export function openApiDocuments(registry: Registry, readDescriptions: () => Promise<string> = async () => '{}'): OpenApiDocuments {
  let descriptions: Descriptions = new Map()
  let reading: Promise<void> | undefined
  let kinds: readonly Kind[] = []
  let generation = 0
  return {
    ready() {
      reading ??= readDescriptions().then((text) => {
        descriptions = parseDescriptions(text)
      })
      return reading
    },
    generation() {
      const now = [...registry.kinds()]
      if (now.length !== kinds.length || now.some((kind, i) => kind !== kinds[i])) {
        kinds = now
        generation++
      }
      return generation
    },
    v2: () => openApiV2(registry, { descriptions }),
    v3Paths: () => openApiV3Names(registry),
    v3: (path) => openApiV3(registry, path, { descriptions }),
  }
}
