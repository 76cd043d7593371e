/**
 * The Transport port: how a client reaches a Kubernetes API. To the cast it is messages to the API server's actor, to
 * the world HTTPS; a client cannot tell.
 */
import type { ApiRequest, ApiResponse } from '../apiserver/protocol.js'

export type { ApiRequest, ApiResponse } from '../apiserver/protocol.js'

export interface Transport {
  /**
   * A request with a whole answer, whatever its HTTP status. Rejects with a CodedError when there is no answer: an
   * outcome that kernel/protocol's isOutcomeUnknown() tells.
   */
  request(request: ApiRequest, options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number }): Promise<ApiResponse>
  /**
   * A request with a streaming answer (watch, log). Resolves with the head; `chunks` ends when the server ends the
   * answer and throws a CodedError when the connection breaks.
   */
  open(
    request: ApiRequest,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly chunks: AsyncIterable<Uint8Array> }>
}
