/** OpenAPI documents from the job pool: made on another thread when they are first asked for, and then kept by who asked. */
import type { CompiledOpenApi } from '../../api/openapi/compile.js'
import { createJobPool } from '../../kernel/thread/pool.js'
import { readDescriptions } from './descriptions.js'

/** `jobs` is the pool's entry. */
export function openApiFromPool(jobs: URL): () => Promise<CompiledOpenApi> {
  return async () => {
    const pool = createJobPool({ entry: jobs, threadsMax: 1 })
    try {
      return await pool.run<CompiledOpenApi>('openApi', { descriptions: await readDescriptions() })
    } finally {
      await pool.close()
    }
  }
}
