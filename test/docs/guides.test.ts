/** What the guides show is run as it stands. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import t from 'tap'

const root = resolve(import.meta.dirname, '../../..')
// As from a shell: without what this test's own runner has put there.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(NODE_OPTIONS|NODE_TEST_CONTEXT|TAP.*|_TAPJS.*)$/.test(name)),
)
const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env, timeout: 120_000 })

t.test('the example for node:test passes', async (t) => {
  const { status, stdout, stderr } = run('--test', '--test-reporter=tap', 'docs/guides/embed.node-test.mjs')
  t.equal(status, 0, stdout + stderr)
  t.match(stdout, /# pass 1/)
})

t.test('the example for Vitest passes', async (t) => {
  const { status, stdout, stderr } = run('node_modules/vitest/vitest.mjs', 'run', '--dir', 'docs/guides')
  t.equal(status, 0, stdout + stderr)
  t.match(stdout, /1 passed/)
})
