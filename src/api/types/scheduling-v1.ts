/** Kubernetes' scheduling/v1 as TypeScript sees it. Made by test/generators/api-types.mjs; do not edit. */

import type { ListMeta, ObjectMeta } from './meta-v1.js'

export interface PriorityClass { apiVersion: string; description?: string | undefined; globalDefault?: boolean | undefined; kind: string; metadata: ObjectMeta; preemptionPolicy?: string | undefined; value?: number | undefined }
export interface PriorityClassList { apiVersion: string; items: PriorityClass[]; kind: string; metadata: ListMeta }
