/**
 * The strategies of the built-in kinds, by `GROUP/KIND` ('core/Pod', 'apps/Deployment', 'rbac.authorization.k8s.io/Role').
 * Where versions of a kind differ, `GROUP/VERSION/KIND` ('autoscaling/v1/HorizontalPodAutoscaler') goes before. A kind
 * that is not here has the empty strategy: its schema says all that is checked. Each strategy is in <group>/<kind>.ts.
 */
import type { Strategy } from '../kind.js'
import {
  mutatingAdmissionPolicyBindingStrategy,
  mutatingAdmissionPolicyStrategy,
  validatingAdmissionPolicyBindingStrategy,
  validatingAdmissionPolicyStrategy,
} from './admissionregistration/admission-policy.js'
import {
  mutatingWebhookConfigurationStrategy,
  validatingWebhookConfigurationStrategy,
} from './admissionregistration/webhook-configuration.js'
import { customResourceDefinitionStrategy } from './apiextensions/custom-resource-definition.js'
import { apiServiceStrategy } from './apiregistration/api-service.js'
import { controllerRevisionStrategy } from './apps/controller-revision.js'
import { daemonSetStrategy } from './apps/daemon-set.js'
import { deploymentStrategy } from './apps/deployment.js'
import { replicaSetStrategy } from './apps/replica-set.js'
import { statefulSetStrategy } from './apps/stateful-set.js'
import { horizontalPodAutoscalerStrategy, horizontalPodAutoscalerV1Strategy } from './autoscaling/horizontal-pod-autoscaler.js'
import { cronJobStrategy } from './batch/cron-job.js'
import { jobStrategy } from './batch/job.js'
import { certificateSigningRequestStrategy } from './certificates/certificate-signing-request.js'
import { leaseStrategy } from './coordination/lease.js'
import { componentStatusStrategy } from './core/component-status.js'
import { configMapStrategy } from './core/config-map.js'
import { endpointsStrategy } from './core/endpoints.js'
import { eventStrategy, newEventStrategy } from './core/event.js'
import { limitRangeStrategy } from './core/limit-range.js'
import { namespaceStrategy } from './core/namespace.js'
import { nodeStrategy } from './core/node.js'
import { persistentVolumeStrategy } from './core/persistent-volume.js'
import { persistentVolumeClaimStrategy } from './core/persistent-volume-claim.js'
import { podStrategy } from './core/pod.js'
import { podTemplateStrategy } from './core/pod-template.js'
import { replicationControllerStrategy } from './core/replication-controller.js'
import { resourceQuotaStrategy } from './core/resource-quota.js'
import { secretStrategy } from './core/secret.js'
import { serviceStrategy } from './core/service.js'
import { serviceAccountStrategy } from './core/service-account.js'
import { endpointSliceStrategy } from './discovery/endpoint-slice.js'
import { flowSchemaStrategy } from './flowcontrol/flow-schema.js'
import { priorityLevelConfigurationStrategy } from './flowcontrol/priority-level-configuration.js'
import { ingressStrategy } from './networking/ingress.js'
import { ingressClassStrategy } from './networking/ingress-class.js'
import { ipAddressStrategy } from './networking/ip-address.js'
import { networkPolicyStrategy } from './networking/network-policy.js'
import { serviceCidrStrategy } from './networking/service-cidr.js'
import { runtimeClassStrategy } from './node/runtime-class.js'
import { podDisruptionBudgetStrategy } from './policy/pod-disruption-budget.js'
import { clusterRoleStrategy, roleStrategy } from './rbac/role.js'
import { clusterRoleBindingStrategy, roleBindingStrategy } from './rbac/role-binding.js'
import { deviceClassStrategy } from './resource/device-class.js'
import { resourceClaimStrategy } from './resource/resource-claim.js'
import { resourceClaimTemplateStrategy } from './resource/resource-claim-template.js'
import { resourceSliceStrategy } from './resource/resource-slice.js'
import { priorityClassStrategy } from './scheduling/priority-class.js'
import { csiDriverStrategy } from './storage/csi-driver.js'
import { csiNodeStrategy } from './storage/csi-node.js'
import { csiStorageCapacityStrategy } from './storage/csi-storage-capacity.js'
import { storageClassStrategy } from './storage/storage-class.js'
import { volumeAttachmentStrategy } from './storage/volume-attachment.js'
import { volumeAttributesClassStrategy } from './storage/volume-attributes-class.js'

