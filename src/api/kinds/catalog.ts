/**
 * The strategies of the built-in kinds, by `GROUP/KIND` ('core/Pod', 'apps/Deployment', 'rbac.authorization.k8s.io/Role').
 * Where versions of a kind differ, `GROUP/VERSION/KIND` ('autoscaling/v1/HorizontalPodAutoscaler') goes before. A kind
 * that is not here has the empty strategy: its schema says all that is checked. Each strategy is in <group>/<kind>.ts.
 */
import type { Strategy } from '../kind.js'
import { controllerRevisionStrategy } from './apps/controller-revision.js'
import { daemonSetStrategy } from './apps/daemon-set.js'
import { deploymentStrategy } from './apps/deployment.js'
import { replicaSetStrategy } from './apps/replica-set.js'
import { statefulSetStrategy } from './apps/stateful-set.js'
import { cronJobStrategy } from './batch/cron-job.js'
import { jobStrategy } from './batch/job.js'
import { leaseStrategy } from './coordination/lease.js'
import { configMapStrategy } from './core/config-map.js'
import { endpointsStrategy } from './core/endpoints.js'
import { eventStrategy, newEventStrategy } from './core/event.js'
import { namespaceStrategy } from './core/namespace.js'
import { nodeStrategy } from './core/node.js'
import { persistentVolumeClaimStrategy } from './core/persistent-volume-claim.js'
import { podStrategy } from './core/pod.js'
import { secretStrategy } from './core/secret.js'
import { serviceAccountStrategy } from './core/service-account.js'
import { serviceStrategy } from './core/service.js'
import { endpointSliceStrategy } from './discovery/endpoint-slice.js'

export const strategies: Readonly<Record<string, Strategy>> = {
  'core/ConfigMap': configMapStrategy,
  'core/Endpoints': endpointsStrategy,
  'core/Event': eventStrategy,
  'core/Namespace': namespaceStrategy,
  'core/Node': nodeStrategy,
  'core/PersistentVolumeClaim': persistentVolumeClaimStrategy,
  'core/Pod': podStrategy,
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
  'coordination.k8s.io/Lease': leaseStrategy,
  'discovery.k8s.io/EndpointSlice': endpointSliceStrategy,
  'events.k8s.io/Event': newEventStrategy,
}
