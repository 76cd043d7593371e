/**
 * What the cast may do beyond upstream's bootstrap policy. kube-controller-manager runs its controllers in one process:
 * all read through informers that belong to system:kube-controller-manager, and only their writes are their own service
 * accounts'. Here each controller is alone and reads for itself, so all of them may read what the manager's informers may.
 */
import { type BindingSpec, on, type RoleSpec, url } from './bootstrap-notation.js'

/** The group of every controller actor. */
export const controllersGroup = 'troupe:controllers'

export const castRoles: readonly RoleSpec[] = [
  {
    name: 'troupe:controller-informers',
    rules: [on('get,list,watch', '*', '*'), url('get', '/api,/api/*,/apis,/apis/*')],
  },
]

export const castBindings: readonly BindingSpec[] = [
  { name: 'troupe:controller-informers', role: 'ClusterRole troupe:controller-informers', subjects: [`Group ${controllersGroup}`] },
]
