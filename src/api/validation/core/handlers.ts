/** What a container is asked and told: probes and lifecycle hooks. */
import type { HTTPGetAction, Lifecycle, LifecycleHandler, PodSpec, Probe } from '../../types/core-v1.js'
import { type Alternatives, firstOf, judged, nonNegative, oneOf, portNumber, portOrName } from '../checks.js'
import { type FieldError, type FieldPath, forbiddenField, invalid, required } from '../field-path.js'
import { isHttpHeaderName } from '../names.js'

type Handler = Pick<Probe & LifecycleHandler, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc' | 'sleep'>

/** The grace period bounds sleeps. */
type Grace = number | undefined

const handlers = (grace: Grace): Alternatives<Handler> => ({
  exec: ({ command }, path) => (command?.length ? [] : [required(path.child('command'))]),
  httpGet,
  tcpSocket: ({ port }, path) => portOrName(port, path.child('port')),
  grpc: ({ port }, path) => portNumber(port, path.child('port')),
  sleep: ({ seconds = 0 }, path) =>
    grace === undefined || (seconds >= 0 && seconds <= grace)
      ? []
      : [invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)],
})

function handler(given: Handler, path: FieldPath, grace: Grace): FieldError[] {
  const found = firstOf(given, path, handlers(grace), { refusal: 'may not specify more than 1 handler type' })
  return found.given === 0 ? [required(path, 'must specify a handler type')] : found.errors
}

function httpGet({ path: target, port, scheme, httpHeaders }: HTTPGetAction, path: FieldPath): FieldError[] {
  return [
    ...(target ? [] : [required(path.child('path'))]),
    ...portOrName(port, path.child('port')),
    ...oneOf(scheme, path.child('scheme'), ['HTTP', 'HTTPS']),
    ...(httpHeaders ?? []).flatMap(({ name = '' }) => judged(name, path.child('httpHeaders'), isHttpHeaderName)),
  ]
}

/** All probes of a container at `path`. */
export function probes(
  {
    livenessProbe,
    readinessProbe,
    startupProbe,
  }: { readonly livenessProbe?: Probe | undefined; readonly readinessProbe?: Probe | undefined; readonly startupProbe?: Probe | undefined },
  path: FieldPath,
  grace: Grace,
): FieldError[] {
  return [
    ...restartingProbe(livenessProbe, path.child('livenessProbe'), grace),
    ...readiness(readinessProbe, path.child('readinessProbe'), grace),
    ...restartingProbe(startupProbe, path.child('startupProbe'), grace),
  ]
}

/** One success is success: what failed is restarted. */
function restartingProbe(given: Probe | undefined, path: FieldPath, grace: Grace): FieldError[] {
  if (!given) return []
  const errors = probe(given, path, grace)
  return given.successThreshold === 1
    ? errors
    : [...errors, invalid(path.child('successThreshold'), given.successThreshold ?? 0, 'must be 1')]
}

function readiness(given: Probe | undefined, path: FieldPath, grace: Grace): FieldError[] {
  if (!given) return []
  const seconds = given.terminationGracePeriodSeconds
  const errors = probe(given, path, grace)
  return seconds === undefined
    ? errors
    : [...errors, invalid(path.child('terminationGracePeriodSeconds'), seconds, 'must not be set for readinessProbes')]
}

function probe(given: Probe, path: FieldPath, grace: Grace): FieldError[] {
  const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const
  const seconds = given.terminationGracePeriodSeconds
  return [
    ...handler(given, path, grace),
    ...counts.flatMap((name) => nonNegative(given[name], path.child(name))),
    ...(seconds !== undefined && seconds <= 0
      ? [invalid(path.child('terminationGracePeriodSeconds'), seconds, 'must be greater than 0')]
      : []),
  ]
}

export function lifecycle(given: Lifecycle | undefined, path: FieldPath, grace: Grace, os: PodSpec['os']): FieldError[] {
  if (!given) return []
  return [
    ...(given.postStart ? handler(given.postStart, path.child('postStart'), grace) : []),
    ...(given.preStop ? handler(given.preStop, path.child('preStop'), grace) : []),
    ...(given.stopSignal === undefined ? [] : stopSignal(given.stopSignal, path.child('stopSignal'), os)),
  ]
}

const realTime = (from: string, sign: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${from}${sign}${i + 1}`)
const linuxSignals = [
  ...'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
    .split(' ')
    .map((name) => `SIG${name}`),
  ...realTime('SIGRTMIN', '+', 15),
  ...realTime('SIGRTMAX', '-', 14),
].sort()

function stopSignal(signal: string, path: FieldPath, os: PodSpec['os']): FieldError[] {
  if (!os) return [forbiddenField(path, 'may not be set for containers with empty `spec.os.name`')]
  if (os.name === 'windows') return oneOf(signal, path, ['SIGKILL', 'SIGTERM'])
  return os.name === 'linux' ? oneOf(signal, path, linuxSignals) : []
}
