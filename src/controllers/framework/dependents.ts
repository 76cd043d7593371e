/**
 * Making and deleting what an object controls, so that a lost answer never becomes a duplicate. The controller itself
 * draws the name of what it makes, with the generator's alphabet; when the answer is lost it asks for the same name
 * again, and "already exists" then means that the first request got through. Deletions carry the uid, so asking again
 * is harmless. Only what stays unknown after that costs a new list (client/consistency.ts).
 */
import { sleep } from '../../base/clock.js'
import { CodedError, codeOf } from '../../base/errors.js'
import type { DeleteOptions } from '../../client/client.js'
import type { Informer } from '../../client/informer.js'
import type { ApiObject } from '../../client/resources.js'
import { isAlreadyExists, isConflict, isNotFound } from '../../client/status-error.js'
import { isOutcomeUnknown } from '../../kernel/protocol.js'
import type { ControllerKit } from './controller.js'
import { controllerOf } from './ownership.js'

/** Names are cut so that prefix and suffix fit into 63 characters (apiserver names.SimpleNameGenerator). */
const prefixCharactersMax = 58
const attemptsMax = 5
const retryDelayMs = 50

type Kit = Pick<ControllerKit, 'client' | 'context' | 'writes'>

/**
 * Creates `object` for the owner whose key is `ownerKey`. With metadata.generateName and no name, draws the name.
 * Throws what the server answers; a name that is taken is 'AlreadyExists' unless it is our own earlier request.
 */
export async function createDependent<T extends ApiObject>(
  { client, context, writes }: Kit,
  ownerKey: string,
  informer: Informer<T>,
  object: T,
): Promise<T> {
  const { namespace, generateName } = object.metadata
  const drawn = !object.metadata.name && generateName !== undefined
  const named = () => ({
    ...object,
    metadata: {
      ...object.metadata,
      name: drawn ? generateName.slice(0, prefixCharactersMax) + context.ids.suffix() : object.metadata.name,
    },
  })
  let wanted = named()
  let unknown = false
  for (let attempt = 1; ; attempt++)
    try {
      const made = await client.create(informer.resource, wanted)
      writes.wrote(ownerKey, informer, made)
      return made
    } catch (error) {
      if (isAlreadyExists(error) && unknown) {
        const found = await client.list(informer.resource, {
          ...(namespace ? { namespace } : {}),
          fieldSelector: `metadata.name=${wanted.metadata.name}`,
        })
        const [ours] = found.items
        if (ours && controllerOf(ours)?.uid === controllerOf(object)?.uid) {
          writes.wrote(ownerKey, informer, ours)
          return ours
        }
      }
      if (isAlreadyExists(error) && drawn && attempt < attemptsMax) {
        wanted = named()
        unknown = false
        continue
      }
      if (!isOutcomeUnknown(codeOf(error))) throw error
      unknown = true
      if (attempt === attemptsMax) {
        writes.unknown(ownerKey, informer)
        throw error
      }
      await sleep(context.clock, retryDelayMs * 2 ** attempt, context.signal)
    }
}

/** Deletes `object`, this very one, for the owner whose key is `ownerKey`. Resolves with whether it was there. */
export async function deleteDependent<T extends ApiObject>(
  { client, context, writes }: Kit,
  ownerKey: string,
  informer: Informer<T>,
  object: T,
  options: Pick<DeleteOptions, 'propagationPolicy' | 'gracePeriodSeconds'> = {},
): Promise<boolean> {
  const { name, namespace, uid } = object.metadata
  for (let attempt = 1; ; attempt++)
    try {
      await client.delete(informer.resource, name, { ...options, ...(namespace ? { namespace } : {}), preconditions: uid ? { uid } : {} })
      writes.deleted(ownerKey, informer, object)
      return true
    } catch (error) {
      if (isNotFound(error)) {
        writes.deleted(ownerKey, informer, object)
        return attempt > 1
      }
      // Another object of this name, most likely; but it may as well be there still, so only a list tells.
      if (isConflict(error)) writes.unknown(ownerKey, informer)
      if (!isOutcomeUnknown(codeOf(error))) throw error
      if (attempt === attemptsMax) {
        writes.unknown(ownerKey, informer)
        throw error
      }
      await sleep(context.clock, retryDelayMs * 2 ** attempt, context.signal)
    }
}

/**
 * Runs `make` up to `count` times in batches of 1, 2, 4, ...; stops after the batch in which one failed, so that a quota
 * that refuses everything is asked a few times and not a thousand. Returns how many were made and the first failure.
 */
export async function slowStart(count: number, make: (ordinal: number) => Promise<void>): Promise<{ made: number; error?: unknown }> {
  let made = 0
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, count - made)) {
    const from = made
    const results = await Promise.allSettled(Array.from({ length: size }, (_, i) => make(from + i)))
    made += results.filter(({ status }) => status === 'fulfilled').length
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) return { made, error: failed.reason }
  }
  return { made }
}

/** What a controller throws to have a key tried again although nothing is wrong with the world. */
export function tryAgain(why: string): CodedError {
  return new CodedError('TryAgain', why)
}
