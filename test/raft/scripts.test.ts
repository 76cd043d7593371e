/**
 * The scripts of scripts/*.md (script.ts says what they may contain): each goes as written, and fails with each of the mutants that it
 * guards against. Every mutant of the core has a script that guards against it.
 *
 *   node dist/test/raft/scripts.test.js figure-8     the scripts whose name contains this, alone
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type RaftMutant, raftMutants } from '../../src/raft/mutants.js'
import { parseScript, runScript } from './script.js'

const directory = join(process.cwd(), 'test/raft/scripts')
const only = process.argv[2] ?? ''
const names = readdirSync(directory)
  .filter((name) => name.endsWith('.md') && name.includes(only))
  .sort()
const isMutant = (name: string): name is RaftMutant => Object.hasOwn(raftMutants, name)

t.test('scripts go as written, and fail where they should', async (t) => {
  const guarded = new Set<string>()
  for (const name of names) {
    const script = parseScript(readFileSync(join(directory, name), 'utf8'))
    t.equal(runScript(script), undefined, `${name}: ${script.title}`)
    for (const mutant of script.mutants) {
      if (!isMutant(mutant)) {
        t.fail(`${name}: no mutant is called "${mutant}"`)
        continue
      }
      guarded.add(mutant)
      const failure = runScript(script, [mutant])
      t.ok(failure, `${name} fails with ${mutant}`)
      if (only !== '') t.comment(`${mutant}: ${failure}`)
    }
  }
  if (only !== '') return
  t.ok(names.length >= 40, `${names.length} scripts`)
  t.strictSame(
    Object.keys(raftMutants).filter((mutant) => !guarded.has(mutant)),
    [],
    'every mutant has its script',
  )
})
