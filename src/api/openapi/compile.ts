/**
 * All OpenAPI documents of a registry at once, as bytes: a second of computing, so whoever serves requests has it done
 * elsewhere.
 */
import type { Registry } from '../registry.js'
import { parseDescriptions } from './definitions.js'
import { encodeGnosticV2 } from './gnostic.js'
import { openApiV2 } from './v2.js'
import { openApiV3, openApiV3Names } from './v3.js'

export interface CompiledOpenApi {
  /** /openapi/v2, as JSON and as gnostic's protobuf. */
  readonly v2: { readonly json: Uint8Array; readonly protobuf: Uint8Array }
  /** /openapi/v3/<path>, by path: 'api', 'apis', 'api/v1', 'apis/apps/v1', 'version', ... */
  readonly v3: readonly (readonly [path: string, json: Uint8Array])[]
}

/** `descriptions` as parseDescriptions() reads them. */
export function compileOpenApi(registry: Registry, descriptions: string): CompiledOpenApi {
  const encoder = new TextEncoder()
  const encode = (document: unknown) => encoder.encode(JSON.stringify(document))
  const options = { descriptions: parseDescriptions(descriptions) }
  const v2 = openApiV2(registry, options)
  return {
    v2: { json: encode(v2), protobuf: encodeGnosticV2(v2) },
    v3: openApiV3Names(registry).map((path) => [path, encode(openApiV3(registry, path, options))]),
  }
}
