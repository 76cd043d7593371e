/**
 * Who may import whom. A statement of policy: change it in its own commit, with a reason.
 *
 * `may`   folders of src/ whose every module may be imported.
 * `faces` folders of which only protocol.ts and client.ts may be imported: other actors live in other threads, so all
 *         that one component can know of another is the messages it speaks.
 * `also`  single modules, mostly ports.
 */
export interface Layer {
  readonly may: readonly string[]
  readonly faces?: readonly string[]
  readonly also?: readonly string[]
}

export const layers: Readonly<Record<string, Layer>> = {
  // The bottom: functions of their arguments.
  base: { may: [] },
  telemetry: { may: ['base'] },
  raft: { may: ['base'] },
  api: { may: ['base'] },
  // What actors are made of, and what runs off them.
  kernel: { may: ['base', 'telemetry'] },
  jobs: { may: ['base', 'api'], also: ['^src/sim/run[.]ts$', '^src/kernel/thread/platform[.]ts$'] },
  // The store speaks Raft and knows no Kubernetes; everyone above the API server knows no store.
  store: { may: ['base', 'telemetry', 'kernel', 'raft'] },
  client: { may: ['base', 'telemetry', 'kernel', 'api'], faces: ['apiserver'] },
  apiserver: { may: ['base', 'telemetry', 'kernel', 'api'], faces: ['store', 'node'] },
  controllers: { may: ['base', 'telemetry', 'kernel', 'api', 'client'] },
  scheduler: { may: ['base', 'telemetry', 'kernel', 'api', 'client'] },
  node: { may: ['base', 'telemetry', 'kernel', 'api', 'client'] },
  // What a run's messages are turned into for people who study them; it reads what actors leave behind and runs none.
  trace: { may: ['base', 'telemetry', 'kernel'] },
  // What goes wrong on purpose, and the judges of what came of it; of components they know what is asked of them alone.
  chaos: { may: ['base', 'telemetry', 'kernel', 'api', 'client'], faces: ['apiserver', 'store'] },
  // Two ways to put it together: threads, and one thread under a seed.
  cluster: {
    may: ['base', 'telemetry', 'kernel', 'api', 'client', 'chaos', 'trace'],
    faces: ['store', 'apiserver', 'node'],
    // The runtime server is a process of the cluster's, like its threads; its launcher is all the cluster knows of it.
    also: ['^src/node/runtime/drivers/process/launch[.]ts$'],
  },
  sim: {
    may: ['base', 'telemetry', 'kernel', 'api', 'client', 'chaos', 'trace'],
    faces: ['store', 'apiserver', 'node'],
    also: [
      '^src/cluster/(topology|options)[.]ts$',
      '/actor[.]ts$',
      '^src/controllers/catalog[.]ts$',
      '^src/store/disk[.]ts$',
      // The names of bugs on purpose, so that one there is not is refused.
      '^src/raft/mutants[.]ts$',
      '^src/node/runtime/(simulated|runtime)[.]ts$',
      '^src/apiserver/(crypto|listener)[.]ts$',
      '^src/node/kubelet/simulated[.]ts$',
      '^src/node/proxy/forwarder[.]ts$',
    ],
  },
  cli: {
    may: ['base', 'api', 'client', 'chaos', 'trace'],
    also: [
      '^src/(index|sim/(run|minimize|world)|cluster/entries|cluster/drivers/data-dir)[.]ts$',
      '^src/kernel/thread/(platform|pool)[.]ts$',
    ],
  },
}

/** Folders that import no package and nothing of Node's, so that a seed decides all they do. */
export const pure = ['base', 'telemetry', 'raft', 'api', 'chaos']

/** Where the outside world may be touched: a port's real implementation, and the thread itself. */
export const outside = '(/drivers/|^src/(kernel/thread|jobs|cli)/)'

/** Every package we depend on, and the modules that know it. A new dependency starts here. */
export const packages: Readonly<Record<string, string>> = {
  comlink: '^src/kernel/thread/control[.]ts$',
  piscina: '^src/kernel/thread/pool[.]ts$',
  msgpackr: '^src/kernel/codec[.]ts$',
  nanoid: '^src/base/ids[.]ts$',
  ws: '^src/apiserver/drivers/[^/]+[.]ts$',
  yaml: '^src/api/codec/yaml[.]ts$',
  jose: '^src/apiserver/drivers/crypto[.]ts$',
  commander: '^src/cli/main[.]ts$',
  protobufjs: '^src/api/(codec/protobuf|openapi/gnostic)[^/]*[.]ts$',
  picocolors: '^src/cli/',
}

/**
 * Siblings that must not know each other. The group in `member` is a sibling's name; `shared` is what they have in
 * common, and it must not know any of them.
 */
export const islands = [
  { name: 'controllers', member: '^src/controllers/(?!framework/)([^/]+)/', shared: '^src/controllers/framework/' },
  { name: 'scheduler-plugins', member: '^src/scheduler/plugins/(?!catalog)([^/]+)[.]ts$', shared: '^src/scheduler/framework/' },
  { name: 'runtimes', member: '^src/node/runtime/drivers/(?!catalog)([^/]+)/', shared: '^src/node/runtime/runtime[.]ts$' },
  { name: 'node-actors', member: '^src/node/(kubelet|proxy|dns)/', shared: '^src/node/(runtime|network)/' },
] as const
