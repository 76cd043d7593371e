/**
 * What a client sees of the cluster's state, changed: frozen at a revision, late, with events left out, relisted to the
 * past, its watches cut. Reads of the past are exact reads at a revision of the store, so everything that is shown was true
 * once. A fault acts on the watches that are open as well as on those to come.
 */
import { notFound, timeout } from '../../api/meta/status.js'
import type { Context } from '../../kernel/context.js'
import type { Faults } from '../../kernel/faults.js'
import { Call } from '../call.js'
import type { Answer, ApiCall, Handler, ResourceTarget } from '../request.js'
import { createPositions } from './positions.js'
import { type ApiSpec, type Asked, apiSpecs, means, type Turns } from './selector.js'
import { createWatchView, type WatchView } from './watch-view.js'

export interface ViewsOptions {
  readonly context: Context
  readonly faults: Faults
  readonly turns: Turns
  readonly revision: () => number
}

export interface Views {
  of(asked: Asked, handler: Handler): Handler
}

export function createViews({ context, faults, turns, revision }: ViewsOptions): Views {
  const active = (): readonly ApiSpec[] => apiSpecs(faults.of('api'))
  const positions = createPositions({ context, faults, revision })
  const open = new Set<WatchView>()
  faults.onChange(() => {
    for (const view of [...open]) view.changed()
  })

  /** The revision that a read is to be answered at; undefined: the newest. */
  function revisionFor(asked: Asked, query: URLSearchParams): number | undefined {
    const wanted = query.get('resourceVersion') ?? ''
    for (const spec of active()) {
      if (spec.type !== 'frozen' && spec.type !== 'lagging' && spec.type !== 'past') continue
      if (spec.type !== 'past' && spec.scope === 'allowed' && wanted === '') continue
      if ((query.get('continue') ?? '') !== '' || query.get('resourceVersionMatch') === 'Exact' || !means(spec.requests, asked)) continue
      const at = positions.of(spec)
      if (at === undefined || at < 1 || !turns.take(spec)) continue
      faults.hit(spec.id)
      if (spec.type !== 'past' && Number(wanted) > at)
        throw timeout(`Too large resource version: ${wanted}, current: ${at}`, 1, [
          { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
        ])
      return at
    }
    return undefined
  }

  async function read(asked: Asked, handler: Handler, call: ApiCall, target: ResourceTarget): Promise<Answer> {
    const at = revisionFor(asked, call.query)
    if (at === undefined) return handler(call)
    if (target.verb === 'list') return handler(exactly(asked, call, target, at))
    const selected = exactly(asked, call, { ...target, verb: 'list', name: '' }, at)
    selected.query.append('fieldSelector', `metadata.name=${target.name}`)
    const answer = await handler(selected)
    const [served] = answer.type === 'list' ? answer.items : []
    if (!served) throw notFound({ group: target.kind.group, resource: target.kind.plural }, target.name)
    return { type: 'object', code: 200, served, kind: target.kind }
  }

  async function watch(asked: Asked, handler: Handler, call: ApiCall): Promise<Answer> {
    const answer = await handler(call)
    if (answer.type !== 'watch') return answer
    const view = createWatchView({
      inner: answer.events,
      context,
      specs: () => active().filter(({ requests }) => means(requests, asked)),
      positions,
      turns,
      hit: (id) => faults.hit(id),
      abort: () => asked.incoming.abort(),
      ended: () => void open.delete(view),
    })
    open.add(view)
    return { ...answer, events: view.events }
  }

  return {
    of: (asked, handler) => (call) => {
      const { target } = call
      if (target.type !== 'resource' || target.subresource) return handler(call)
      if (target.verb === 'watch') return watch(asked, handler, call)
      if ((target.verb === 'list' || target.verb === 'get') && active().length > 0) return read(asked, handler, call, target)
      return handler(call)
    },
  }
}

/** The same read, exactly at a revision. */
function exactly({ incoming }: Asked, call: ApiCall, target: ResourceTarget, revision: number): Call {
  const kept = [...call.query].filter(([name]) => name !== 'resourceVersion' && name !== 'resourceVersionMatch')
  const query = new URLSearchParams([...kept, ['resourceVersion', String(revision)], ['resourceVersionMatch', 'Exact']])
  return new Call(incoming, { target, path: call.path, query, body: call.body, user: call.user })
}
