/**
 * What a kubelet can be asked by the API server: the streaming halves of the pod subresources. Codes: 'NotFound' (no
 * such pod or container here), 'BadRequest' (details.message is the text a client is to see), else the kernel's own.
 */
import type { Protocol } from '../../kernel/protocol.js'

/** core/v1 PodLogOptions, and whose log. */
export interface LogsParams {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly follow?: boolean
  readonly previous?: boolean
  readonly timestamps?: boolean
  readonly sinceSeconds?: number
  readonly sinceTime?: string
  readonly tailLines?: number
  readonly limitBytes?: number
}

/** core/v1 PodExecOptions, and where. */
export interface ExecParams {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

export type ExecUp =
  | { readonly type: 'stdin'; readonly bytes: Uint8Array }
  | { readonly type: 'stdin-end' }
  | { readonly type: 'resize'; readonly width: number; readonly height: number }

export type ExecDown =
  | { readonly type: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  /** The last item. `message` when the command could not be run at all. */
  | { readonly type: 'exit'; readonly code: number; readonly message?: string }

export interface KubeletProtocol extends Protocol {
  calls: Record<never, never>
  casts: Record<never, never>
  streams: {
    logs: { params: LogsParams; down: { readonly bytes: Uint8Array }; up: never }
    exec: { params: ExecParams; down: ExecDown; up: ExecUp }
    /** As exec, on the container's main process; `command` is empty. */
    attach: { params: ExecParams; down: ExecDown; up: ExecUp }
    /** A TCP connection to a port of the pod: port-forward, pod and service proxy. */
    dial: {
      params: { readonly namespace: string; readonly pod: string; readonly port: number }
      down: { readonly bytes: Uint8Array }
      up: { readonly bytes: Uint8Array }
    }
  }
}

/** The actor that is this node's kubelet. */
export function kubeletName(node: string): string {
  return `kubelet-${node}`
}
