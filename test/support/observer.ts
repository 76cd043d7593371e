/** An actor that does nothing by itself and lends a test its context: the test's own place in the cast. */
import { defined } from '../../src/base/assert.js'
import type { Behaviour } from '../../src/kernel/behaviour.js'
import type { Context } from '../../src/kernel/context.js'
import type { NoProtocol } from '../../src/kernel/protocol.js'

export function createObserver(): { behaviour: Behaviour<NoProtocol, undefined, undefined>; context(): Context } {
  let context: Context | undefined
  return {
    behaviour: {
      role: 'cluster',
      init(own) {
        context = own
        return {}
      },
    },
    context: () => defined(context, 'the observer has joined'),
  }
}
