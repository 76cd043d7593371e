/** Profiles: one scheduler, several names pods may ask for, each with its own choice of plugins. */
import { CodedError } from '../base/errors.js'
import { Framework, type PluginChoice, type Services } from './framework/runtime.js'
import { type PluginName, pluginCatalog } from './plugins/catalog.js'

export interface SchedulerProfile {
  /** What pods write in spec.schedulerName. */
  readonly schedulerName: string
  /** Plugins of the default profile that this one does without. */
  readonly disabled?: readonly PluginName[]
  /** Weights of scores other than the default profile's. */
  readonly weights?: Readonly<Partial<Record<PluginName, number>>>
}

/** Throws a CodedError for names that are unknown or used twice. */
export function createProfiles(
  profiles: readonly SchedulerProfile[],
  services: (schedulerName: string) => Services,
  more: readonly PluginChoice[] = [],
): ReadonlyMap<string, Framework> {
  const made = new Map<string, Framework>()
  for (const { schedulerName, disabled = [], weights = {} } of profiles) {
    if (made.has(schedulerName))
      throw new CodedError('BadConfig', `Cannot configure the scheduler: two profiles are named "${schedulerName}"`)
    for (const name of [...disabled, ...Object.keys(weights)])
      if (!Object.hasOwn(pluginCatalog, name))
        throw new CodedError('BadConfig', `Cannot configure the scheduler: there is no plugin "${name}"`)
    const names = (Object.keys(pluginCatalog) as PluginName[]).filter((name) => !disabled.includes(name))
    const choices = names.map(
      (name): PluginChoice => ({ factory: pluginCatalog[name].factory, weight: weights[name] ?? pluginCatalog[name].weight }),
    )
    made.set(schedulerName, new Framework(schedulerName, [...choices, ...more], services(schedulerName)))
  }
  return made
}
