/**
 * The import policy holds, and would be seen if it did not: each rule is shown to fail on a violation planted in a copy
 * of the sources.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import t from 'tap'
import { imports, loads, type Rule, readingOptions } from './rules.js'

const root = resolve(import.meta.dirname, '../../..')

/** Violations as `rule: from -> to`, and how many modules were read. */
async function violations(dir: string, forbidden: readonly Rule[], types: boolean): Promise<{ found: string[]; modules: number }> {
  const options = { ...readingOptions(types), baseDir: dir, validate: true, ruleSet: { forbidden: [...forbidden] } }
  const { output } = await cruise(['src', 'actors'], options as never, undefined, { tsConfig: extractTsConfig(join(dir, 'tsconfig.json')) })
  const result = output as ICruiseResult
  return {
    found: result.summary.violations.map((one) => `${one.rule.name}: ${one.from} -> ${one.to}`),
    modules: result.modules.filter(({ source }) => /^(src|actors)\/.*[.]ts$/.test(source)).length,
  }
}

const sources = ['src', 'actors']
  .flatMap((dir) => readdirSync(join(root, dir), { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))

for (const [name, rules, types] of [
  ['what is imported', imports, true],
  ['what is loaded', loads, false],
] as const)
  t.test(`${name} follows the policy`, async (t) => {
    const { found, modules } = await violations(root, rules, types)
    // A transpiler that the tool cannot use makes it see nothing and report success.
    if (types) t.ok(modules >= sources.length, 'every module was read')
    t.same(found, [])
  })

/** rule -> [file to write, its text]: one planted violation for each kind of rule. */
const planted: Readonly<Record<string, readonly [string, string]>> = {
  'layer-base': ['src/base/planted.ts', "import type { Link } from '../kernel/link.js'\nexport type Planted = Link\n"],
  'layer-raft': ['src/raft/planted.ts', "export { createMetrics } from '../telemetry/metrics.js'\n"],
  'layer-store': ['src/store/planted.ts', "import type { Pod } from '../api/types/core-v1.js'\nexport type Planted = Pod\n"],
  'layer-client': ['src/client/planted.ts', "export const planted = () => import('../apiserver/router.js')\n"],
  'layer-controllers': ['src/controllers/planted.ts', "export type { StoreProtocol } from '../store/protocol.js'\n"],
  'layer-apiserver': ['src/apiserver/planted.ts', "export { createWorkqueue } from '../client/workqueue.js'\n"],
  'island-controllers': ['src/controllers/replicaset/planted.ts', "export * from '../deployment/controller.js'\n"],
  'shared-controllers': ['src/controllers/framework/planted.ts', "export * from '../deployment/controller.js'\n"],
  'node-only-outside': ['src/scheduler/planted.ts', "export { readFileSync } from 'node:fs'\n"],
  pure: ['src/api/planted.ts', "export { join } from 'node:path'\n"],
  'packages-are-listed': ['src/node/kubelet/planted.ts', "export { transform } from 'esbuild'\n"],
  'package-msgpackr': ['src/store/planted.ts', "export { Packr } from 'msgpackr/pack'\n"],
  'drivers-are-chosen-by-composition-roots': ['src/client/planted.ts', "export * from './drivers/http.js'\n"],
  'entries-are-thin': ['actors/planted.ts', "export { createRandom } from '../src/base/random.js'\n"],
  'entries-are-started-not-imported': ['src/cluster/planted.ts', "export * from '../../actors/controller.js'\n"],
  'behaviours-enter-from-outside': ['src/cluster/planted.ts', "export { storeActor } from '../store/actor.js'\n"],
  'no-cycles': ['src/base/planted.ts', "import type { Planted } from './planted2.js'\nexport type Planted1 = Planted\n"],
  'no-src-to-test': ['src/cli/planted.ts', "export { layers } from '../../test/architecture/layers.js'\n"],
  'no-dev-dependency': ['src/cli/planted.ts', "export * from '@kubernetes/client-node'\n"],
  'no-unresolvable': ['src/base/planted.ts', "export * from './nowhere.js'\n"],
  'no-orphans': ['src/base/planted.ts', 'export const planted = 1\n'],
  'no-barrels': ['src/base/planted.ts', "export * from './index.js'\n"],
}
const plantedLoads: Readonly<Record<string, readonly [string, string]>> = {
  'main-thread-loads-no-component': ['src/cluster/options.ts', "export * from '../scheduler/actor.js'\n"],
  'behaviours-reach-no-driver': ['src/store/mvcc/keyspace.ts', "export * from '../drivers/disk.js'\n"],
  'simulation-touches-nothing': ['src/sim/timeline.ts', "export * from '../kernel/thread/platform.js'\n"],
  'components-know-only-the-api': ['src/client/client.ts', "export * from '../store/mvcc/keyspace.js'\n"],
  'consensus-is-pure': ['src/raft/quorum.ts', "export * from '../kernel/codec.js'\n"],
}

/** The rules that break when `text` is written to (or added to) `file`. */
async function broken(file: string, text: string, rules: readonly Rule[], types: boolean): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-policy-'))
  try {
    for (const part of ['src', 'actors', 'package.json', 'tsconfig.json']) cpSync(join(root, part), join(dir, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
    if (text.includes('test/architecture')) cpSync(join(root, 'test/architecture'), join(dir, 'test/architecture'), { recursive: true })
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    if (text.includes('index.js')) writeFileSync(join(dir, 'src/base/index.ts'), 'export {}\n')
    if (text.includes('planted2'))
      writeFileSync(join(dir, 'src/base/planted2.ts'), "import type { Planted1 } from './planted.js'\nexport type Planted = Planted1[]\n")
    writeFileSync(join(dir, file), text, { flag: 'a' })
    const { found } = await violations(dir, rules, types)
    return found.map((one) => one.slice(0, one.indexOf(':')))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

t.test('a planted violation is seen', async (t) => {
  for (const [name, [file, text]] of Object.entries(planted)) t.ok((await broken(file, text, imports, true)).includes(name), name)
  for (const [name, [file, text]] of Object.entries(plantedLoads)) t.ok((await broken(file, text, loads, false)).includes(name), name)
})
