/** The API server, on sockets. */
import { apiServerActor } from '../src/apiserver/actor.js'
import { createHeaderCompression } from '../src/apiserver/drivers/compression.js'
import { createCrypto } from '../src/apiserver/drivers/crypto.js'
import { httpListener } from '../src/apiserver/drivers/http.js'
import { openApiFromPool } from '../src/apiserver/drivers/open-api.js'
import { runActor } from '../src/kernel/thread/entry.js'

void runActor(apiServerActor, {
  createCrypto,
  listener: httpListener,
  compression: createHeaderCompression,
  compileOpenApi: openApiFromPool({
    jobs: new URL('./jobs.js', import.meta.url),
    descriptions: new URL('../src/api/generated/descriptions.json.gz', import.meta.url),
  }),
})
