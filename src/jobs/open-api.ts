/** The OpenAPI documents of the built-in kinds, for an API server that must not stand still meanwhile. */
import { type CompiledOpenApi, compileOpenApi } from '../api/openapi/compile.js'
import { builtinRegistry } from '../api/registry.js'

export function openApi({ descriptions }: { readonly descriptions: string }): CompiledOpenApi {
  return compileOpenApi(builtinRegistry(), descriptions)
}
