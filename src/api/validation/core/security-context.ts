/** Security contexts of containers and Pods: users, profiles, capabilities, sysctls, Windows. */
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
  WindowsSecurityContextOptions,
} from '../../types/core-v1.js'
import { each, inRange, oneOf } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, invalid, notSupported, required, tooLong } from '../field-path.js'
import { byteLength, isDns1123Subdomain } from '../names.js'
import { localPath } from '../paths.js'

const idMax = 2147483647
const userOrGroup = (id: number | undefined, path: FieldPath): FieldError[] => (id === undefined ? [] : inRange(id, path, 0, idMax))

/** `hostUsers`: the Pod has no user namespace of its own. */
export function containerSecurity(context: SecurityContext | undefined, path: FieldPath, hostUsers: boolean): FieldError[] {
  if (!context) return []
  const { procMount, privileged, allowPrivilegeEscalation, capabilities } = context
  const errors = [...userOrGroup(context.runAsUser, path.child('runAsUser')), ...userOrGroup(context.runAsGroup, path.child('runAsGroup'))]
  if (procMount !== undefined) {
    errors.push(...oneOf(procMount, path.child('procMount'), ['Default', 'Unmasked']))
    if (hostUsers && procMount === 'Unmasked')
      errors.push(invalid(path.child('procMount'), procMount, '`hostUsers` must be false to use `Unmasked`'))
  }
  errors.push(...seccomp(context.seccompProfile, path.child('seccompProfile')))
  if (allowPrivilegeEscalation === false) {
    if (privileged)
      errors.push(invalid(path, goSecurityContext(context), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'))
    for (const added of capabilities?.add ?? [])
      if (added === 'CAP_SYS_ADMIN')
        errors.push(
          invalid(path, goSecurityContext(context), 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'),
        )
  }
  return [
    ...errors,
    ...windowsOptions(context.windowsOptions, path.child('windowsOptions')),
    ...appArmor(context.appArmorProfile, path.child('appArmorProfile')),
  ]
}

/** The context as Go prints it: internal types carry Go's field names, all of them. */
function goSecurityContext(context: SecurityContext): unknown {
  const { capabilities, seLinuxOptions: se, windowsOptions: win, seccompProfile, appArmorProfile } = context
  const profile = (given: SeccompProfile | AppArmorProfile | undefined): unknown =>
    given ? { Type: given.type, LocalhostProfile: given.localhostProfile ?? null } : null
  return {
    Capabilities: capabilities ? { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null } : null,
    Privileged: context.privileged ?? null,
    SELinuxOptions: se ? { User: se.user ?? '', Role: se.role ?? '', Type: se.type ?? '', Level: se.level ?? '' } : null,
    WindowsOptions: win
      ? {
          GMSACredentialSpecName: win.gmsaCredentialSpecName ?? null,
          GMSACredentialSpec: win.gmsaCredentialSpec ?? null,
          RunAsUserName: win.runAsUserName ?? null,
          HostProcess: win.hostProcess ?? null,
        }
      : null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: profile(seccompProfile),
    AppArmorProfile: profile(appArmorProfile),
  }
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function seccomp(profile: SeccompProfile | undefined, path: FieldPath): FieldError[] {
  if (!profile) return []
  const { type, localhostProfile } = profile
  const at = path.child('localhostProfile')
  const errors = type
    ? oneOf(type, path.child('type'), profileTypes)
    : [required(path.child('type'), 'type is required when seccompProfile is set')]
  if (type === 'Localhost') {
    if (localhostProfile === undefined) return [...errors, required(at, 'must be set when seccomp type is Localhost')]
    return [...errors, ...localPath(localhostProfile, at)]
  }
  if (localhostProfile === undefined) return errors
  return [
    ...errors,
    invalid(at, { Type: type ?? '', LocalhostProfile: localhostProfile }, 'can only be set when seccomp type is Localhost'),
  ]
}

const pathBytesMax = 4095

function appArmor(profile: AppArmorProfile | undefined, path: FieldPath): FieldError[] {
  if (!profile) return []
  const { type, localhostProfile } = profile
  const at = path.child('localhostProfile')
  if (!type) return [required(path.child('type'), 'type is required when appArmorProfile is set')]
  if (type !== 'Localhost') {
    if (!profileTypes.includes(type)) return [notSupported(path.child('type'), type, profileTypes)]
    return localhostProfile === undefined ? [] : [invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost')]
  }
  const missing = required(at, 'must be set when AppArmor type is Localhost')
  if (localhostProfile === undefined) return [missing]
  const errors: FieldError[] = []
  if (localhostProfile.trim() !== localhostProfile) errors.push(invalid(at, localhostProfile, 'must not be padded with whitespace'))
  else if (localhostProfile === '') errors.push(missing)
  return byteLength(localhostProfile) > pathBytesMax ? [...errors, tooLong(at, pathBytesMax)] : errors
}

const specBytesMax = 64 * 1024
const domainBytesMax = 256
const userBytesMax = 104

function windowsOptions(options: WindowsSecurityContextOptions | undefined, path: FieldPath): FieldError[] {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options ?? {}
  const errors = name === undefined ? [] : isDns1123Subdomain(name).map((text) => invalid(path.child('gmsaCredentialSpecName'), name, text))
  const specPath = path.child('gmsaCredentialSpec')
  if (spec === '') errors.push(invalid(specPath, spec, 'gmsaCredentialSpec cannot be an empty string'))
  else if (spec !== undefined && byteLength(spec) > specBytesMax)
    errors.push(invalid(specPath, spec, 'gmsaCredentialSpec size must be under 64 KiB'))
  return user === undefined ? errors : [...errors, ...wrongUserName(user).map((text) => invalid(path.child('runAsUserName'), user, text))]
}

const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const dnsName = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/
const hasControl = (text: string): boolean => [...text].some((character) => character < ' ' || character === '\u007f')

function wrongUserName(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string']
  if (hasControl(name)) return ['runAsUserName cannot contain control characters']
  const parts = name.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const user = parts[parts.length - 1] ?? ''
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined
  const errors: string[] = []
  if (byteLength(domain ?? '') >= domainBytesMax) errors.push(`runAsUserName's Domain length must be under ${domainBytesMax} characters`)
  if (domain !== undefined && !netBiosName.test(domain) && !dnsName.test(domain))
    errors.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
  if (user === '') errors.push("runAsUserName's User cannot be empty")
  else if (byteLength(user) > userBytesMax) errors.push(`runAsUserName's User length must not be longer than ${userBytesMax} characters`)
  if (/^[. ]+$/.test(user)) errors.push("runAsUserName's User cannot contain only periods or spaces")
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) errors.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
  return errors
}

/** The Pod's own security context; `hostNetwork` and the like stand in the spec, but belong to it. */
export function podSecurity(spec: PodSpec, path: FieldPath, acceptHostSysctls: boolean): FieldError[] {
  const context: PodSecurityContext | undefined = spec.securityContext
  if (!context) return []
  const errors = (['fsGroup', 'runAsUser', 'runAsGroup'] as const).flatMap((name) => userOrGroup(context[name], path.child(name)))
  errors.push(...each(context.supplementalGroups, path.child('supplementalGroups'), (id, at) => userOrGroup(id, at)))
  if (spec.shareProcessNamespace && spec.hostPID)
    errors.push(invalid(path.child('shareProcessNamespace'), true, 'ShareProcessNamespace and HostPID cannot both be enabled'))
  errors.push(...sysctls(context.sysctls, spec, path.child('sysctls'), acceptHostSysctls))
  const optional = (value: string | undefined, name: string, supported: readonly string[]): FieldError[] =>
    value === undefined ? [] : oneOf(value, path.child(name), supported)
  return [
    ...errors,
    ...optional(context.fsGroupChangePolicy, 'fsGroupChangePolicy', ['Always', 'OnRootMismatch']),
    ...seccomp(context.seccompProfile, path.child('seccompProfile')),
    ...windowsOptions(context.windowsOptions, path.child('windowsOptions')),
    ...appArmor(context.appArmorProfile, path.child('appArmorProfile')),
    ...optional(context.supplementalGroupsPolicy, 'supplementalGroupsPolicy', ['Merge', 'Strict']),
    ...optional(context.seLinuxChangePolicy, 'seLinuxChangePolicy', ['MountOption', 'Recursive']),
  ]
}

const sysctlPattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'
const sysctlName = new RegExp(sysctlPattern)
const sysctlBytesMax = 253

function sysctls(list: readonly Sysctl[] | undefined, spec: PodSpec, path: FieldPath, acceptHostSysctls: boolean): FieldError[] {
  const seen = new Set<string>()
  return each(list, path, ({ name = '' }, item) => {
    const at = item.child('name')
    const errors: FieldError[] = []
    if (name === '') errors.push(required(at))
    else if (name.length > sysctlBytesMax || !sysctlName.test(name))
      errors.push(invalid(at, name, `must have at most ${sysctlBytesMax} characters and match regex ${sysctlPattern}`))
    else if (seen.has(name)) errors.push(duplicate(at, name))
    seen.add(name)
    return acceptHostSysctls ? errors : [...errors, ...hostSysctl(name, spec, at)]
  })
}

/** A sysctl of a namespace that the Pod shares with its node would change the node. */
export function hostSysctl(name: string, spec: PodSpec, path: FieldPath): FieldError[] {
  const dotted = name.replaceAll('/', '.')
  const isIpc = /^(kernel\.(shm|msg)|kernel\.sem$|fs\.mqueue\.)/.test(dotted)
  if (spec.hostNetwork && dotted.startsWith('net.')) return [invalid(path, name, "may not be specified when 'hostNetwork' is true")]
  return spec.hostIPC && isIpc ? [invalid(path, name, "may not be specified when 'hostIPC' is true")] : []
}
