/** The subresources that stream, by name. */
import type { Registry } from '../../api/registry.js'
import type { Context } from '../../kernel/context.js'
import type { CreateHeaderCompression } from '../listener.js'
import type { StreamHandler } from '../pipeline.js'
import type { ResourceTarget } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import { execAnswer } from './exec.js'
import { logAnswer } from './log.js'
import { portForwardReply } from './port-forward.js'
import { proxyReply } from './proxy.js'
import { spdyChannelsReply } from './spdy-channels.js'
import { asksForSpdy } from './upgrade.js'

export interface StreamsOptions {
  readonly context: Context
  readonly lookup: Lookup
  readonly registry: Registry
  readonly compression: CreateHeaderCompression
}

/** The handler of a streaming subresource; undefined for any other target. */
export function createStreams(options: StreamsOptions): (target: ResourceTarget) => StreamHandler | undefined {
  const exec: StreamHandler = async (call, incoming) => {
    const answer = await execAnswer(call, options)
    return asksForSpdy(incoming) ? spdyChannelsReply(answer, incoming, options.compression) : answer
  }
  const proxy: StreamHandler = (call, incoming) => proxyReply(call, incoming, options)
  const handlers: Readonly<Record<string, StreamHandler>> = {
    'pods/log': (call, incoming) => logAnswer(call, incoming, options),
    'pods/exec': exec,
    'pods/attach': exec,
    'pods/proxy': proxy,
    'services/proxy': proxy,
    'nodes/proxy': proxy,
    'pods/portforward': (call, incoming) => portForwardReply(call, incoming, options),
  }
  return ({ kind, subresource }) => (subresource && kind.group === '' ? handlers[`${kind.plural}/${subresource.name}`] : undefined)
}
