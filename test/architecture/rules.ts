/** The policy of layers.ts as dependency-cruiser's rules: what may be imported, and what may be loaded at run time. */
import { islands, layers, outside, packages, pure } from './layers.js'

interface Restriction {
  readonly [key: string]: unknown
}
export interface Rule {
  readonly name: string
  readonly comment: string
  readonly severity: 'error'
  readonly from: Restriction
  readonly to: Restriction
}

const rule = (name: string, comment: string, from: Restriction, to: Restriction): Rule => ({ name, comment, severity: 'error', from, to })

const layering = Object.entries(layers).map(([layer, { may, faces = [], also = [] }]) =>
  rule(
    `layer-${layer}`,
    `src/${layer} may import ${may.join(', ') || 'nothing'}`,
    { path: `^src/${layer}/` },
    {
      path: '^(src|actors|test)/',
      pathNot: [
        `^src/(${[layer, ...may].join('|')})/`,
        ...faces.flatMap((face) => [`^src/${face}/(protocol|client)[.]ts$`, `^src/${face}/[^/]+/(protocol|client)[.]ts$`]),
        ...also,
      ],
    },
  ),
)

const sealing = islands.flatMap(({ name, member, shared }) => [
  rule(
    `island-${name}`,
    `${name} do not know each other`,
    { path: member },
    { path: member, pathNot: member.replace(/\(\?![^)]*\)/, '').replace(/\((?!\?)[^)]*\)/, '$1') },
  ),
  rule(`shared-${name}`, `what ${name} share knows none of them`, { path: shared }, { path: member }),
])

const known = Object.keys(packages).map((name) => `node_modules/${name}/`)
const effects = [
  rule(
    'pure',
    `${pure.join(', ')} are functions of their arguments`,
    { path: `^src/(${pure.join('|')})/` },
    { path: '^(?!src/)', pathNot: known },
  ),
  rule(
    'node-only-outside',
    'only drivers/, kernel/thread/, jobs/ and cli/ touch Node',
    { path: '^(src|actors)/', pathNot: outside },
    { dependencyTypes: ['core'] },
  ),
  rule(
    'packages-are-listed',
    'a new dependency starts in layers.ts',
    { path: '^(src|actors)/' },
    { path: 'node_modules/', pathNot: known },
  ),
  ...Object.entries(packages).map(([name, owner]) =>
    rule(`package-${name}`, `only ${owner} knows ${name}`, { path: '^(src|actors)/', pathNot: owner }, { path: `node_modules/${name}/` }),
  ),
  rule(
    'drivers-are-chosen-by-composition-roots',
    'a component names ports; actors/, cluster/ and cli/ choose drivers',
    { path: '^src/', pathNot: ['/drivers/', '^src/(cluster|cli)/'] },
    { path: '/drivers/' },
  ),
]

const threads = [
  rule(
    'entries-are-thin',
    'a worker entry joins one behaviour, its drivers and the thread host',
    { path: '^actors/', pathNot: '^actors/jobs[.]ts$' },
    { path: '.', pathNot: ['^src/kernel/thread/entry[.]ts$', '^src/.+/actor[.]ts$', '^src/controllers/catalog[.]ts$', '/drivers/'] },
  ),
  rule('jobs-entry-is-thin', 'the pool entry re-exports jobs', { path: '^actors/jobs[.]ts$' }, { path: '.', pathNot: '^src/jobs/' }),
  rule('entries-are-started-not-imported', 'threads are started by URL', { pathNot: '^actors/' }, { path: '^actors/' }),
  rule(
    'behaviours-enter-from-outside',
    'only actors/ and sim/ load a behaviour; drivers know the types of its ports',
    { pathNot: ['^(actors|src/sim|test)/', '/drivers/'] },
    { path: '^src/(?!kernel/).+/actor[.]ts$' },
  ),
]

const hygiene = [
  rule('no-cycles', 'no import cycle, type imports included', {}, { circular: true }),
  rule('no-barrels', 'one public barrel, src/index.ts', {}, { path: '/(index|mod)[.]ts$', pathNot: '^(src/index[.]ts$|node_modules)' }),
  rule('no-src-to-test', 'shipped code knows no test', { path: '^(src|actors)/' }, { path: '^test/' }),
  rule(
    'no-dev-dependency',
    'shipped code needs shipped packages',
    { path: '^(src|actors)/' },
    { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
  ),
  rule('no-unresolvable', 'every import exists', {}, { couldNotResolve: true }),
  rule('no-orphans', 'every module is used', { orphan: true, pathNot: '[.]d[.]ts$' }, {}),
]

/** What may be imported, type imports included. */
export const imports: readonly Rule[] = [...layering, ...sealing, ...effects, ...threads, ...hygiene]

const never = (name: string, comment: string, from: string, to: string): Rule =>
  rule(name, comment, { path: from }, { path: to, reachable: true })

/** What each thread really loads: run-time edges only, over any number of steps. */
export const loads: readonly Rule[] = [
  never(
    'main-thread-loads-no-component',
    'the embedding API starts threads; it does not load what runs in them',
    '^src/index[.]ts$',
    '^src/(raft|jobs|store|apiserver|controllers|scheduler|sim|node/(?!runtime/drivers/process/(launch|stragglers)))',
  ),
  never(
    'behaviours-reach-no-driver',
    'every behaviour can run under the simulator',
    '^src/(?!kernel/).+/(actor|controller)[.]ts$',
    '(/drivers/|^src/kernel/thread/)',
  ),
  never(
    'simulation-touches-nothing',
    'the simulated cluster has no threads, sockets or files',
    '^src/sim/',
    '(/drivers/|^src/kernel/thread/)',
  ),
  never(
    'components-know-only-the-api',
    'below the API server is not their business',
    '^src/(controllers|scheduler|node)/',
    '^src/(raft|store)/',
  ),
  never('consensus-is-pure', 'the Raft core needs base/ and nothing else', '^src/raft/', '^src/(?!raft/|base/)'),
]

/** How the sources are read. `types`: whether type imports count. */
export const readingOptions = (types: boolean) => ({
  tsPreCompilationDeps: types,
  doNotFollow: { path: 'node_modules' },
  tsConfig: { fileName: 'tsconfig.json' },
  enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
})
