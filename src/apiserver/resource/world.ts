/** What the verbs of the back half share. Built once by resources.ts. */
import type { Registry } from '../../api/registry.js'
import type { Context } from '../../kernel/context.js'
import type { StoreClient } from '../../store/client.js'
import type { AdmissionChain } from '../admission/chain.js'
import type { Allocation } from '../allocation/allocation.js'
import type { Committer } from './commit.js'
import type { Lookup } from './lookup.js'
import type { Mirror } from './mirror.js'
import type { AccessQuestion, TokenClaims } from './options.js'
import type { Reader } from './read.js'

export interface World {
  readonly context: Context
  readonly registry: Registry
  readonly store: StoreClient
  readonly mirror: Mirror
  readonly reader: Reader
  readonly committer: Committer
  readonly lookup: Lookup
  readonly admission: AdmissionChain
  readonly allocation: Allocation
  readonly authorize: (question: AccessQuestion) => boolean
  readonly signToken: ((claims: TokenClaims) => Promise<{ readonly token: string; readonly expirationMs: number }>) | undefined
  readonly freeze: boolean
}
