/**
 * The import policy holds, and would be seen if it did not: each rule is shown to fail on a violation planted in a copy
 * of the sources.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
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

/** One planted violation for each kind of rule: the folder its file goes to, and its text. */
const plantedImports: readonly (readonly [rule: string, folder: string, text: string])[] = [
  ['layer-base', 'src/base', "import type { Link } from '../kernel/link.js'\nexport type Planted = Link\n"],
  ['layer-raft', 'src/raft', "export { createMetrics } from '../telemetry/metrics.js'\n"],
  ['layer-store', 'src/store', "import type { Pod } from '../api/types/core-v1.js'\nexport type Planted = Pod\n"],
  ['layer-client', 'src/client', "export const planted = () => import('../apiserver/router.js')\n"],
  ['layer-controllers', 'src/controllers', "export type { StoreProtocol } from '../store/protocol.js'\n"],
  ['layer-apiserver', 'src/apiserver', "export * from '../client/workqueue.js'\n"],
  ['island-controllers', 'src/controllers/replicaset', "export * from '../deployment/controller.js'\n"],
  ['shared-controllers', 'src/controllers/framework', "export * from '../deployment/controller.js'\n"],
  ['node-only-outside', 'src/scheduler', "export { readFileSync } from 'node:fs'\n"],
  ['pure', 'src/api', "export { join } from 'node:path'\n"],
  ['packages-are-listed', 'src/node/kubelet', "export { transform } from 'esbuild'\n"],
  ['package-msgpackr', 'src/store/mvcc', "export { Packr } from 'msgpackr/pack'\n"],
  ['drivers-are-chosen-by-composition-roots', 'src/client', "export * from './drivers/http.js'\n"],
  ['entries-are-thin', 'actors', "export { createRandom } from '../src/base/random.js'\n"],
  ['entries-are-started-not-imported', 'src/cluster', "export * from '../../actors/controller.js'\n"],
  ['behaviours-enter-from-outside', 'src/cluster', "export { storeActor } from '../store/actor.js'\n"],
  ['no-src-to-test', 'src/cli', "export { layers } from '../../test/architecture/layers.js'\n"],
  ['no-dev-dependency', 'src/cli', "export * from '@kubernetes/client-node'\n"],
  ['no-unresolvable', 'src/base', "export * from './nowhere.js'\n"],
  ['no-orphans', 'src/base', 'export const planted = 1\n'],
  ['no-barrels', 'src/base', "export * from './index.js'\n"],
  ['no-cycles', 'src/base', "import type { Planted } from './index.js'\nexport type Cycle = Planted\n"],
]
/** For what is loaded the violation is added to a module that is loaded already. */
const plantedLoads: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['main-thread-loads-no-component', 'src/cluster/options.ts', "export * from '../scheduler/actor.js'\n"],
  ['behaviours-reach-no-driver', 'src/store/mvcc/keyspace.ts', "export * from '../drivers/disk.js'\n"],
  ['simulation-touches-nothing', 'src/sim/timeline.ts', "export * from '../kernel/thread/platform.js'\n"],
  ['components-know-only-the-api', 'src/client/client.ts', "export * from '../store/mvcc/keyspace.js'\n"],
  ['consensus-is-pure', 'src/raft/quorum.ts', "export * from '../kernel/codec.js'\n"],
]

/** A copy of the sources that `plant` may spoil. */
async function spoiled(plant: (dir: string) => void, rules: readonly Rule[], types: boolean): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-policy-'))
  try {
    for (const part of ['src', 'actors', 'test/architecture', 'package.json', 'tsconfig.json'])
      cpSync(join(root, part), join(dir, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
    plant(dir)
    return (await violations(dir, rules, types)).found
  } finally {
    rmSync(dir, { recursive: true })
  }
}

t.test('a planted violation is seen, by the rule that is meant for it and at the place where it is', async (t) => {
  const fileOf = (i: number) => `planted-${i}.ts`
  const seen = await spoiled(
    (dir) => {
      for (const [i, [, folder, text]] of plantedImports.entries()) writeFileSync(join(dir, folder, fileOf(i)), text)
      const cycle = plantedImports.findIndex(([rule]) => rule === 'no-cycles')
      writeFileSync(
        join(dir, 'src/base/index.ts'),
        `import type { Cycle } from './${fileOf(cycle).replace('.ts', '.js')}'\nexport type Planted = Cycle[]\n`,
      )
    },
    imports,
    true,
  )
  for (const [i, [rule, folder]] of plantedImports.entries())
    t.ok(
      seen.some(
        (one) => one.startsWith(`${rule}: ${folder}/${fileOf(i)} `) || (rule === 'no-cycles' && one.startsWith('no-cycles: src/base/')),
      ),
      rule,
    )

  const loaded = await spoiled(
    (dir) => {
      for (const [, file, text] of plantedLoads) writeFileSync(join(dir, file), text, { flag: 'a' })
    },
    loads,
    false,
  )
  for (const [rule] of plantedLoads)
    t.ok(
      loaded.some((one) => one.startsWith(`${rule}: `)),
      rule,
    )
})