export const strategies: Readonly<Record<string, Strategy>> = {
  'core/ComponentStatus': componentStatusStrategy,
  'core/ConfigMap': configMapStrategy,
  'core/Endpoints': endpointsStrategy,
  'core/Event': eventStrategy,
  'core/LimitRange': limitRangeStrategy,
  'core/Namespace': namespaceStrategy,
  'core/Node': nodeStrategy,
  'core/PersistentVolume': persistentVolumeStrategy,
  'core/PersistentVolumeClaim': persistentVolumeClaimStrategy,
  'core/Pod': podStrategy,
  'core/PodTemplate': podTemplateStrategy,
  'core/ReplicationController': replicationControllerStrategy,
  'core/ResourceQuota': resourceQuotaStrategy,
  'core/Secret': secretStrategy,
  'core/Service': serviceStrategy,
  'core/ServiceAccount': serviceAccountStrategy,
  'apps/ControllerRevision': controllerRevisionStrategy,
  'apps/DaemonSet': daemonSetStrategy,
  'apps/Deployment': deploymentStrategy,
  'apps/ReplicaSet': replicaSetStrategy,
  'apps/StatefulSet': statefulSetStrategy,
  'batch/CronJob': cronJobStrategy,
  'batch/Job': jobStrategy,
  'autoscaling/HorizontalPodAutoscaler': horizontalPodAutoscalerStrategy,
  'autoscaling/v1/HorizontalPodAutoscaler': horizontalPodAutoscalerV1Strategy,
  'policy/PodDisruptionBudget': podDisruptionBudgetStrategy,
  'networking.k8s.io/IPAddress': ipAddressStrategy,
  'networking.k8s.io/Ingress': ingressStrategy,
  'networking.k8s.io/IngressClass': ingressClassStrategy,
  'networking.k8s.io/NetworkPolicy': networkPolicyStrategy,
  'networking.k8s.io/ServiceCIDR': serviceCidrStrategy,
  'discovery.k8s.io/EndpointSlice': endpointSliceStrategy,
  'storage.k8s.io/CSIDriver': csiDriverStrategy,
  'storage.k8s.io/CSINode': csiNodeStrategy,
  'storage.k8s.io/CSIStorageCapacity': csiStorageCapacityStrategy,
  'storage.k8s.io/StorageClass': storageClassStrategy,
  'storage.k8s.io/VolumeAttachment': volumeAttachmentStrategy,
  'storage.k8s.io/VolumeAttributesClass': volumeAttributesClassStrategy,
  'rbac.authorization.k8s.io/ClusterRole': clusterRoleStrategy,
  'rbac.authorization.k8s.io/ClusterRoleBinding': clusterRoleBindingStrategy,
  'rbac.authorization.k8s.io/Role': roleStrategy,
  'rbac.authorization.k8s.io/RoleBinding': roleBindingStrategy,
  'certificates.k8s.io/CertificateSigningRequest': certificateSigningRequestStrategy,
  'coordination.k8s.io/Lease': leaseStrategy,
  'events.k8s.io/Event': newEventStrategy,
  'scheduling.k8s.io/PriorityClass': priorityClassStrategy,
  'node.k8s.io/RuntimeClass': runtimeClassStrategy,
  'resource.k8s.io/DeviceClass': deviceClassStrategy,
  'resource.k8s.io/ResourceClaim': resourceClaimStrategy,
  'resource.k8s.io/ResourceClaimTemplate': resourceClaimTemplateStrategy,
  'resource.k8s.io/ResourceSlice': resourceSliceStrategy,
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': mutatingAdmissionPolicyStrategy,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': mutatingAdmissionPolicyBindingStrategy,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': mutatingWebhookConfigurationStrategy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': validatingAdmissionPolicyStrategy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': validatingAdmissionPolicyBindingStrategy,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': validatingWebhookConfigurationStrategy,
  'apiextensions.k8s.io/CustomResourceDefinition': customResourceDefinitionStrategy,
  'apiregistration.k8s.io/APIService': apiServiceStrategy,
  'flowcontrol.apiserver.k8s.io/FlowSchema': flowSchemaStrategy,
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': priorityLevelConfigurationStrategy,
}
