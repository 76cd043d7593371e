/** OpenAPI documents from the job pool: made on another thread when they are first asked for, and then kept by who asked. */
import type { CompiledOpenApi } from '../../api/openapi/compile.js'
import { readDescriptions } from './descriptions.js'

/** `jobs` is the pool's entry, `descriptions` the packed file of the fields' descriptions. */
export function openApiFromPool({
  jobs,
  descriptions,
}: {
  readonly jobs: URL
  readonly descriptions: URL
}): () => Promise<CompiledOpenApi> {
  return async () => {
    // Loaded when it is needed: most clusters never ask, and every start of an API server would pay for it.
    const { createJobPool } = await import('../../kernel/thread/pool.js')
    const pool = createJobPool({ entry: jobs, threadsMax: 1 })
    try {
      return await pool.run<CompiledOpenApi>('openApi', { descriptions: await readDescriptions(descriptions) })
    } finally {
      await pool.close()
    }
  }
}
