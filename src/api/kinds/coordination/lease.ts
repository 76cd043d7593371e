/** Lease: pkg/registry/coordination/lease/strategy.go. A lease is taken by writing it, so nobody writes it blindly. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { leaseRow } from '../../printers/cluster.js'
import { validateLease } from '../../validation/coordination/lease.js'

export const leaseStrategy: Strategy = {
  validate: validateLease,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  ...printed('Lease', leaseRow),
}
