/**
 * Users of messages: an actor is who its address says. Controllers act as the service accounts that upstream's
 * controller manager uses for them, because the bootstrap roles are bound to those; some have other names than the
 * controller itself.
 */
import type { Address } from '../../kernel/address.js'
import { controllersGroup } from '../authz/cast-policy.js'
import { userOfActor } from '../protocol.js'
import type { User } from '../request.js'
import { authenticatedGroup } from './user.js'

/** Controller (kube-controller-manager's name for it) to its service account in kube-system, where they differ. */
const accounts: Readonly<Record<string, string>> = {
  'bootstrap-signer-controller': 'bootstrap-signer',
  'certificatesigningrequest-approving-controller': 'certificate-controller',
  'certificatesigningrequest-cleaner-controller': 'certificate-controller',
  'certificatesigningrequest-signing-controller': 'certificate-controller',
  'daemonset-controller': 'daemon-set-controller',
  'endpoints-controller': 'endpoint-controller',
  'endpointslice-mirroring-controller': 'endpointslicemirroring-controller',
  'garbage-collector-controller': 'generic-garbage-collector',
  'horizontal-pod-autoscaler-controller': 'horizontal-pod-autoscaler',
  'legacy-serviceaccount-token-cleaner-controller': 'legacy-service-account-token-cleaner',
  'node-ipam-controller': 'node-controller',
  'node-lifecycle-controller': 'node-controller',
  'node-route-controller': 'route-controller',
  'persistentvolume-attach-detach-controller': 'attachdetach-controller',
  'persistentvolume-binder-controller': 'persistent-volume-binder',
  'persistentvolume-expander-controller': 'expand-controller',
  'persistentvolume-protection-controller': 'pv-protection-controller',
  'persistentvolumeclaim-protection-controller': 'pvc-protection-controller',
  'pod-garbage-collector-controller': 'pod-garbage-collector',
  'replicationcontroller-controller': 'replication-controller',
  'resourceclaim-controller': 'resource-claim-controller',
  'root-ca-certificate-publisher-controller': 'root-ca-cert-publisher',
  'service-cidr-controller': 'service-cidrs-controller',
  'service-lb-controller': 'service-controller',
  'serviceaccount-controller': 'service-account-controller',
  'taint-eviction-controller': 'node-controller',
  'token-cleaner-controller': 'token-cleaner',
}

/** The one controller without a service account: upstream's makes the tokens that the others' accounts need. */
const controllerManager: User = { name: 'system:kube-controller-manager', groups: [authenticatedGroup] }

export function userOfSender({ role, name }: Address): User {
  if (role === 'controller' && name === 'serviceaccount-token-controller') return controllerManager
  if (role !== 'controller') return userOfActor(role, name)
  const { name: account, groups } = userOfActor(role, accounts[name] ?? name)
  return { name: account, groups: [...groups, controllersGroup] }
}
