/**
 * What an image name means where there is no image: the process runtime runs programs of the host, so each well-known
 * image stands for a program found there or for a small one that Troupe brings along. Registry and tag do not matter:
 * `docker.io/library/nginx:1.27` and `nginx` are one entry. docs/reference/images.md shows this table to users.
 */

/** Programs that Troupe brings along; drivers/process/programs.ts holds their text. */
export type BuiltInProgram = 'pause' | 'agnhost' | 'web' | 'hello'

export interface ImageEntry {
  /** Last parts of the repository path that mean this entry. */
  readonly names: readonly string[]
  /** Programs of the host to try in order; the first one found is the image's program. */
  readonly programs?: readonly string[]
  /** Used when no host program is named or found. */
  readonly builtIn?: BuiltInProgram
  /** Arguments before the container's own: an entrypoint that `args` does not replace. */
  readonly entrypoint?: readonly string[]
  /** Arguments when the container gives neither command nor args. */
  readonly defaults?: readonly string[]
  /** The image's program is only the default command: `args` alone replaces all of it, as for images without an entrypoint. */
  readonly commandOnly?: boolean
  readonly about: string
}

export const imageTable: readonly ImageEntry[] = [
  { names: ['pause'], builtIn: 'pause', about: 'waits for SIGTERM' },
  {
    names: [
      'busybox',
      'alpine',
      'debian',
      'ubuntu',
      'fedora',
      'centos',
      'rockylinux',
      'almalinux',
      'amazonlinux',
      'bash',
      'jessie-dnsutils',
      'curl',
      'toybox',
    ],
    programs: ['sh'],
    commandOnly: true,
    about: 'a shell and the programs of the host; busybox applets where the host has busybox',
  },
  { names: ['node'], programs: ['node'], commandOnly: true, about: 'the Node.js that runs Troupe' },
  { names: ['python'], programs: ['python3', 'python'], commandOnly: true, about: "the host's Python" },
  { names: ['perl'], programs: ['perl'], commandOnly: true, about: "the host's Perl" },
  { names: ['ruby'], programs: ['ruby'], commandOnly: true, about: "the host's Ruby" },
  { names: ['golang'], programs: ['bash', 'sh'], commandOnly: true, about: "a shell with the host's Go" },
  {
    names: ['nginx', 'nginx-new', 'nginx-slim', 'nginx-unprivileged'],
    builtIn: 'web',
    entrypoint: ['nginx'],
    commandOnly: true,
    about: 'a static web server on port 80 with /usr/share/nginx/html or a welcome page',
  },
  {
    names: ['httpd', 'httpd-new', 'apache'],
    builtIn: 'web',
    entrypoint: ['httpd'],
    commandOnly: true,
    about: 'a static web server on port 80 with /usr/local/apache2/htdocs or a welcome page',
  },
  {
    names: ['agnhost'],
    builtIn: 'agnhost',
    defaults: ['pause'],
    about: 'pause, netexec, serve-hostname, test-webserver, entrypoint-tester, mounttest, inclusterclient',
  },
  { names: ['hello-world'], builtIn: 'hello', about: 'greets and ends' },
  { names: ['redis', 'valkey'], programs: ['redis-server', 'valkey-server'], commandOnly: true, about: "the host's redis-server" },
  { names: ['postgres'], programs: ['postgres'], commandOnly: true, about: "the host's postgres" },
  { names: ['etcd'], programs: ['etcd'], commandOnly: true, about: "the host's etcd" },
  { names: ['memcached'], programs: ['memcached'], commandOnly: true, about: "the host's memcached" },
  { names: ['kubectl'], programs: ['kubectl'], about: "the host's kubectl" },
]

/** `registry:5000/library/nginx:1.27@sha256:…` in its parts; undefined when it is no image reference. */
export function parseImage(image: string): { readonly repository: string; readonly tag: string } | undefined {
  const match =
    /^((?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,}))?$/.exec(
      image,
    )
  const repository = match?.[1]
  if (!repository) return undefined
  return { repository, tag: match[2] ?? (match[3] ? '' : 'latest') }
}

