/** Which subresources the back half serves, beside status, and by what. */
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import type { World } from '../resource/world.js'
import { binding } from './binding.js'
import { eviction } from './eviction.js'
import { scale } from './scale.js'
import { token } from './token.js'
import { approvalRules, ephemeralContainersRules, finalizeRules, resizeRules, wholeObject } from './whole-object.js'

export type SubresourceHandler = (world: World, call: ApiCall, target: ResourceTarget) => Promise<Answer>

export const subresourceHandlers: Readonly<Record<string, SubresourceHandler | undefined>> = {
  approval: wholeObject(approvalRules),
  binding,
  ephemeralcontainers: wholeObject(ephemeralContainersRules),
  eviction,
  finalize: wholeObject(finalizeRules),
  resize: wholeObject(resizeRules),
  scale,
  token,
}
