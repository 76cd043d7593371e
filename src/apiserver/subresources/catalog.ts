/** Which subresources the back half serves, beside status, and by what. */
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import type { World } from '../resource/world.js'

export type SubresourceHandler = (world: World, call: ApiCall, target: ResourceTarget) => Promise<Answer>

export const subresourceHandlers: Readonly<Record<string, SubresourceHandler | undefined>> = {}