/** `docker.io/library/nginx:latest` for `nginx`: as container statuses show it. */
export function qualifiedImage(image: string): string {
  const parsed = parseImage(image)
  if (!parsed) return image
  const first = parsed.repository.split('/')[0] ?? ''
  const hasRegistry = parsed.repository.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')
  const repository = hasRegistry
    ? parsed.repository
    : parsed.repository.includes('/')
      ? `docker.io/${parsed.repository}`
      : `docker.io/library/${parsed.repository}`
  const digest = image.includes('@') ? image.slice(image.indexOf('@')) : ''
  return `${repository}${parsed.tag ? `:${parsed.tag}` : ''}${digest}`
}

/** The entry that stands for this image. */
export function findImage(image: string): ImageEntry | undefined {
  const last = parseImage(image)?.repository.split('/').at(-1)
  return last === undefined ? undefined : imageTable.find(({ names }) => names.includes(last))
}

/** What to run: a program by name or path with its arguments, or one that Troupe brings along. */
export type ImageProgram =
  | { readonly type: 'program'; readonly argv: readonly string[] }
  | { readonly type: 'built-in'; readonly program: BuiltInProgram; readonly args: readonly string[] }
  | { readonly type: 'none'; readonly message: string }

export interface ImageHost {
  /** The absolute path of a host program, or undefined. */
  find(program: string): string | undefined
  /** The absolute path of a busybox that has this applet, or undefined. */
  busybox(applet: string): string | undefined
}

/**
 * The program of a container: Kubernetes' rules for command and args over the image's entrypoint and command
 * (https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/).
 */
export function resolveImage(
  container: { readonly image: string; readonly command: readonly string[]; readonly args: readonly string[] },
  host: ImageHost,
): ImageProgram {
  const { image, command, args } = container
  const entry = findImage(image)
  if (command.length) return resolveCommand(image, entry, [...command, ...args], host)
  if (!entry) return { type: 'none', message: unmapped(image) }
  if (entry.commandOnly && args.length) return resolveCommand(image, entry, args, host)
  const found = (entry.programs ?? []).map((program) => host.find(program)).find((path) => path !== undefined)
  const tail = [...(entry.entrypoint ?? []), ...(args.length ? args : (entry.defaults ?? []))]
  if (found) return { type: 'program', argv: [found, ...tail] }
  if (entry.builtIn) return { type: 'built-in', program: entry.builtIn, args: tail }
  return {
    type: 'none',
    message: `image "${image}" stands for ${(entry.programs ?? []).join(' or ')}, and this machine has no such program on PATH`,
  }
}

function resolveCommand(image: string, entry: ImageEntry | undefined, argv: readonly string[], host: ImageHost): ImageProgram {
  const program = argv[0] ?? ''
  if (host.find(program)) return { type: 'program', argv }
  const builtIn = builtInPaths[program]
  if (builtIn) return { type: 'built-in', program: builtIn, args: argv.slice(1) }
  if (entry?.builtIn === 'web' && (program === 'nginx' || program === 'httpd')) return { type: 'built-in', program: 'web', args: [program] }
  const busybox = entry?.names.includes('busybox') ? host.busybox(program) : undefined
  if (busybox) return { type: 'program', argv: [busybox, ...argv] }
  // Known images start and fail as in a real container (StartError); unknown ones cannot be pulled.
  return entry ? { type: 'program', argv } : { type: 'none', message: unmapped(image, program) }
}

const builtInPaths: Readonly<Record<string, BuiltInProgram>> = {
  '/agnhost': 'agnhost',
  agnhost: 'agnhost',
  '/pause': 'pause',
  '/hello': 'hello',
}

function unmapped(image: string, program?: string): string {
  return program === undefined
    ? `failed to pull and unpack image "${qualifiedImage(image)}": the process runtime pulls no images, it knows no program for this one, and the container gives no command`
    : `failed to pull and unpack image "${qualifiedImage(image)}": the process runtime pulls no images, and "${program}" is not on this machine's PATH`
}
