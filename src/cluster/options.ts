/** What a cluster can be told, its defaults, and what is refused. */
import { CodedError } from '../base/errors.js'

/** What createCluster() takes. Everything has a default. */
export interface ClusterOptions {
  /** Name of the cluster and of its kubeconfig context (`troupe-<name>`). Default 'troupe'. A DNS label. */
  readonly name?: string
  /** Nodes, named node-1, node-2, ... Default 3; at most 250. */
  readonly nodes?: number
  /** What containers are: processes of this machine, simulated, or 'auto': processes. Default 'process'. */
  readonly runtime?: 'process' | 'sim' | 'auto'
  /** Store replicas: 1, 3 or 5. Default 3. */
  readonly replicas?: number
  /** Address the API server listens on. Default 127.0.0.1. */
  readonly host?: string
  /** Port of the API server; 0 takes any that is free. Default 0. */
  readonly port?: number
  /** Where the cluster keeps its state. Without it the cluster is ephemeral: a temporary directory that stop() removes. */
  readonly dataDir?: string
  /** A kubeconfig file to write for this cluster, 0600. Without it only the one in the data directory is written. */
  readonly kubeconfig?: string
  /** Decides all chance of the cluster's actors but keys and what the machine's own timing brings. */
  readonly seed?: string
  /** Stops the cluster, and while it starts gives up. */
  readonly signal?: AbortSignal
  /** How long a hung actor's event loop may stand still, in milliseconds; 0: for ever. Default 500. */
  readonly hangMs?: number
  /** Raft's clock: 'default' (heartbeat 50 ms, election 500 ms) or 'fast' (10 ms, 100 ms). */
  readonly raftProfile?: 'default' | 'fast'
  /** Gets every log record of every actor. Without it the cluster says nothing. */
  readonly onLog?: (record: {
    at: number
    level: string
    actor: string
    message: string
    fields?: Readonly<Record<string, unknown>>
  }) => void
}

/** ClusterOptions with every default in place, as plain data. */
export interface ClusterSettings {
  readonly name: string
  readonly nodes: readonly NodeSettings[]
  readonly runtime: 'process' | 'sim'
  readonly replicas: number
  readonly host: string
  readonly port: number
  readonly serviceCidr: string
  readonly heartbeatMs: number
  readonly electionMs: number
}

export interface NodeSettings {
  readonly name: string
  /** Pods' addresses on the node. */
  readonly podCidr: string
  /** The node's own address. */
  readonly ip: string
}

const nodesMax = 250

/** Codes of what createCluster() itself refuses. */
export type ClusterErrorCode =
  /** An option is out of range. */
  | 'InvalidOption'
  /** The data directory belongs to a cluster that runs. */
  | 'DataDirInUse'
  /** The data directory cannot be written, or holds something that is no cluster's. */
  | 'DataDirUnusable'
  /** The API server's address cannot be had. */
  | 'ListenFailed'
  /** The cluster did not become ready. */
  | 'StartFailed'
  /** The signal was aborted. */
  | 'Aborted'
  /** No actor of this name. */
  | 'NoSuchActor'

function refuse(option: string, value: unknown, must: string): never {
  throw new CodedError('InvalidOption', `Cannot start a cluster: ${option} is ${JSON.stringify(value)}, it must be ${must}`, {
    details: { option },
  })
}

/** Defaults and checks. Throws code 'InvalidOption', details {option}. */
export function resolveOptions(options: ClusterOptions): ClusterSettings {
  const { name = 'troupe', nodes = 3, runtime = 'process', replicas = 3, host = '127.0.0.1', port = 0, raftProfile = 'default' } = options
  if (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) refuse('name', name, 'at most 40 lower-case letters, digits and dashes')
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > nodesMax) refuse('nodes', nodes, `an integer from 0 to ${nodesMax}`)
  if (![1, 3, 5].includes(replicas)) refuse('replicas', replicas, '1, 3 or 5')
  if (!['process', 'sim', 'auto'].includes(runtime)) refuse('runtime', runtime, "'process', 'sim' or 'auto'")
  if (!Number.isInteger(port) || port < 0 || port > 65_535) refuse('port', port, 'an integer from 0 to 65535')
  if (!['default', 'fast'].includes(raftProfile)) refuse('raftProfile', raftProfile, "'default' or 'fast'")
  if (options.hangMs !== undefined && !(options.hangMs >= 0)) refuse('hangMs', options.hangMs, 'a number of milliseconds, or 0')
  const simulated = runtime === 'sim'
  return {
    name,
    nodes: Array.from({ length: nodes }, (_, i) => nodeSettings(i + 1, simulated)),
    runtime: simulated ? 'sim' : 'process',
    replicas,
    host,
    port,
    // Without network namespaces an address must be one that this machine's loopback answers.
    serviceCidr: simulated ? '10.96.0.0/16' : '127.96.0.0/16',
    heartbeatMs: raftProfile === 'fast' ? 10 : 50,
    electionMs: raftProfile === 'fast' ? 100 : 500,
  }
}

function nodeSettings(number: number, simulated: boolean): NodeSettings {
  const pods = simulated ? '10.244' : '127.244'
  return { name: `node-${number}`, podCidr: `${pods}.${number}.0/24`, ip: simulated ? `172.30.0.${number + 1}` : `${pods}.${number}.1` }
}

/** The settings with the addresses of a share of the loopback network (drivers/loopback.ts). */
export function withLoopbackShare(settings: ClusterSettings, number: number): ClusterSettings {
  return {
    ...settings,
    serviceCidr: `127.${number - 127}.0.0/16`,
    nodes: settings.nodes.map((node, i) => ({ ...node, podCidr: `127.${number}.${i + 1}.0/24`, ip: `127.${number}.${i + 1}.1` })),
  }
}
