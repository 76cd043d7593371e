/** What 1.36 serves by default: group-versions in the order of discovery, and their resources and subresources. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const resources = `# /v1
bindings Binding n binding - - create - -
componentstatuses ComponentStatus c componentstatus cs - get,list - -
configmaps ConfigMap n configmap cm - create,delete,deletecollection,get,list,patch,update,watch qFsyl6wFWjQ= -
endpoints Endpoints n endpoints ep - create,delete,deletecollection,get,list,patch,update,watch fWeeMqaN/OA= -
events Event n event ev - create,delete,deletecollection,get,list,patch,update,watch r2yiGXH7wu8= -
limitranges LimitRange n limitrange limits - create,delete,deletecollection,get,list,patch,update,watch EBKMFVe6cwo= -
namespaces Namespace c namespace ns - create,delete,get,list,patch,update,watch Q3oi5N2YM8M= -
namespaces/finalize Namespace c - - - update - -
namespaces/status Namespace c - - - get,patch,update - -
nodes Node c node no - create,delete,deletecollection,get,list,patch,update,watch XwShjMxG9Fs= -
nodes/proxy NodeProxyOptions c - - - create,delete,get,patch,update - -
nodes/status Node c - - - get,patch,update - -
persistentvolumeclaims PersistentVolumeClaim n persistentvolumeclaim pvc - create,delete,deletecollection,get,list,patch,update,watch QWTyNDq0dC4= -
persistentvolumeclaims/status PersistentVolumeClaim n - - - get,patch,update - -
persistentvolumes PersistentVolume c persistentvolume pv - create,delete,deletecollection,get,list,patch,update,watch HN/zwEC+JgM= -
persistentvolumes/status PersistentVolume c - - - get,patch,update - -
pods Pod n pod po all create,delete,deletecollection,get,list,patch,update,watch xPOwRZ+Yhw8= -
pods/attach PodAttachOptions n - - - create,get - -
pods/binding Binding n - - - create - -
pods/ephemeralcontainers Pod n - - - get,patch,update - -
pods/eviction Eviction n - - - create - policy/v1
pods/exec PodExecOptions n - - - create,get - -
pods/log Pod n - - - get - -
pods/portforward PodPortForwardOptions n - - - create,get - -
pods/proxy PodProxyOptions n - - - create,delete,get,patch,update - -
pods/resize Pod n - - - get,patch,update - -
pods/status Pod n - - - get,patch,update - -
podtemplates PodTemplate n podtemplate - - create,delete,deletecollection,get,list,patch,update,watch LIXB2x4IFpk= -
replicationcontrollers ReplicationController n replicationcontroller rc all create,delete,deletecollection,get,list,patch,update,watch Jond2If31h0= -
replicationcontrollers/scale Scale n - - - get,patch,update - autoscaling/v1
replicationcontrollers/status ReplicationController n - - - get,patch,update - -
resourcequotas ResourceQuota n resourcequota quota - create,delete,deletecollection,get,list,patch,update,watch 8uhSgffRX6w= -
resourcequotas/status ResourceQuota n - - - get,patch,update - -
secrets Secret n secret - - create,delete,deletecollection,get,list,patch,update,watch S6u1pOWzb84= -
serviceaccounts ServiceAccount n serviceaccount sa - create,delete,deletecollection,get,list,patch,update,watch pbx9ZvyFpBE= -
serviceaccounts/token TokenRequest n - - - create - authentication.k8s.io/v1
services Service n service svc all create,delete,deletecollection,get,list,patch,update,watch 0/CO1lhkEBI= -
services/proxy ServiceProxyOptions n - - - create,delete,get,patch,update - -
services/status Service n - - - get,patch,update - -
# apiregistration.k8s.io/v1
apiservices APIService c apiservice - api-extensions create,delete,deletecollection,get,list,patch,update,watch InPBPD7+PqM= -
apiservices/status APIService c - - - get,patch,update - -
# apps/v1
controllerrevisions ControllerRevision n controllerrevision - - create,delete,deletecollection,get,list,patch,update,watch 85nkx63pcBU= -
daemonsets DaemonSet n daemonset ds all create,delete,deletecollection,get,list,patch,update,watch dd7pWHUlMKQ= -
daemonsets/status DaemonSet n - - - get,patch,update - -
deployments Deployment n deployment deploy all create,delete,deletecollection,get,list,patch,update,watch 8aSe+NMegvE= -
deployments/scale Scale n - - - get,patch,update - autoscaling/v1
deployments/status Deployment n - - - get,patch,update - -
replicasets ReplicaSet n replicaset rs all create,delete,deletecollection,get,list,patch,update,watch P1RzHs8/mWQ= -
replicasets/scale Scale n - - - get,patch,update - autoscaling/v1
replicasets/status ReplicaSet n - - - get,patch,update - -
statefulsets StatefulSet n statefulset sts all create,delete,deletecollection,get,list,patch,update,watch H+vl74LkKdo= -
statefulsets/scale Scale n - - - get,patch,update - autoscaling/v1
statefulsets/status StatefulSet n - - - get,patch,update - -
# events.k8s.io/v1
events Event n event ev - create,delete,deletecollection,get,list,patch,update,watch r2yiGXH7wu8= -
# authentication.k8s.io/v1
selfsubjectreviews SelfSubjectReview c selfsubjectreview - - create - -
tokenreviews TokenReview c tokenreview - - create - -
# authorization.k8s.io/v1
localsubjectaccessreviews LocalSubjectAccessReview n localsubjectaccessreview - - create - -
selfsubjectaccessreviews SelfSubjectAccessReview c selfsubjectaccessreview - - create - -
selfsubjectrulesreviews SelfSubjectRulesReview c selfsubjectrulesreview - - create - -
subjectaccessreviews SubjectAccessReview c subjectaccessreview - - create - -
# autoscaling/v2
horizontalpodautoscalers HorizontalPodAutoscaler n horizontalpodautoscaler hpa all create,delete,deletecollection,get,list,patch,update,watch qwQve8ut294= -
horizontalpodautoscalers/status HorizontalPodAutoscaler n - - - get,patch,update - -
# autoscaling/v1
horizontalpodautoscalers HorizontalPodAutoscaler n horizontalpodautoscaler hpa all create,delete,deletecollection,get,list,patch,update,watch qwQve8ut294= -
horizontalpodautoscalers/status HorizontalPodAutoscaler n - - - get,patch,update - -
# batch/v1
cronjobs CronJob n cronjob cj all create,delete,deletecollection,get,list,patch,update,watch sd5LIXh4Fjs= -
cronjobs/status CronJob n - - - get,patch,update - -
jobs Job n job - all create,delete,deletecollection,get,list,patch,update,watch mudhfqk/qZY= -
jobs/status Job n - - - get,patch,update - -
# certificates.k8s.io/v1
certificatesigningrequests CertificateSigningRequest c certificatesigningrequest csr - create,delete,deletecollection,get,list,patch,update,watch 95fRKMXA+00= -
certificatesigningrequests/approval CertificateSigningRequest c - - - get,patch,update - -
certificatesigningrequests/status CertificateSigningRequest c - - - get,patch,update - -
# networking.k8s.io/v1
ingressclasses IngressClass c ingressclass - - create,delete,deletecollection,get,list,patch,update,watch l/iqIbDgFyQ= -
ingresses Ingress n ingress ing - create,delete,deletecollection,get,list,patch,update,watch 39NQlfNR+bo= -
ingresses/status Ingress n - - - get,patch,update - -
ipaddresses IPAddress c ipaddress ip - create,delete,deletecollection,get,list,patch,update,watch 3f/plJFChNE= -
networkpolicies NetworkPolicy n networkpolicy netpol - create,delete,deletecollection,get,list,patch,update,watch YpfwF18m1G8= -
servicecidrs ServiceCIDR c servicecidr - - create,delete,deletecollection,get,list,patch,update,watch gNLvruQhW2g= -
servicecidrs/status ServiceCIDR c - - - get,patch,update - -
# policy/v1
poddisruptionbudgets PodDisruptionBudget n poddisruptionbudget pdb - create,delete,deletecollection,get,list,patch,update,watch EVWiDmWqyJw= -
poddisruptionbudgets/status PodDisruptionBudget n - - - get,patch,update - -
# rbac.authorization.k8s.io/v1
clusterrolebindings ClusterRoleBinding c clusterrolebinding - - create,delete,deletecollection,get,list,patch,update,watch 48tpQ8gZHFc= -
clusterroles ClusterRole c clusterrole - - create,delete,deletecollection,get,list,patch,update,watch bYE5ZWDrJ44= -
rolebindings RoleBinding n rolebinding - - create,delete,deletecollection,get,list,patch,update,watch eGsCzGH6b1g= -
roles Role n role - - create,delete,deletecollection,get,list,patch,update,watch 7FuwZcIIItM= -
# storage.k8s.io/v1
csidrivers CSIDriver c csidriver - - create,delete,deletecollection,get,list,patch,update,watch hL6j/rwBV5w= -
csinodes CSINode c csinode - - create,delete,deletecollection,get,list,patch,update,watch Pe62DkZtjuo= -
csistoragecapacities CSIStorageCapacity n csistoragecapacity - - create,delete,deletecollection,get,list,patch,update,watch xeVl+2Ly1kE= -
storageclasses StorageClass c storageclass sc - create,delete,deletecollection,get,list,patch,update,watch K+m6uJwbjGY= -
volumeattachments VolumeAttachment c volumeattachment - - create,delete,deletecollection,get,list,patch,update,watch tJx/ezt6UDU= -
volumeattachments/status VolumeAttachment c - - - get,patch,update - -
volumeattributesclasses VolumeAttributesClass c volumeattributesclass vac - create,delete,deletecollection,get,list,patch,update,watch tIjydgKBC5w= -
# admissionregistration.k8s.io/v1
mutatingadmissionpolicies MutatingAdmissionPolicy c mutatingadmissionpolicy - api-extensions create,delete,deletecollection,get,list,patch,update,watch LYmCf+UMVdg= -
mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding c mutatingadmissionpolicybinding - api-extensions create,delete,deletecollection,get,list,patch,update,watch 90V5FRZZ3Zg= -
mutatingwebhookconfigurations MutatingWebhookConfiguration c mutatingwebhookconfiguration - api-extensions create,delete,deletecollection,get,list,patch,update,watch Sqi0GUgDaX0= -
validatingadmissionpolicies ValidatingAdmissionPolicy c validatingadmissionpolicy - api-extensions create,delete,deletecollection,get,list,patch,update,watch 6OxvlMmQ6is= -
validatingadmissionpolicies/status ValidatingAdmissionPolicy c - - - get,patch,update - -
validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding c validatingadmissionpolicybinding - api-extensions create,delete,deletecollection,get,list,patch,update,watch v9715VZqakg= -
validatingwebhookconfigurations ValidatingWebhookConfiguration c validatingwebhookconfiguration - api-extensions create,delete,deletecollection,get,list,patch,update,watch B0wHjQmsGNk= -
# apiextensions.k8s.io/v1
customresourcedefinitions CustomResourceDefinition c customresourcedefinition crd,crds api-extensions create,delete,deletecollection,get,list,patch,update,watch jfWCUB31mvA= -
customresourcedefinitions/status CustomResourceDefinition c - - - get,patch,update - -
# scheduling.k8s.io/v1
priorityclasses PriorityClass c priorityclass pc - create,delete,deletecollection,get,list,patch,update,watch 1QwjyaZjj3Y= -
# coordination.k8s.io/v1
leases Lease n lease - - create,delete,deletecollection,get,list,patch,update,watch gqkMMb/YqFM= -
# node.k8s.io/v1
runtimeclasses RuntimeClass c runtimeclass - - create,delete,deletecollection,get,list,patch,update,watch WQTu1GL3T2Q= -
# discovery.k8s.io/v1
endpointslices EndpointSlice n endpointslice - - create,delete,deletecollection,get,list,patch,update,watch qgS0xkrxYAI= -
# resource.k8s.io/v1
deviceclasses DeviceClass c deviceclass - - create,delete,deletecollection,get,list,patch,update,watch Yk2PTc1Ybxk= -
resourceclaims ResourceClaim n resourceclaim - - create,delete,deletecollection,get,list,patch,update,watch wgAZaHcZxUg= -
resourceclaims/status ResourceClaim n - - - get,patch,update - -
resourceclaimtemplates ResourceClaimTemplate n resourceclaimtemplate - - create,delete,deletecollection,get,list,patch,update,watch TuzjC49aUfM= -
resourceslices ResourceSlice c resourceslice - - create,delete,deletecollection,get,list,patch,update,watch KsC072WgaEY= -
# flowcontrol.apiserver.k8s.io/v1
flowschemas FlowSchema c flowschema - - create,delete,deletecollection,get,list,patch,update,watch GJVAJZSZBIw= -
flowschemas/status FlowSchema c - - - get,patch,update - -
prioritylevelconfigurations PriorityLevelConfiguration c prioritylevelconfiguration - - create,delete,deletecollection,get,list,patch,update,watch Kir5PVfvNeI= -
prioritylevelconfigurations/status PriorityLevelConfiguration c - - - get,patch,update - -`
