/**
 * The Runtime port: what a kubelet asks of whatever runs containers. Its shape is that of the Container Runtime Interface
 * (k8s.io/cri-api runtime/v1), so that a real runtime can stand behind it: sandboxes, containers in them, one list to
 * find everything again after a kubelet's crash, and events so that nobody has to poll.
 *
 * What CRI leaves to the kubelet because both see one file system is asked here as well (logs, termination messages),
 * because a behaviour touches no file.
 *
 * Errors are CodedErrors: 'NotFound' (no such sandbox or container), 'ImagePull' (nothing can run this image),
 * 'CreateContainer' and 'StartContainer' (message is the text for the container's status), 'RuntimeDown' (nobody answers).
 *
 * Read next: drivers/process/client.ts (real processes), simulated.ts (stage tables).
 */

/** What a runtime tells of itself. */
export interface RuntimeInfo {
  /** Container runtime name and version, as Node.status.nodeInfo.containerRuntimeVersion shows them: 'troupe-process'. */
  readonly name: string
  readonly version: string
  /** How well containers are isolated: 'ns', 'plain', 'simulated'. Shown as a node annotation. */
  readonly level: string
  /** What the level means on this machine, or why it is not a better one. */
  readonly reason: string
  readonly operatingSystem: string
  readonly architecture: string
  readonly osImage: string
  readonly kernelVersion: string
  readonly cpus: number
  readonly memoryBytes: number
  readonly ephemeralBytes: number
  readonly machineId: string
  readonly bootId: string
}

export interface SandboxConfig {
  readonly node: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly attempt: number
  readonly hostname: string
  /** The pod's address; the node's own for pods on the host's network. */
  readonly ip: string
  readonly hostNetwork: boolean
  /** Host files bound over /etc/hosts and /etc/resolv.conf where the runtime can; absent: the host's own. */
  readonly hostsFile?: string
  readonly resolvConfFile?: string
  readonly labels: Readonly<Record<string, string>>
}

export interface Mount {
  readonly hostPath: string
  readonly containerPath: string
  readonly readOnly: boolean
}

/** What of a securityContext the runtime is asked to do; pod and container level are merged already. */
export interface ContainerSecurity {
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly supplementalGroups: readonly number[]
  readonly privileged: boolean
  readonly readOnlyRootFilesystem: boolean
  readonly noNewPrivileges: boolean
  readonly addCapabilities: readonly string[]
  readonly dropCapabilities: readonly string[]
}

export interface ContainerConfig {
  readonly name: string
  /** How many containers of this name the pod had before: the restart count. */
  readonly attempt: number
  readonly image: string
  /** Overrides the image's entrypoint; empty: the image's. */
  readonly command: readonly string[]
  /** Overrides the image's arguments; empty: the image's, unless `command` is given. */
  readonly args: readonly string[]
  readonly workingDir?: string
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly mounts: readonly Mount[]
  /** Absolute path of the log file, CRI format. */
  readonly logPath: string
  readonly stdin: boolean
  readonly stdinOnce: boolean
  readonly tty: boolean
  readonly terminationMessagePath: string
  readonly terminationMessagePolicy: 'File' | 'FallbackToLogsOnError'
  /** Sent by stopContainer in place of SIGTERM. */
  readonly stopSignal?: string
  readonly memoryLimitBytes?: number
  readonly security: ContainerSecurity
  readonly labels: Readonly<Record<string, string>>
}

export interface Sandbox {
  readonly id: string
  readonly config: SandboxConfig
  readonly createdAt: number
  readonly ready: boolean
}

export type ContainerState =
  | { readonly type: 'created' }
  | { readonly type: 'running'; readonly startedAt: number }
  | {
      readonly type: 'exited'
      readonly startedAt: number
      readonly finishedAt: number
      readonly code: number
      readonly signal?: number
      /** 'Completed', 'Error', 'OOMKilled', 'StartError'. */
      readonly reason: string
      readonly message: string
    }

