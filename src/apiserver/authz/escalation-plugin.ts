/** The escalation check where writes are judged: among the admission plugins that only look at the finished object. */
import type { AdmissionPlugin } from '../admission/plugin.js'
import type { CheckEscalation } from './escalation.js'

/** `check` is asked for late, because authorization is made after the half that admits. */
export function escalationPlugin(check: () => CheckEscalation): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    validate({ operation, kind, namespace, object, old, user }) {
      if (!object || (operation !== 'CREATE' && operation !== 'UPDATE')) return
      check()({ user, resource: { group: kind.group, resource: kind.plural }, namespace, object, ...(old ? { old } : {}) })
    },
  }
}
