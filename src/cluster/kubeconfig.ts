/** A kubeconfig for a cluster's administrator (client-go tools/clientcmd/api v1 Config), as YAML that is also JSON. */
import type { Pki } from './pki.js'

/** The whole file. Certificates and keys are embedded, so that it can be moved. */
export function renderKubeconfig({ name, server, pki }: { readonly name: string; readonly server: string; readonly pki: Pki }): string {
  const context = `troupe-${name}`
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster: { server, 'certificate-authority-data': btoa(pki.caCertificate) } }],
    users: [{ name: context, user: { 'client-certificate-data': btoa(pki.adminCertificate), 'client-key-data': btoa(pki.adminKey) } }],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    'current-context': context,
  }
  return `${JSON.stringify(config, null, 2)}\n`
}
