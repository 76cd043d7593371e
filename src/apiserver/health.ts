/**
 * /healthz, /livez and /readyz: named checks, all together or one by one (apiserver/pkg/server/healthz). healthz has all
 * of them, livez those whose failure a restart could mend, readyz those that say whether to send requests.
 */
import { ApiError } from '../api/meta/status.js'
import type { Answer } from './request.js'

export interface HealthCheck {
  readonly name: string
  readonly of: readonly ('healthz' | 'livez' | 'readyz')[]
  /** Rejects with what is wrong. */
  readonly check: () => Promise<void> | void
}

const encoder = new TextEncoder()
const textHeaders = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }

/** Whether the path is one of the health endpoints' or below. */
export function isHealthPath(path: string): boolean {
  return /^\/(healthz|livez|readyz)(\/|$)/.test(path)
}

/** Answers a health path. Throws ApiError 404 for a check that there is not. */
export async function healthAnswer(path: string, query: URLSearchParams, checks: readonly HealthCheck[]): Promise<Answer> {
  const [, endpoint = '', ...rest] = path.split('/')
  const asked = checks.filter(({ of }) => of.some((one) => one === endpoint))
  const name = rest.join('/')
  if (name !== '') return oneCheck(asked.find((check) => check.name === name))
  const excluded = new Set(query.getAll('exclude'))
  const results = await Promise.all(
    asked.map(async (check) => ({ name: check.name, problem: excluded.has(check.name) ? undefined : await problemOf(check) })),
  )
  const failed = results.some(({ problem }) => problem !== undefined)
  if (!failed && !query.has('verbose')) return text(200, 'ok')
  const lines = results.map(({ name: one, problem }) => {
    if (excluded.has(one)) return `[+]${one} excluded: ok\n`
    return problem === undefined ? `[+]${one} ok\n` : `[-]${one} failed: reason withheld\n`
  })
  const unmatched = [...excluded].filter((one) => !asked.some((check) => check.name === one))
  if (unmatched.length > 0)
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unmatched.map((one) => JSON.stringify(one)).join(',')}\n`)
  return text(failed ? 500 : 200, `${lines.join('')}${endpoint} check ${failed ? 'failed' : 'passed'}\n`)
}

async function oneCheck(check: HealthCheck | undefined): Promise<Answer> {
  if (!check) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
  const problem = await problemOf(check)
  return problem === undefined ? text(200, 'ok') : text(500, `internal server error: ${problem}\n`)
}

async function problemOf({ check }: HealthCheck): Promise<string | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function text(code: number, body: string): Answer {
  return { type: 'bytes', code, headers: textHeaders, body: encoder.encode(body) }
}
