/** What docs/reference/invariants.md and the folder's README say is what there is. UPDATE_DOCS=1 writes the tables anew. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { kubernetesInvariants } from '../../../src/chaos/invariants/kubernetes/catalogue.js'
import { sameEndState } from '../../../src/chaos/invariants/kubernetes/same-end-state.js'
import { objectWatchGuarantees } from '../../../src/chaos/invariants/object-watch.js'
import { raftInvariants } from '../../../src/chaos/invariants/raft.js'
import { storeInvariants } from '../../../src/chaos/invariants/store-judge.js'
import { watchGuarantees } from '../../../src/chaos/invariants/watch-guarantees.js'

const root = resolve(import.meta.dirname, '../../../..')
const page = join(root, 'docs/reference/invariants.md')

interface Row {
  readonly name: string
  readonly description: string
  readonly source: string
}

const tables: Readonly<Record<string, readonly Row[]>> = {
  'The store': storeInvariants,
  'Watches of the store': watchGuarantees,
  Raft: raftInvariants,
  'Watches of the API': objectWatchGuarantees,
  Kubernetes: [...kubernetesInvariants, sameEndState([])],
}

function tableOf(rows: readonly Row[]): string {
  return [
    '| Name | What it says | Source |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| \`${row.name}\` | ${row.description} | ${row.source} |`),
  ].join('\n')
}

/** Of each section its title and prose; its table stands at its end. */
function sectionsOf(text: string): { title: string; prose: string; table: string }[] {
  return text
    .split('\n## ')
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.trim().split('\n')
      const isRow = (line: string): boolean => line.startsWith('|')
      return {
        title,
        prose: lines
          .filter((line) => !isRow(line))
          .join('\n')
          .trim(),
        table: lines.filter(isRow).join('\n'),
      }
    })
}

t.test('the page has the tables of the code', async (t) => {
  if (process.env['UPDATE_DOCS']) {
    const text = readFileSync(page, 'utf8')
    const sections = sectionsOf(text).map(
      ({ title, prose }) => `## ${title}\n\n${prose === '' ? '' : `${prose}\n\n`}${tableOf(tables[title] ?? [])}\n`,
    )
    writeFileSync(page, [`${text.split('\n## ')[0]}\n`.replace(/\n+$/, '\n'), ...sections].join('\n'))
  }
  const sections = sectionsOf(readFileSync(page, 'utf8'))
  t.same(
    sections.map(({ title }) => title),
    Object.keys(tables),
  )
  for (const { title, table } of sections) t.equal(table, tableOf(tables[title] ?? []), title)
})

t.test('names are used once', async (t) => {
  const names = Object.values(tables).flatMap((rows) => rows.map(({ name }) => name))
  t.equal(new Set(names).size, names.length)
})

t.test('the README names every module', async (t) => {
  const folder = join(root, 'src/chaos/invariants')
  const text = readFileSync(join(folder, 'README.md'), 'utf8').split('## Reading order')[1] ?? ''
  const listed = [...text.matchAll(/[\w/-]+\.ts/g)].map(([file]) => file.replace(/^(kubernetes|models)\//, '')).sort()
  const there = (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/^.*\//, ''))
  // Two models and modules beside them have the same names.
  t.same(listed, there.sort())
})