export interface Container {
  readonly id: string
  readonly sandboxId: string
  readonly podUid: string
  readonly name: string
  readonly attempt: number
  readonly image: string
  readonly imageId: string
  readonly createdAt: number
  readonly logPath: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: ContainerState
}

export interface RuntimeState {
  readonly sandboxes: readonly Sandbox[]
  readonly containers: readonly Container[]
}

export type RuntimeEvent =
  /** A container changed state: started or exited. */
  | { readonly type: 'container'; readonly container: Container }
  /** The runtime is reachable (again); list() before relying on anything. */
  | { readonly type: 'up' }
  /** The runtime is not reachable; what ran may be gone. */
  | { readonly type: 'down'; readonly reason: string }

export interface ExecResult {
  readonly code: number
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** The command did not end in time and was killed. */
  readonly timedOut: boolean
}

export interface ExecOptions {
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly tty: boolean
}

export type SessionOutput =
  | { readonly type: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly type: 'exit'; readonly code: number; readonly message?: string }

/** One exec or attach. `output` ends with its 'exit' item. */
export interface Session {
  readonly output: AsyncIterable<SessionOutput>
  /** Resolves when the bytes are on their way. */
  write(bytes: Uint8Array): Promise<void>
  end(): void
  resize(width: number, height: number): void
  close(): void
}

/** A byte connection to a port of a pod. */
export interface Connection {
  readonly input: AsyncIterable<Uint8Array>
  write(bytes: Uint8Array): Promise<void>
  end(): void
  close(): void
}

export interface PulledImage {
  /** As containerStatuses[].imageID shows it. */
  readonly id: string
  readonly sizeBytes: number
  /** The user the image runs as when nobody says; 0 is root. */
  readonly user: number
}

export interface ContainerStats {
  readonly id: string
  readonly podUid: string
  readonly name: string
  readonly cpuNanoseconds: number
  readonly memoryBytes: number
}

export interface Runtime {
  info(): Promise<RuntimeInfo>
  /** Sandboxes and containers of this kubelet's node, dead ones included until they are removed. */
  list(): Promise<RuntimeState>
  /** Calls `listener` for every event of this node's containers until cancelled. */
  watch(listener: (event: RuntimeEvent) => void): { cancel(): void }
  /** Makes sure the image can run; `command` is what the container gives, for images that have no program of their own. */
  pullImage(image: string, command: readonly string[]): Promise<PulledImage>
  runSandbox(config: SandboxConfig): Promise<string>
  /** Kills what still runs in it. */
  stopSandbox(id: string): Promise<void>
  /** Also removes its containers. Unknown ids are no error. */
  removeSandbox(id: string): Promise<void>
  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>
  startContainer(id: string): Promise<void>
  /** Resolves when the container has exited: stop signal, then SIGKILL after `graceMs`. Stopped already: at once. */
  stopContainer(id: string, graceMs: number): Promise<void>
  /** Also forgets its log path, but leaves the log. Unknown ids are no error. */
  removeContainer(id: string): Promise<void>
  execSync(id: string, command: readonly string[], timeoutMs: number): Promise<ExecResult>
  exec(id: string, options: ExecOptions): Promise<Session>
  attach(id: string, options: Omit<ExecOptions, 'command'>): Promise<Session>
  dial(sandboxId: string, port: number): Promise<Connection>
  /**
   * The log file as it is, CRI lines in chunks that need not end at line ends. `tailLines` starts at the last so many
   * lines. With `follow` it goes on until `finished` says so and the file is read; rotated files are followed.
   */
  readLog(
    path: string,
    options: { readonly follow: boolean; readonly tailLines?: number; readonly finished: () => boolean; readonly signal: AbortSignal },
  ): AsyncIterable<Uint8Array>
  removeLogs(directory: string): Promise<void>
  stats(): Promise<readonly ContainerStats[]>
  /** Lets go of the runtime, not of what runs in it. */
  close(): void
}
