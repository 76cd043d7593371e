/** The columns of each kind's Table: name, type, format, priority. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const columns = `Pod	Name|string|name|0	Ready|string||0	Status|string||0	Restarts|string||0	Age|string||0	IP|string||1	Node|string||1	Nominated Node|string||1	Readiness Gates|string||1
PodTemplate	Name|string|name|0	Containers|string||0	Images|string||0	Pod Labels|string||0
PodDisruptionBudget	Name|string|name|0	Min Available|string||0	Max Unavailable|string||0	Allowed Disruptions|integer||0	Age|string||0
ReplicationController	Name|string|name|0	Desired|integer||0	Current|integer||0	Ready|integer||0	Age|string||0	Containers|string||1	Images|string||1	Selector|string||1
ReplicaSet	Name|string|name|0	Desired|integer||0	Current|integer||0	Ready|integer||0	Age|string||0	Containers|string||1	Images|string||1	Selector|string||1
DaemonSet	Name|string|name|0	Desired|integer||0	Current|integer||0	Ready|integer||0	Up-to-date|integer||0	Available|integer||0	Node Selector|string||0	Age|string||0	Containers|string||1	Images|string||1	Selector|string||1
Job	Name|string|name|0	Status|string||0	Completions|string||0	Duration|string||0	Age|string||0	Containers|string||1	Images|string||1	Selector|string||1
CronJob	Name|string|name|0	Schedule|string||0	Timezone|string||0	Suspend|boolean||0	Active|integer||0	Last Schedule|string||0	Age|string||0	Containers|string||1	Images|string||1	Selector|string||1
Service	Name|string|name|0	Type|string||0	Cluster-IP|string||0	External-IP|string||0	Port(s)|string||0	Age|string||0	Selector|string||1
Ingress	Name|string|name|0	Class|string||0	Hosts|string||0	Address|string||0	Ports|string||0	Age|string||0
IngressClass	Name|string|name|0	Controller|string||0	Parameters|string||0	Age|string||0
StatefulSet	Name|string|name|0	Ready|string||0	Age|string||0	Containers|string||1	Images|string||1
Endpoints	Name|string|name|0	Endpoints|string||0	Age|string||0
Node	Name|string|name|0	Status|string||0	Roles|string||0	Age|string||0	Version|string||0	Internal-IP|string||1	External-IP|string||1	OS-Image|string||1	Kernel-Version|string||1	Container-Runtime|string||1
Event	Last Seen|string||0	Type|string||0	Reason|string||0	Object|string||0	Subobject|string||1	Source|string||1	Message|string||0	First Seen|string||1	Count|string||1	Name|string||1
Namespace	Name|string|name|0	Status|string||0	Age|string||0
Secret	Name|string|name|0	Type|string||0	Data|string||0	Age|string||0
ServiceAccount	Name|string|name|0	Secrets|string||0	Age|string||0
PersistentVolume	Name|string|name|0	Capacity|string||0	Access Modes|string||0	Reclaim Policy|string||0	Status|string||0	Claim|string||0	StorageClass|string||0	VolumeAttributesClass|string||0	Reason|string||0	Age|string||0	VolumeMode|string||1
PersistentVolumeClaim	Name|string|name|0	Status|string||0	Volume|string||0	Capacity|string||0	Access Modes|string||0	StorageClass|string||0	VolumeAttributesClass|string||0	Age|string||0	VolumeMode|string||1
ComponentStatus	Name|string|name|0	Status|string||0	Message|string||0	Error|string||0
Deployment	Name|string|name|0	Ready|string||0	Up-to-date|string||0	Available|string||0	Age|string||0	Containers|string||1	Images|string||1	Selector|string||1
HorizontalPodAutoscaler	Name|string|name|0	Reference|string||0	Targets|string||0	MinPods|string||0	MaxPods|string||0	Replicas|string||0	Age|string||0
ConfigMap	Name|string|name|0	Data|string||0	Age|string||0
RoleBinding	Name|string|name|0	Role|string||0	Age|string||0	Users|string||1	Groups|string||1	ServiceAccounts|string||1
ClusterRoleBinding	Name|string|name|0	Role|string||0	Age|string||0	Users|string||1	Groups|string||1	ServiceAccounts|string||1
CertificateSigningRequest	Name|string|name|0	Age|string||0	SignerName|string||0	Requestor|string||0	RequestedDuration|string||0	Condition|string||0
ClusterTrustBundle	Name|string|name|0	SignerName|string||0
PodCertificateRequest	Name|string|name|0	PodName|string||0	ServiceAccountName|string||0	NodeName|string||0	SignerName|string||0	State|string||0
Lease	Name|string|name|0	Holder|string||0	Age|string||0
LeaseCandidate	Name|string|name|0	LeaseName|string||0	BinaryVersion|string||0	EmulationVersion|string||0	Age|string||0
StorageClass	Name|string|name|0	Provisioner|string||0	ReclaimPolicy|string||0	VolumeBindingMode|string||0	AllowVolumeExpansion|string||0	Age|string||0
VolumeAttributesClass	Name|string|name|0	DriverName|string||0	Age|string||0
Status	Status|string||0	Reason|string||0	Message|string||0
ControllerRevision	Name|string|name|0	Controller|string||0	Revision|string||0	Age|string||0
ResourceQuota	Name|string|name|0	Request|string||0	Limit|string||0	Age|string||0
PriorityClass	Name|string|name|0	Value|integer||0	Global-Default|boolean||0	Age|string||0	PreemptionPolicy|string||0
RuntimeClass	Name|string|name|0	Handler|string||0	Age|string||0
VolumeAttachment	Name|string|name|0	Attacher|string|name|0	PV|string||0	Node|string||0	Attached|boolean||0	Age|string||0
EndpointSlice	Name|string|name|0	AddressType|string||0	Ports|string||0	Endpoints|string||0	Age|string||0
CSINode	Name|string|name|0	Drivers|integer||0	Age|string||0
CSIDriver	Name|string|name|0	AttachRequired|boolean||0	PodInfoOnMount|boolean||0	StorageCapacity|boolean||0
CSIStorageCapacity	Name|string|name|0	StorageClassName|string||0	Capacity|string||0
MutatingWebhook	Name|string|name|0	Webhooks|integer||0	Age|string||0
ValidatingWebhook	Name|string|name|0	Webhooks|integer||0	Age|string||0
FlowSchema	Name|string|name|0	PriorityLevel|string||0	MatchingPrecedence|string||0	DistinguisherMethod|string||0	Age|string||0	MissingPL|string||0
PriorityLevelConfiguration	Name|string|name|0	Type|string||0	NominalConcurrencyShares|string||0	Queues|string||0	HandSize|string||0	QueueLengthLimit|string||0	Age|string||0
StorageVersion	Name|string|name|0	CommonEncodingVersion|string||0	StorageVersions|string||0	Age|string||0
Scale	Name|string||0	Desired|integer||0	Available|integer||0	Age|string||0
DeviceClass	Name|string|name|0	Age|string||0
ResourceClaim	Name|string|name|0	State|string||0	Age|string||0
ResourceClaimTemplate	Name|string|name|0	Age|string||0
ResourceSlice	Name|string|name|0	Node|string||0	Driver|string||0	Pool|string||0	Age|string||0
DeviceTaint	Name|string|name|0	Key|string||0	Value|string||0	Effect|string||0	TimeAdded|string||0	Age|string||0
ServiceCIDR	Name|string|name|0	CIDRs|string||0	Age|string||0
IPAddress	Name|string|name|0	ParentRef|string||0
StorageVersionMigration	Name|string||0	Resource|string||0`
