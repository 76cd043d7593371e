/**
 * Validation agrees with the recorded answers, but for what 1.36 answers otherwise and for what others have to do, which
 * differences.ts lists. SHOW=Pod prints what differs for kinds so named.
 */
import t from 'tap'
import { noReference } from '../reference.js'
import { differenceOf, openReason } from './differences.js'
import { type Verdict, verdicts } from './golden.js'

const shown = process.env['SHOW']
const enough = 0.98

t.test('validation agrees with the recorded answers', { skip: noReference }, async (t) => {
  const all = verdicts()
  const byKind = new Map<string, Verdict[]>()
  for (const verdict of all) byKind.set(verdict.kind, [...(byKind.get(verdict.kind) ?? []), verdict])
  for (const [kind, list] of byKind) {
    const odd = list.filter(isUnexplained)
    t.comment(`${kind.padEnd(60)} ${shares(list)}`)
    if (shown && new RegExp(shown).test(kind)) for (const verdict of odd) t.comment(describe(verdict))
  }
  t.comment(`total ${shares(all)}`)
  t.strictSame(
    all.filter((verdict) => isUnexplained(verdict) && !openReason(verdict.row.id)).map(describe),
    [],
    'every difference is explained',
  )
  const refused = all.filter(({ row }) => row.status === 422)
  t.ok(refused.length > 1000, `${refused.length} refusals were recorded`)
  t.ok(refused.filter(({ message }) => message).length > enough * refused.length, 'refusals are told in the same words')
})

function isUnexplained(verdict: Verdict): boolean {
  return !agrees(verdict) && !differenceOf(verdict.row.id)
}

function agrees({ status, causes, message }: Verdict): boolean {
  return status && causes && message
}

function shares(list: readonly Verdict[]): string {
  const refused = list.filter(({ row }) => row.status === 422)
  const accepted = list.filter(({ row }) => row.status !== 422)
  const share = (of: readonly Verdict[], good: (verdict: Verdict) => boolean): string => `${of.filter(good).length}/${of.length}`
  const same = (name: 'status' | 'causes' | 'message', of = refused): string => share(of, (verdict) => verdict[name])
  return `refused: status ${same('status')} causes ${same('causes')} message ${same('message')} accepted ${same('status', accepted)}`
}

function describe({ row, said }: Verdict): string {
  const text = `  ${row.id}\n    want ${row.status} ${row.response?.message ?? ''}\n    got  ${said}`
  return text.replace(/x{20,}/g, 'xxx…')
}
