/**
 * Who an actor is: a role, a name that is unique in its cluster, and an incarnation that grows with every restart. A
 * message for a dead incarnation is a dead letter, never delivered to its successor.
 */

export interface Address {
  /** What kind of actor it is: 'store-replica', 'apiserver', 'controller', 'kubelet', ... */
  readonly role: string
  /** Unique in the cluster: 'store-1', 'deployment-controller', 'kubelet-node-1', ... */
  readonly name: string
  /** 1 for the first start, one more for every restart. */
  readonly incarnation: number
}

/** `role/name#incarnation`. */
export function formatAddress({ role, name, incarnation }: Address): string {
  return `${role}/${name}#${incarnation}`
}

/** Whether both are the same incarnation of the same actor. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.name === b.name && a.incarnation === b.incarnation && a.role === b.role
}
