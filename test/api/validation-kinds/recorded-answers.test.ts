/** How far validation agrees with the recorded answers, kind by kind; SHOW=Pod prints what differs for kinds so named. */
import t from 'tap'
import { noReference } from '../reference.js'
import { differenceOf } from './differences.js'
import { type Verdict, verdicts } from './golden.js'

const shown = process.env['SHOW']

t.test('validation agrees with the recorded answers', { skip: noReference }, async (t) => {
  const all = verdicts()
  const byKind = new Map<string, Verdict[]>()
  for (const verdict of all) byKind.set(verdict.kind, [...(byKind.get(verdict.kind) ?? []), verdict])
  for (const [kind, list] of byKind) {
    const open = list.filter((verdict) => !agrees(verdict) && !differenceOf(verdict.row.id))
    t.comment(`${kind.padEnd(60)} ${shares(list)} ${open.length} open`)
    if (shown && new RegExp(shown).test(kind)) for (const verdict of open) t.comment(describe(verdict))
  }
  t.comment(`total ${shares(all)}`)
  t.comment(`${all.filter((verdict) => !agrees(verdict) && differenceOf(verdict.row.id)).length} rows differ because 1.36 does`)
  t.end()
})

function agrees({ status, causes, message }: Verdict): boolean {
  return status && causes && message
}

function shares(list: readonly Verdict[]): string {
  const refused = list.filter(({ row }) => row.status === 422)
  const accepted = list.filter(({ row }) => row.status !== 422)
  const share = (of: readonly Verdict[], good: (verdict: Verdict) => boolean): string => `${of.filter(good).length}/${of.length}`
  return `refused: status ${share(refused, ({ status }) => status)} causes ${share(refused, ({ causes }) => causes)} message ${share(refused, ({ message }) => message)} accepted ${share(accepted, ({ status }) => status)}`
}

function describe({ row, said }: Verdict): string {
  const text = `  ${row.id}\n    want ${row.status} ${row.response?.message ?? ''}\n    got  ${said}`
  return text.replace(/x{20,}/g, 'xxx…')
}
