/** Kubernetes' certificates/v1 as TypeScript sees it. Made by test/generators/api-types.mjs; do not edit. */

import type { ListMeta, ObjectMeta } from './meta-v1.js'

export interface CertificateSigningRequest { apiVersion: string; kind: string; metadata: ObjectMeta; spec: CertificateSigningRequestSpec; status?: CertificateSigningRequestStatus | undefined }
export interface CertificateSigningRequestCondition { lastTransitionTime?: string | undefined; lastUpdateTime?: string | undefined; message?: string | undefined; reason?: string | undefined; status: string; type: string }
export interface CertificateSigningRequestList { apiVersion: string; items: CertificateSigningRequest[]; kind: string; metadata: ListMeta }
export interface CertificateSigningRequestSpec { expirationSeconds?: number | undefined; extra?: Record<string, string[]> | undefined; groups?: string[] | undefined; request: string; signerName: string; uid?: string | undefined; usages?: string[] | undefined; username?: string | undefined }
export interface CertificateSigningRequestStatus { certificate?: string | undefined; conditions?: CertificateSigningRequestCondition[] | undefined }
