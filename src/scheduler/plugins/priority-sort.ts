/** PrioritySort: higher priority first, then who has waited longer (plugins/queuesort/priority_sort.go). */
import type { PluginFactory } from '../framework/plugin.js'

export const prioritySort: PluginFactory = () => ({
  name: 'PrioritySort',
  before(a, b) {
    if (a.pod.priority !== b.pod.priority) return a.pod.priority > b.pod.priority
    return a.queuedAt !== b.queuedAt ? a.queuedAt < b.queuedAt : a.ordinal < b.ordinal
  },
})
