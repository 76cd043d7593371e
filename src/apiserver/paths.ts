/** Everything that is no resource: the index, health, version, metrics, discovery, OpenAPI and the token issuer's keys. */
import type { Crypto } from './crypto.js'
import type { Discovery } from './discovery.js'
import { type HealthCheck, healthAnswer, isHealthPath } from './health.js'
import type { OpenApi } from './openapi.js'
import type { Answer, ApiCall, Handler } from './request.js'
import { noSuchMethod } from './router.js'
import { versionInfo } from './version.js'

export interface PathsOptions {
  readonly discovery: Discovery
  readonly openApi: OpenApi
  readonly checks: readonly HealthCheck[]
  /** In Prometheus' text format. */
  readonly metrics: () => string
  readonly crypto: Crypto
  /** The iss of service-account tokens, and where its keys are found. */
  readonly issuer: string
  readonly jwksUri: () => string
}

const encoder = new TextEncoder()

export function createPaths(options: PathsOptions): Handler {
  const { discovery, openApi, checks } = options
  return async (call) => {
    const path = call.path.length > 1 ? call.path.replace(/\/$/, '') : call.path
    if (isHealthPath(path)) return readOnly(call, () => healthAnswer(path, call.query, checks))
    if (path === '/api' || path.startsWith('/api/') || path === '/apis' || path.startsWith('/apis/')) {
      const answer = discovery.answer(path, call.headers)
      return answer ? readOnly(call, () => answer) : pageNotFound
    }
    if (path === '/openapi/v2' || path === '/openapi/v3' || path.startsWith('/openapi/v3/')) {
      const answer = await openApi.answer(path, call.query, call.headers)
      return answer ? readOnly(call, () => answer) : pageNotFound
    }
    switch (path) {
      case '/':
        return readOnly(call, () => json(200, { paths: indexOf(discovery, checks) }))
      case '/version':
        return readOnly(call, () => json(200, versionInfo))
      case '/metrics':
      case '/metrics/slis':
        return readOnly(call, () => bytes(200, 'text/plain; version=0.0.4; charset=utf-8', options.metrics()))
      case '/.well-known/openid-configuration':
        return readOnly(call, () => openIdConfiguration(options))
      case '/openid/v1/jwks':
        return readOnly(call, async () => cached('application/jwk-set+json', JSON.stringify({ keys: await options.crypto.publicKeys() })))
      default:
        return json(404, { paths: indexOf(discovery, checks) })
    }
  }
}

/** What net/http says of a path that nobody serves. */
export const pageNotFound: Answer = {
  type: 'bytes',
  code: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body: encoder.encode('404 page not found\n'),
}

function bytes(code: number, contentType: string, body: string): Extract<Answer, { type: 'bytes' }> {
  return { type: 'bytes', code, headers: { 'content-type': contentType }, body: encoder.encode(body) }
}

function json(code: number, value: unknown): Extract<Answer, { type: 'bytes' }> {
  return bytes(code, 'application/json', JSON.stringify(value, undefined, 2))
}

function cached(contentType: string, body: string): Answer {
  return {
    type: 'bytes',
    code: 200,
    headers: { 'content-type': contentType, 'cache-control': 'public, max-age=3600' },
    body: encoder.encode(body),
  }
}

async function openIdConfiguration({ crypto, issuer, jwksUri }: PathsOptions): Promise<Answer> {
  const algorithms = [...new Set((await crypto.publicKeys()).map(({ alg }) => alg))]
  return cached(
    'application/json',
    JSON.stringify({
      issuer,
      jwks_uri: jwksUri(),
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: algorithms,
    }),
  )
}

function readOnly(call: ApiCall, answer: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw noSuchMethod()
  return answer()
}

function indexOf(discovery: Discovery, checks: readonly HealthCheck[]): string[] {
  const health = (['healthz', 'livez', 'readyz'] as const).flatMap((endpoint) => [
    `/${endpoint}`,
    ...checks.filter(({ of }) => of.includes(endpoint)).map(({ name }) => `/${endpoint}/${name}`),
  ])
  const other = [
    '/.well-known/openid-configuration',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/openid/v1/jwks',
    '/version',
  ]
  return [...discovery.paths(), ...health, ...other].sort()
}
