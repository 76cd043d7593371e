/** The query and path parameters of the API's operations. */

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly type: 'string' | 'boolean' | 'integer'
  readonly description: string
}

const query = (type: Parameter['type'], name: string, description: string): Parameter => ({ name, in: 'query', type, description })

/** A parameter in the path; always required. */
export function pathParameter(name: string, description: string): Parameter {
  return { name, in: 'path', type: 'string', description }
}

export const pretty = query('string', 'pretty', "If 'true', the answer is indented. Browsers, curl and wget get that unasked.")

/** Of lists, and of watches through lists. */
export const listParameters: readonly Parameter[] = [
  query('boolean', 'allowWatchBookmarks', 'Asks for BOOKMARK events, which tell how far a watch has come. Ignored unless watching.'),
  query('string', 'continue', 'The token of the previous page of a list, to get the next one.'),
  query('string', 'fieldSelector', 'A selector to restrict the list of returned objects by their fields. Defaults to everything.'),
  query('string', 'labelSelector', 'A selector to restrict the list of returned objects by their labels. Defaults to everything.'),
  query('integer', 'limit', 'How many objects a page of the list may hold; the rest is had with continue.'),
  query('string', 'resourceVersion', 'From which versions the answer may be served. Defaults to the most recent.'),
  query('string', 'resourceVersionMatch', 'How resourceVersion applies to lists: Exact or NotOlderThan.'),
  query(
    'boolean',
    'sendInitialEvents',
    'Begins a watch with ADDED events for the current state, closed by a BOOKMARK. Needs resourceVersionMatch.',
  ),
  query('string', 'shardSelector', 'Restricts the list of returned objects to ranges of a hash of their identity.'),
  query('integer', 'timeoutSeconds', 'How long a list or watch may take.'),
  query('boolean', 'watch', 'Answers with a stream of changes to the described resources instead of a list.'),
]

/** Of the deprecated watch paths. */
export const watchListParameters: readonly Parameter[] = [...listParameters, pretty]

const dryRun = query('string', 'dryRun', "'All' runs every stage of the request and stores nothing.")

/** Of create, update and patch. */
export const writeParameters: readonly Parameter[] = [
  dryRun,
  query('string', 'fieldManager', 'Who is making these changes: at most 128 printable characters.'),
  query('string', 'fieldValidation', 'What becomes of unknown and duplicate fields: Ignore, Warn (the default) or Strict.'),
]

/** Of patch. */
export const force = query('boolean', 'force', 'Take fields over from other field managers. Only for apply patches.')

/** Of delete, where the body does not say it. */
export const deleteParameters: readonly Parameter[] = [
  dryRun,
  query('integer', 'gracePeriodSeconds', "How long the object may take to end; zero deletes it at once. Defaults to the object's own."),
  query(
    'boolean',
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'Deletes an object that cannot be read from the store any more, without its finalizers.',
  ),
  query('boolean', 'orphanDependents', 'Deprecated: use propagationPolicy.'),
  query('string', 'propagationPolicy', 'What becomes of dependents: Orphan, Background or Foreground.'),
]

export const logParameters: readonly Parameter[] = [
  query('string', 'container', 'The container whose log is wanted. May be left out when there is one container.'),
  query('boolean', 'follow', 'Go on with the log as it grows. Defaults to false.'),
  query('boolean', 'insecureSkipTLSVerifyBackend', 'Take the log from a kubelet whose certificate cannot be verified.'),
  query('integer', 'limitBytes', 'How many bytes of the log to answer at most.'),
  query('boolean', 'previous', 'The log of the container that was terminated before this one. Defaults to false.'),
  query('integer', 'sinceSeconds', 'How many seconds before now the log is to begin.'),
  query('string', 'stream', 'Which stream: All, Stdout or Stderr.'),
  query('integer', 'tailLines', 'How many lines from the end of the log to answer.'),
  query('boolean', 'timestamps', 'Put the time before each line. Defaults to false.'),
]

const stream = (what: string, fallback: string): Parameter =>
  query('boolean', what, `Whether ${what} is connected. Defaults to ${fallback}.`)
const container = query('string', 'container', 'The container to connect to. Defaults to the only one.')
const tty = query('boolean', 'tty', 'Whether a terminal is allocated. Defaults to false.')
const proxied = [query('string', 'path', 'The part of the URL to ask for.')]

/** Of connections, by the kind of their options. */
export const connectParameters: Readonly<Record<string, readonly Parameter[]>> = {
  PodExecOptions: [
    query('string', 'command', 'The command to run, one argument a parameter. No shell takes part.'),
    container,
    stream('stderr', 'false'),
    stream('stdin', 'false'),
    stream('stdout', 'false'),
    tty,
  ],
  PodAttachOptions: [container, stream('stderr', 'true'), stream('stdin', 'false'), stream('stdout', 'true'), tty],
  PodPortForwardOptions: [query('integer', 'ports', 'The ports to forward. Needed over WebSockets.')],
  PodProxyOptions: proxied,
  ServiceProxyOptions: proxied,
  NodeProxyOptions: proxied,
}
