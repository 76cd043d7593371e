/** Kubernetes' node/v1 as TypeScript sees it. Made by test/generators/api-types.mjs; do not edit. */

import type { Toleration } from './core-v1.js'
import type { ListMeta, ObjectMeta } from './meta-v1.js'

export interface Overhead { podFixed?: Record<string, string> | undefined }
export interface RuntimeClass { apiVersion: string; handler: string; kind: string; metadata: ObjectMeta; overhead?: Overhead | undefined; scheduling?: Scheduling | undefined }
export interface RuntimeClassList { apiVersion: string; items: RuntimeClass[]; kind: string; metadata: ListMeta }
export interface Scheduling { nodeSelector?: Record<string, string> | undefined; tolerations?: Toleration[] | undefined }
