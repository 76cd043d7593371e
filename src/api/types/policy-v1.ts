/** Kubernetes' policy/v1 as TypeScript sees it. Made by test/generators/api-types.mjs; do not edit. */

import type { Condition, DeleteOptions, LabelSelector, ListMeta, ObjectMeta } from './meta-v1.js'

export interface Eviction { apiVersion: string; deleteOptions?: DeleteOptions | undefined; kind: string; metadata: ObjectMeta }
export interface PodDisruptionBudget { apiVersion: string; kind: string; metadata: ObjectMeta; spec?: PodDisruptionBudgetSpec | undefined; status?: PodDisruptionBudgetStatus | undefined }
export interface PodDisruptionBudgetList { apiVersion: string; items: PodDisruptionBudget[]; kind: string; metadata: ListMeta }
export interface PodDisruptionBudgetSpec { maxUnavailable?: number | string | undefined; minAvailable?: number | string | undefined; selector?: LabelSelector | undefined; unhealthyPodEvictionPolicy?: string | undefined }
export interface PodDisruptionBudgetStatus { conditions?: Condition[] | undefined; currentHealthy?: number | undefined; desiredHealthy?: number | undefined; disruptedPods?: Record<string, string> | undefined; disruptionsAllowed?: number | undefined; expectedPods?: number | undefined; observedGeneration?: number | undefined }
