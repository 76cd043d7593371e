/** PriorityLevelConfiguration: how many requests of a level are served at once and how the others wait (pkg/apis/flowcontrol/validation). */
import type { KubeObject } from '../../meta/object.js'
import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  QueuingConfiguration,
} from '../../types/flowcontrol-v1.js'
import { kubeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { conditionTypes } from './flow-schema.js'

const maxQueues = 10_000_000
const maxEntropyBits = 60

export function validatePriorityLevelConfiguration(object: KubeObject): FieldError[] {
  const { spec, status } = object as unknown as PriorityLevelConfiguration
  const { type = '', exempt, limited } = spec ?? ({} as Partial<NonNullable<typeof spec>>)
  const path = field('spec')
  const errors = kubeMeta(object.metadata)
  if ((object.metadata.name === 'exempt') !== (type === 'Exempt'))
    errors.push(invalid(path.child('type'), type, "type must be 'Exempt' if and only if name is 'exempt'"))
  if (type === 'Exempt') {
    if (limited) errors.push(forbiddenField(path.child('limited'), 'must be nil if the type is not Limited'))
    if (exempt) errors.push(...shares(exempt, path.child('exempt')))
  } else if (type === 'Limited') {
    if (exempt) errors.push(forbiddenField(path.child('exempt'), 'must be nil if the type is Limited'))
    if (limited) errors.push(...limitedErrors(limited, path.child('limited')))
    else errors.push(required(path.child('limited'), 'must not be empty when type is Limited'))
  } else errors.push(notSupported(path.child('type'), type, ['Exempt', 'Limited']))
  return [...errors, ...conditionTypes(status?.conditions, field('status', 'conditions'))]
}

type Shares = Pick<LimitedPriorityLevelConfiguration, 'nominalConcurrencyShares' | 'lendablePercent'>

const lendable = (percent: number | undefined, path: FieldPath): FieldError[] =>
  percent !== undefined && (percent < 0 || percent > 100) ? [invalid(path, percent, 'must be between 0 and 100, inclusive')] : []

function shares({ nominalConcurrencyShares: nominal, lendablePercent }: Shares, path: FieldPath): FieldError[] {
  const negative = nominal !== undefined && nominal < 0
  return [
    ...(negative ? [invalid(path.child('nominalConcurrencyShares'), nominal, 'must be a non-negative integer')] : []),
    ...lendable(lendablePercent, path.child('lendablePercent')),
  ]
}

function limitedErrors(limited: LimitedPriorityLevelConfiguration, path: FieldPath): FieldError[] {
  const { nominalConcurrencyShares: nominal, limitResponse, lendablePercent, borrowingLimitPercent: borrowing } = limited
  const at = path.child('borrowingLimitPercent')
  return [
    ...shares({ nominalConcurrencyShares: nominal }, path),
    ...response(limitResponse ?? { type: '' }, path.child('limitResponse')),
    ...lendable(lendablePercent, path.child('lendablePercent')),
    ...(borrowing !== undefined && borrowing < 0 ? [invalid(at, borrowing, 'if specified, must be a non-negative integer')] : []),
  ]
}

function response({ type, queuing }: LimitResponse, path: FieldPath): FieldError[] {
  const at = path.child('queuing')
  if (type === 'Reject') return queuing ? [forbiddenField(at, 'must be nil if limited.limitResponse.type is not Limited')] : []
  if (type !== 'Queue') return [notSupported(path.child('type'), type ?? '', ['Queue', 'Reject'])]
  return queuing ? queuingErrors(queuing, at) : [required(at, 'must not be empty if limited.limitResponse.type is Limited')]
}

function queuingErrors({ queueLengthLimit = 0, queues = 0, handSize = 0 }: QueuingConfiguration, path: FieldPath): FieldError[] {
  const positive = 'must be positive'
  const errors = queueLengthLimit <= 0 ? [invalid(path.child('queueLengthLimit'), queueLengthLimit, positive)] : []
  const [queuesAt, handAt] = [path.child('queues'), path.child('handSize')]
  if (queues <= 0) errors.push(invalid(queuesAt, queues, positive))
  else if (queues > maxQueues) errors.push(invalid(queuesAt, queues, `must not be greater than ${maxQueues}`))
  if (handSize <= 0) errors.push(invalid(handAt, handSize, positive))
  else if (handSize > queues) errors.push(invalid(handAt, handSize, `should not be greater than queues (${queues})`))
  else if (entropyBits(queues, handSize) > maxEntropyBits) {
    const why = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${maxEntropyBits}`
    errors.push(invalid(handAt, handSize, why))
  }
  return errors
}

/** How many bits of hash shuffle sharding takes to deal a hand (shufflesharding.RequiredEntropyBits). */
const entropyBits = (deck: number, hand: number): number => Math.ceil(Math.log2(deck) * hand)
