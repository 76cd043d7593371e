/** Lease: pkg/registry/coordination/lease/strategy.go. A lease is taken by writing it, so nobody writes it blindly. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { leaseRow } from '../../printers/cluster.js'

export const leaseStrategy: Strategy = { allowCreateOnUpdate: true, allowUnconditionalUpdate: false, ...printed('Lease', leaseRow) }
