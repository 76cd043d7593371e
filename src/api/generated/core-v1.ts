/** The types of io.k8s.api.core.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const coreV1 = `io.k8s.api.core.v1 /v1
AWSElasticBlockStoreVolumeSource volumeID!+:s@1= fsType:s@2 partition:i@3 readOnly:b@4
Affinity nodeAffinity*:NodeAffinity@1 podAffinity*:PodAffinity@2 podAntiAffinity*:PodAntiAffinity@3
AppArmorProfile;utype:localhostProfile=LocalhostProfile type!+:%AppArmorProfileType%s@1= localhostProfile*:s@2
AttachedVolume name!+:%UniqueVolumeName%s@1= devicePath!+:s@2=
AzureDiskVolumeSource diskName!+:s@1= diskURI!+:s@2= cachingMode*:%AzureDataDiskCachingMode%s@3="ReadWrite" fsType*:s@4="ext4" readOnly*:b@5= kind*:%AzureDataDiskKind%s@6="Shared"
AzureFilePersistentVolumeSource secretName!+:s@1= shareName!+:s@2= readOnly:b@3 secretNamespace+*:s@4
AzureFileVolumeSource secretName!+:s@1= shareName!+:s@2= readOnly:b@3
Binding;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= target!+:ObjectReference@2=
CSIPersistentVolumeSource driver!+:s@1= volumeHandle!+:s@2= readOnly:b@3 fsType:s@4 volumeAttributes:{s@5 controllerPublishSecretRef*:SecretReference@6 nodeStageSecretRef*:SecretReference@7 nodePublishSecretRef*:SecretReference@8 controllerExpandSecretRef*:SecretReference@9 nodeExpandSecretRef*:SecretReference@10
CSIVolumeSource driver!+:s@1= readOnly*:b@2 fsType*:s@3 volumeAttributes:{s@4 nodePublishSecretRef*:LocalObjectReference@5
Capabilities add:[%Capability%s@1~a drop:[%Capability%s@2~a
CephFSPersistentVolumeSource monitors!+:[s@1~a path:s@2 user:s@3 secretFile:s@4 secretRef*:SecretReference@5 readOnly:b@6
CephFSVolumeSource monitors!+:[s@1~a path:s@2 user:s@3 secretFile:s@4 secretRef*:LocalObjectReference@5 readOnly:b@6
CinderPersistentVolumeSource volumeID!+:s@1= fsType:s@2 readOnly:b@3 secretRef*:SecretReference@4
CinderVolumeSource volumeID!+:s@1= fsType:s@2 readOnly:b@3 secretRef*:LocalObjectReference@4
ClientIPConfig timeoutSeconds*:i@1
ClusterTrustBundleProjection name*:s@1 signerName*:s@2 labelSelector*:meta.v1/LabelSelector@3 optional*:b@5 path!+:s@4=
ComponentCondition type!+:%ComponentConditionType%s@1= status!+:%ConditionStatus%s@2= message:s@3 error:s@4
ComponentStatus;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= conditions:[ComponentCondition@2~m:type^merge:type
ComponentStatusList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ComponentStatus@2
ConfigMap;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= immutable*:b@4 data:{s@2 binaryData:{y@3
ConfigMapEnvSource name:s@1.1= optional*:b@2
ConfigMapKeySelector;a name:s@1.1= key!+:s@2= optional*:b@3
ConfigMapList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ConfigMap@2
ConfigMapNodeConfigSource namespace!+:s@1= name!+:s@2= uid:%types.UID%s@3 resourceVersion:s@4 kubeletConfigKey!+:s@5=
ConfigMapProjection name:s@1.1= items:[KeyToPath@2~a optional*:b@4
ConfigMapVolumeSource name:s@1.1= items:[KeyToPath@2~a defaultMode*:i@3 optional*:b@4
Container name!+:s@1= image:s@2 command:[s@3~a args:[s@4~a workingDir:s@5 ports:[ContainerPort@6~m:containerPort,protocol^merge:containerPort envFrom:[EnvFromSource@19~a env:[EnvVar@7~m:name^merge:name resources+:ResourceRequirements@8= resizePolicy:[ContainerResizePolicy@23~a restartPolicy*:%ContainerRestartPolicy%s@24 restartPolicyRules:[ContainerRestartRule@25~a volumeMounts:[VolumeMount@9~m:mountPath^merge:mountPath volumeDevices:[VolumeDevice@21~m:devicePath^merge:devicePath livenessProbe*:Probe@10 readinessProbe*:Probe@11 startupProbe*:Probe@22 lifecycle*:Lifecycle@12 terminationMessagePath:s@13 terminationMessagePolicy:%TerminationMessagePolicy%s@20 imagePullPolicy:%PullPolicy%s@14 securityContext*:SecurityContext@15 stdin:b@16 stdinOnce:b@17 tty:b@18
ContainerExtendedResourceRequest containerName!+:s@1= resourceName!+:s@2= requestName!+:s@3=
ContainerImage names+:[s@1~a sizeBytes:l@2
ContainerPort name:s@1 hostPort:i@2 containerPort!+:i@3= protocol:%Protocol%s@4="TCP" hostIP:s@5
ContainerResizePolicy resourceName!+:%ResourceName%s@1= restartPolicy!+:%ResourceResizeRestartPolicy%s@2=
ContainerRestartRule action!:%ContainerRestartRuleAction%s@1 exitCodes*:ContainerRestartRuleOnExitCodes@2
ContainerRestartRuleOnExitCodes operator!:%ContainerRestartRuleOnExitCodesOperator%s@1 values:[i@2~s
ContainerState waiting*:ContainerStateWaiting@1 running*:ContainerStateRunning@2 terminated*:ContainerStateTerminated@3
ContainerStateRunning startedAt+:t@1
ContainerStateTerminated exitCode!+:i@1= signal:i@2 reason:s@3 message:s@4 startedAt+:t@5 finishedAt+:t@6 containerID:s@7
ContainerStateWaiting reason:s@1 message:s@2
ContainerStatus name!+:s@1= state+:ContainerState@2= lastState+:ContainerState@3= ready!+:b@4= restartCount!+:i@5= image!+:s@6= imageID!+:s@7= containerID:s@8 started*:b@9 allocatedResources:%ResourceList%{q@10 resources*:ResourceRequirements@11 volumeMounts:[VolumeMountStatus@12~m:mountPath^merge:mountPath user*:ContainerUser@13 allocatedResourcesStatus:[ResourceStatus@14~m:name^merge:name stopSignal*:%Signal%s@15
ContainerUser linux*:LinuxContainerUser@1
DaemonEndpoint Port!+:i@1=
DownwardAPIProjection items:[DownwardAPIVolumeFile@1~a
DownwardAPIVolumeFile path!+:s@1= fieldRef*:ObjectFieldSelector@2 resourceFieldRef*:ResourceFieldSelector@3 mode*:i@4
DownwardAPIVolumeSource items:[DownwardAPIVolumeFile@1~a defaultMode*:i@2
EmptyDirVolumeSource medium:%StorageMedium%s@1 sizeLimit*:q@2
EndpointAddress;a ip!+:s@1= hostname:s@3 nodeName*:s@4 targetRef*:ObjectReference@2
EndpointPort;a name:s@1 port!+:i@2= protocol:%Protocol%s@3 appProtocol*:s@4
EndpointSubset addresses:[EndpointAddress@1~a notReadyAddresses:[EndpointAddress@2~a ports:[EndpointPort@3~a
Endpoints;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= subsets:[EndpointSubset@2~a
EndpointsList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Endpoints@2
EnvFromSource prefix:s@1 configMapRef*:ConfigMapEnvSource@2 secretRef*:SecretEnvSource@3
EnvVar name!+:s@1= value:s@2 valueFrom*:EnvVarSource@3
EnvVarSource fieldRef*:ObjectFieldSelector@1 resourceFieldRef*:ResourceFieldSelector@2 configMapKeyRef*:ConfigMapKeySelector@3 secretKeyRef*:SecretKeySelector@4 fileKeyRef*:FileKeySelector@5
EphemeralContainer name!+:s@1.1= image:s@1.2 command:[s@1.3~a args:[s@1.4~a workingDir:s@1.5 ports:[ContainerPort@1.6~m:containerPort,protocol^merge:containerPort envFrom:[EnvFromSource@1.19~a env:[EnvVar@1.7~m:name^merge:name resources+:ResourceRequirements@1.8= resizePolicy:[ContainerResizePolicy@1.23~a restartPolicy*:%ContainerRestartPolicy%s@1.24 restartPolicyRules:[ContainerRestartRule@1.25~a volumeMounts:[VolumeMount@1.9~m:mountPath^merge:mountPath volumeDevices:[VolumeDevice@1.21~m:devicePath^merge:devicePath livenessProbe*:Probe@1.10 readinessProbe*:Probe@1.11 startupProbe*:Probe@1.22 lifecycle*:Lifecycle@1.12 terminationMessagePath:s@1.13 terminationMessagePolicy:%TerminationMessagePolicy%s@1.20 imagePullPolicy:%PullPolicy%s@1.14 securityContext*:SecurityContext@1.15 stdin:b@1.16 stdinOnce:b@1.17 tty:b@1.18 targetContainerName:s@2
EphemeralVolumeSource volumeClaimTemplate*:PersistentVolumeClaimTemplate@1
Event;k kind:s apiVersion:s metadata!+:meta.v1/ObjectMeta@1= involvedObject!+:ObjectReference@2= reason:s@3 message:s@4 source+:EventSource@5= firstTimestamp+:t@6 lastTimestamp+:t@7 count:i@8 type:s@9 eventTime+:m@10 series*:EventSeries@11 action:s@12 related*:ObjectReference@13 reportingComponent+:s@14= reportingInstance+:s@15=
EventList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Event@2
EventSeries count:i@1 lastObservedTime+:m@2
EventSource component:s@1 host:s@2
ExecAction command:[s@1~a
FCVolumeSource targetWWNs:[s@1~a lun*:i@2 fsType:s@3 readOnly:b@4 wwids:[s@5~a
FileKeySelector;a volumeName!+:s@1= path!+:s@2= key!+:s@3= optional*:b@4=
FlexPersistentVolumeSource driver!+:s@1= fsType:s@2 secretRef*:SecretReference@3 readOnly:b@4 options:{s@5
FlexVolumeSource driver!+:s@1= fsType:s@2 secretRef*:LocalObjectReference@3 readOnly:b@4 options:{s@5
FlockerVolumeSource datasetName:s@1 datasetUUID:s@2
GCEPersistentDiskVolumeSource pdName!+:s@1= fsType:s@2 partition:i@3 readOnly:b@4
GRPCAction port!+:i@1= service+*:s@2=
GitRepoVolumeSource repository!+:s@1= revision:s@2 directory:s@3
GlusterfsPersistentVolumeSource endpoints!+:s@1= path!+:s@2= readOnly:b@3 endpointsNamespace*:s@4
GlusterfsVolumeSource endpoints!+:s@1= path!+:s@2= readOnly:b@3
HTTPGetAction path:s@1 port!+:x@2 host:s@3 scheme:%URIScheme%s@4 httpHeaders:[HTTPHeader@5~a
HTTPHeader name!+:s@1= value!+:s@2=
HostAlias ip!+:s@1= hostnames:[s@2~a
HostIP ip!+:s@1=
HostPathVolumeSource path!+:s@1= type*:%HostPathType%s@2
ISCSIPersistentVolumeSource targetPortal!+:s@1= iqn!+:s@2= lun!+:i@3= iscsiInterface:s@4="default" fsType:s@5 readOnly:b@6 portals:[s@7~a chapAuthDiscovery:b@8 chapAuthSession:b@11 secretRef*:SecretReference@10 initiatorName*:s@12
ISCSIVolumeSource targetPortal!+:s@1= iqn!+:s@2= lun!+:i@3= iscsiInterface:s@4="default" fsType:s@5 readOnly:b@6 portals:[s@7~a chapAuthDiscovery:b@8 chapAuthSession:b@11 secretRef*:LocalObjectReference@10 initiatorName*:s@12
ImageVolumeSource reference:s@1 pullPolicy:%PullPolicy%s@2
ImageVolumeStatus imageRef!:s@1
KeyToPath key!+:s@1= path!+:s@2= mode*:i@3
Lifecycle postStart*:LifecycleHandler@1 preStop*:LifecycleHandler@2 stopSignal*:%Signal%s@3
LifecycleHandler exec*:ExecAction@1 httpGet*:HTTPGetAction@2 tcpSocket*:TCPSocketAction@3 sleep*:SleepAction@4
LimitRange;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:LimitRangeSpec@2=
LimitRangeItem type!+:%LimitType%s@1= max:%ResourceList%{q@2 min:%ResourceList%{q@3 default:%ResourceList%{q@4 defaultRequest:%ResourceList%{q@5 maxLimitRequestRatio:%ResourceList%{q@6
LimitRangeList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[LimitRange@2
LimitRangeSpec limits!+:[LimitRangeItem@1~a
LinuxContainerUser uid!+:l@1= gid!+:l@2= supplementalGroups:[l@3~a
LoadBalancerIngress ip:s@1 hostname:s@2 ipMode*:%LoadBalancerIPMode%s@3 ports:[PortStatus@4~a
LoadBalancerStatus ingress:[LoadBalancerIngress@1~a
LocalObjectReference;a name:s@1=
LocalVolumeSource path!+:s@1= fsType*:s@2
ModifyVolumeStatus targetVolumeAttributesClassName:s@1 status!+:%PersistentVolumeClaimModifyVolumeStatus%s@2=
NFSVolumeSource server!+:s@1= path!+:s@2= readOnly:b@3
Namespace;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:NamespaceSpec@2= status+:NamespaceStatus@3=
NamespaceCondition type!+:%NamespaceConditionType%s@1= status!+:%ConditionStatus%s@2= lastTransitionTime+:t@4 reason:s@5 message:s@6
NamespaceList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Namespace@2
NamespaceSpec finalizers:[%FinalizerName%s@1~a
NamespaceStatus phase:%NamespacePhase%s@1 conditions:[NamespaceCondition@2~m:type^merge:type
Node;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:NodeSpec@2= status+:NodeStatus@3=
NodeAddress type!+:%NodeAddressType%s@1= address!+:s@2=
NodeAffinity requiredDuringSchedulingIgnoredDuringExecution*:NodeSelector@1 preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm@2~a
NodeAllocatableResourceClaimStatus resourceClaimName!+:s@1= containers:[s@2~s resources!+:{q@3
NodeCondition type!+:%NodeConditionType%s@1= status!+:%ConditionStatus%s@2= lastHeartbeatTime+:t@3 lastTransitionTime+:t@4 reason:s@5 message:s@6
NodeConfigSource configMap*:ConfigMapNodeConfigSource@2
NodeConfigStatus assigned*:NodeConfigSource@1 active*:NodeConfigSource@2 lastKnownGood*:NodeConfigSource@3 error:s@4
NodeDaemonEndpoints kubeletEndpoint+:DaemonEndpoint@1=
NodeFeatures supplementalGroupsPolicy*:b@1
NodeList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Node@2
NodeRuntimeHandler name+:s@1= features*:NodeRuntimeHandlerFeatures@2
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts*:b@1 userNamespaces*:b@2
NodeSelector;a nodeSelectorTerms!+:[NodeSelectorTerm@1~a
NodeSelectorRequirement key!+:s@1= operator!+:%NodeSelectorOperator%s@2= values:[s@3~a
NodeSelectorTerm;a matchExpressions:[NodeSelectorRequirement@1~a matchFields:[NodeSelectorRequirement@2~a
NodeSpec podCIDR:s@1 podCIDRs:[s@7~s^merge providerID:s@3 unschedulable:b@4 taints:[Taint@5~a configSource*:NodeConfigSource@6 externalID:s@2
NodeStatus capacity:%ResourceList%{q@1 allocatable:%ResourceList%{q@2 phase:%NodePhase%s@3 conditions:[NodeCondition@4~m:type^merge:type addresses:[NodeAddress@5~m:type^merge:type daemonEndpoints+:NodeDaemonEndpoints@6= nodeInfo+:NodeSystemInfo@7= images:[ContainerImage@8~a volumesInUse:[%UniqueVolumeName%s@9~a volumesAttached:[AttachedVolume@10~a config*:NodeConfigStatus@11 runtimeHandlers:[NodeRuntimeHandler@12~a features*:NodeFeatures@13 declaredFeatures:[s@14~a
NodeSwapStatus capacity*:l@1
NodeSystemInfo machineID!+:s@1= systemUUID!+:s@2= bootID!+:s@3= kernelVersion!+:s@4= osImage!+:s@5= containerRuntimeVersion!+:s@6= kubeletVersion!+:s@7= kubeProxyVersion!+:s@8= operatingSystem!+:s@9= architecture!+:s@10= swap*:NodeSwapStatus@11
ObjectFieldSelector;a apiVersion:s@1 fieldPath!+:s@2=
ObjectReference;a kind:s@1 namespace:s@2 name:s@3 uid:%types.UID%s@4 apiVersion:s@5 resourceVersion:s@6 fieldPath:s@7
PersistentVolume;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:PersistentVolumeSpec@2= status+:PersistentVolumeStatus@3=
PersistentVolumeClaim;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:PersistentVolumeClaimSpec@2= status+:PersistentVolumeClaimStatus@3=
PersistentVolumeClaimCondition type!+:%PersistentVolumeClaimConditionType%s@1= status!+:%ConditionStatus%s@2= lastProbeTime+:t@3 lastTransitionTime+:t@4 reason:s@5 message:s@6
PersistentVolumeClaimList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[PersistentVolumeClaim@2
PersistentVolumeClaimSpec accessModes:[%PersistentVolumeAccessMode%s@1~a selector*:meta.v1/LabelSelector@4 resources+:VolumeResourceRequirements@2= volumeName:s@3 storageClassName*:s@5 volumeMode*:%PersistentVolumeMode%s@6 dataSource*:TypedLocalObjectReference@7 dataSourceRef*:TypedObjectReference@8 volumeAttributesClassName*:s@9
PersistentVolumeClaimStatus phase:%PersistentVolumeClaimPhase%s@1 accessModes:[%PersistentVolumeAccessMode%s@2~a capacity:%ResourceList%{q@3 conditions:[PersistentVolumeClaimCondition@4~m:type^merge:type allocatedResources:%ResourceList%{q@5 allocatedResourceStatuses:{%ClaimResourceStatus%s@7~m:granular currentVolumeAttributesClassName*:s@8 modifyVolumeStatus*:ModifyVolumeStatus@9
PersistentVolumeClaimTemplate metadata+:meta.v1/ObjectMeta@1= spec!+:PersistentVolumeClaimSpec@2=
PersistentVolumeClaimVolumeSource claimName!+:s@1= readOnly:b@2
PersistentVolumeList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[PersistentVolume@2
PersistentVolumeSpec capacity:%ResourceList%{q@1 gcePersistentDisk*:GCEPersistentDiskVolumeSource@2.1 awsElasticBlockStore*:AWSElasticBlockStoreVolumeSource@2.2 hostPath*:HostPathVolumeSource@2.3 glusterfs*:GlusterfsPersistentVolumeSource@2.4 nfs*:NFSVolumeSource@2.5 rbd*:RBDPersistentVolumeSource@2.6 iscsi*:ISCSIPersistentVolumeSource@2.7 cinder*:CinderPersistentVolumeSource@2.8 cephfs*:CephFSPersistentVolumeSource@2.9 fc*:FCVolumeSource@2.10 flocker*:FlockerVolumeSource@2.11 flexVolume*:FlexPersistentVolumeSource@2.12 azureFile*:AzureFilePersistentVolumeSource@2.13 vsphereVolume*:VsphereVirtualDiskVolumeSource@2.14 quobyte*:QuobyteVolumeSource@2.15 azureDisk*:AzureDiskVolumeSource@2.16 photonPersistentDisk*:PhotonPersistentDiskVolumeSource@2.17 portworxVolume*:PortworxVolumeSource@2.18 scaleIO*:ScaleIOPersistentVolumeSource@2.19 local*:LocalVolumeSource@2.20 storageos*:StorageOSPersistentVolumeSource@2.21 csi*:CSIPersistentVolumeSource@2.22 accessModes:[%PersistentVolumeAccessMode%s@3~a claimRef*:ObjectReference@4~m:granular persistentVolumeReclaimPolicy:%PersistentVolumeReclaimPolicy%s@5 storageClassName:s@6 mountOptions:[s@7~a volumeMode*:%PersistentVolumeMode%s@8 nodeAffinity*:VolumeNodeAffinity@9 volumeAttributesClassName*:s@10
PersistentVolumeStatus phase:%PersistentVolumePhase%s@1 message:s@2 reason:s@3 lastPhaseTransitionTime*:t@4
PhotonPersistentDiskVolumeSource pdID!+:s@1= fsType:s@2
Pod;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:PodSpec@2= status+:PodStatus@3=
PodAffinity requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm@1~a preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm@2~a
PodAffinityTerm labelSelector*:meta.v1/LabelSelector@1 namespaces:[s@2~a topologyKey!+:s@3= namespaceSelector*:meta.v1/LabelSelector@4 matchLabelKeys:[s@5~a mismatchLabelKeys:[s@6~a
PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm@1~a preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm@2~a
PodCertificateProjection signerName!:s@1 keyType!:s@2 maxExpirationSeconds*:i@3 credentialBundlePath:s@4 keyPath:s@5 certificateChainPath:s@6 userAnnotations:{s@7
PodCondition type!+:%PodConditionType%s@1= observedGeneration:l@7 status!+:%ConditionStatus%s@2= lastProbeTime+:t@3 lastTransitionTime+:t@4 reason:s@5 message:s@6
PodDNSConfig nameservers:[s@1~a searches:[s@2~a options:[PodDNSConfigOption@3~a
PodDNSConfigOption name:s@1 value*:s@2
PodExtendedResourceClaimStatus requestMappings!+:[ContainerExtendedResourceRequest@1~a resourceClaimName!+:s@2=
PodIP ip!+:s@1=
PodList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Pod@2
PodOS name!+:%OSName%s@1=
PodReadinessGate conditionType!+:%PodConditionType%s@1=
PodResourceClaim name!+:s@1= resourceClaimName*:s@3 resourceClaimTemplateName*:s@4
PodResourceClaimStatus name!+:s@1= resourceClaimName*:s@2
PodSchedulingGate name!+:s@1=
PodSchedulingGroup;u:podGroupName=PodGroupName podGroupName*:s@1
PodSecurityContext seLinuxOptions*:SELinuxOptions@1 windowsOptions*:WindowsSecurityContextOptions@8 runAsUser*:l@2 runAsGroup*:l@6 runAsNonRoot*:b@3 supplementalGroups:[l@4~a supplementalGroupsPolicy*:%SupplementalGroupsPolicy%s@12 fsGroup*:l@5 sysctls:[Sysctl@7~a fsGroupChangePolicy*:%PodFSGroupChangePolicy%s@9 seccompProfile*:SeccompProfile@10 appArmorProfile*:AppArmorProfile@11 seLinuxChangePolicy*:%PodSELinuxChangePolicy%s@13
PodSpec volumes:[Volume@1~m:name^merge,retainKeys:name initContainers:[Container@20~m:name^merge:name containers!+:[Container@2~m:name^merge:name ephemeralContainers:[EphemeralContainer@34~m:name^merge:name restartPolicy:%RestartPolicy%s@3 terminationGracePeriodSeconds*:l@4 activeDeadlineSeconds*:l@5 dnsPolicy:%DNSPolicy%s@6 nodeSelector:{s@7~m:atomic serviceAccountName:s@8 serviceAccount:s@9 automountServiceAccountToken*:b@21 nodeName:s@10 hostNetwork:b@11 hostPID:b@12 hostIPC:b@13 shareProcessNamespace*:b@27 securityContext*:PodSecurityContext@14 imagePullSecrets:[LocalObjectReference@15~m:name^merge:name hostname:s@16 subdomain:s@17 affinity*:Affinity@18 schedulerName:s@19 tolerations:[Toleration@22~a hostAliases:[HostAlias@23~m:ip^merge:ip priorityClassName:s@24 priority*:i@25 dnsConfig*:PodDNSConfig@26 readinessGates:[PodReadinessGate@28~a runtimeClassName*:s@29 enableServiceLinks*:b@30 preemptionPolicy*:%PreemptionPolicy%s@31 overhead:%ResourceList%{q@32 topologySpreadConstraints:[TopologySpreadConstraint@33~m:topologyKey,whenUnsatisfiable^merge:topologyKey setHostnameAsFQDN*:b@35 os*:PodOS@36 hostUsers*:b@37 schedulingGates:[PodSchedulingGate@38~m:name^merge:name resourceClaims:[PodResourceClaim@39~m:name^merge,retainKeys:name resources*:ResourceRequirements@40 hostnameOverride*:s@41 schedulingGroup*:PodSchedulingGroup@43
PodStatus observedGeneration:l@17 phase:%PodPhase%s@1 conditions:[PodCondition@2~m:type^merge:type message:s@3 reason:s@4 nominatedNodeName:s@11 hostIP:s@5 hostIPs:[HostIP@16~a^merge:ip podIP:s@6 podIPs:[PodIP@12~m:ip^merge:ip startTime*:t@7 initContainerStatuses:[ContainerStatus@10~a containerStatuses:[ContainerStatus@8~a qosClass:%PodQOSClass%s@9 ephemeralContainerStatuses:[ContainerStatus@13~a resize:%PodResizeStatus%s@14 resourceClaimStatuses:[PodResourceClaimStatus@15~m:name^merge,retainKeys:name extendedResourceClaimStatus*:PodExtendedResourceClaimStatus@18 allocatedResources:%ResourceList%{q@19 resources*:ResourceRequirements@20 nodeAllocatableResourceClaimStatuses:[NodeAllocatableResourceClaimStatus@21~a
PodTemplate;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= template+:PodTemplateSpec@2=
PodTemplateList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[PodTemplate@2
PodTemplateSpec metadata+:meta.v1/ObjectMeta@1= spec+:PodSpec@2=
PortStatus port!+:i@1= protocol!+:%Protocol%s@2= error*:s@3
PortworxVolumeSource volumeID!+:s@1= fsType:s@2 readOnly:b@3
PreferredSchedulingTerm weight!+:i@1= preference!+:NodeSelectorTerm@2=
Probe exec*:ExecAction@1.1 httpGet*:HTTPGetAction@1.2 tcpSocket*:TCPSocketAction@1.3 grpc*:GRPCAction@1.4 initialDelaySeconds:i@2 timeoutSeconds:i@3 periodSeconds:i@4 successThreshold:i@5 failureThreshold:i@6 terminationGracePeriodSeconds*:l@7
ProjectedVolumeSource sources+:[VolumeProjection@1~a defaultMode*:i@2
QuobyteVolumeSource registry!+:s@1= volume!+:s@2= readOnly:b@3 user:s@4 group:s@5 tenant:s@6
RBDPersistentVolumeSource monitors!+:[s@1~a image!+:s@2= fsType:s@3 pool:s@4="rbd" user:s@5="admin" keyring:s@6="/etc/ceph/keyring" secretRef*:SecretReference@7 readOnly:b@8
RBDVolumeSource monitors!+:[s@1~a image!+:s@2= fsType:s@3 pool:s@4="rbd" user:s@5="admin" keyring:s@6="/etc/ceph/keyring" secretRef*:LocalObjectReference@7 readOnly:b@8
ReplicationController;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:ReplicationControllerSpec@2= status+:ReplicationControllerStatus@3=
ReplicationControllerCondition type!+:%ReplicationControllerConditionType%s@1= status!+:%ConditionStatus%s@2= lastTransitionTime+:t@3 reason:s@4 message:s@5
ReplicationControllerList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ReplicationController@2
ReplicationControllerSpec replicas*:i@1=1 minReadySeconds:i@4= selector:{s@2~m:atomic template*:PodTemplateSpec@3
ReplicationControllerStatus replicas!+:i@1= fullyLabeledReplicas:i@2 readyReplicas:i@4 availableReplicas:i@5 observedGeneration:l@3 conditions:[ReplicationControllerCondition@6~m:type^merge:type
ResourceClaim name!+:s@1= request:s@2
ResourceFieldSelector;a containerName:s@1 resource!+:s@2= divisor+:q@3
ResourceHealth resourceID!+:%ResourceID%s@1= health:%ResourceHealthStatus%s@2 message*:s@6
ResourceQuota;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:ResourceQuotaSpec@2= status+:ResourceQuotaStatus@3=
ResourceQuotaList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ResourceQuota@2
ResourceQuotaSpec hard:%ResourceList%{q@1 scopes:[%ResourceQuotaScope%s@2~a scopeSelector*:ScopeSelector@3
ResourceQuotaStatus hard:%ResourceList%{q@1 used:%ResourceList%{q@2
ResourceRequirements limits:%ResourceList%{q@1 requests:%ResourceList%{q@2 claims:[ResourceClaim@3~m:name
ResourceStatus name!+:%ResourceName%s@1= resources:[ResourceHealth@2~m:resourceID
SELinuxOptions user:s@1 role:s@2 type:s@3 level:s@4
ScaleIOPersistentVolumeSource gateway!+:s@1= system!+:s@2= secretRef!+*:SecretReference@3 sslEnabled:b@4 protectionDomain:s@5 storagePool:s@6 storageMode:s@7="ThinProvisioned" volumeName:s@8 fsType:s@9="xfs" readOnly:b@10
ScaleIOVolumeSource gateway!+:s@1= system!+:s@2= secretRef!+*:LocalObjectReference@3 sslEnabled:b@4 protectionDomain:s@5 storagePool:s@6 storageMode:s@7="ThinProvisioned" volumeName:s@8 fsType:s@9="xfs" readOnly:b@10
ScopeSelector;a matchExpressions:[ScopedResourceSelectorRequirement@1~a
ScopedResourceSelectorRequirement scopeName!+:%ResourceQuotaScope%s@1= operator!+:%ScopeSelectorOperator%s@2= values:[s@3~a
SeccompProfile;utype:localhostProfile=LocalhostProfile type!+:%SeccompProfileType%s@1= localhostProfile*:s@2
Secret;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= immutable*:b@5 data:{y@2 stringData:{s@4 type:%SecretType%s@3
SecretEnvSource name:s@1.1= optional*:b@2
SecretKeySelector;a name:s@1.1= key!+:s@2= optional*:b@3
SecretList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Secret@2
SecretProjection name:s@1.1= items:[KeyToPath@2~a optional*:b@4
SecretReference;a name:s@1 namespace:s@2
SecretVolumeSource secretName:s@1 items:[KeyToPath@2~a defaultMode*:i@3 optional*:b@4
SecurityContext capabilities*:Capabilities@1 privileged*:b@2 seLinuxOptions*:SELinuxOptions@3 windowsOptions*:WindowsSecurityContextOptions@10 runAsUser*:l@4 runAsGroup*:l@8 runAsNonRoot*:b@5 readOnlyRootFilesystem*:b@6 allowPrivilegeEscalation*:b@7 procMount*:%ProcMountType%s@9 seccompProfile*:SeccompProfile@11 appArmorProfile*:AppArmorProfile@12
Service;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:ServiceSpec@2= status+:ServiceStatus@3=
ServiceAccount;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= secrets:[ObjectReference@2~m:name^merge:name imagePullSecrets:[LocalObjectReference@3~a automountServiceAccountToken*:b@4
ServiceAccountList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ServiceAccount@2
ServiceAccountTokenProjection audience:s@1 expirationSeconds*:l@2 path!+:s@3=
ServiceList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Service@2
ServicePort name:s@1 protocol:%Protocol%s@2="TCP" appProtocol*:s@6 port!+:i@3= targetPort+:x@4 nodePort:i@5
ServiceSpec ports:[ServicePort@1~m:port,protocol^merge:port selector:{s@2~m:atomic clusterIP:s@3 clusterIPs:[s@18~a type:%ServiceType%s@4 externalIPs:[s@5~a sessionAffinity:%ServiceAffinity%s@7 loadBalancerIP:s@8 loadBalancerSourceRanges:[s@9~a externalName:s@10 externalTrafficPolicy:%ServiceExternalTrafficPolicy%s@11 healthCheckNodePort:i@12 publishNotReadyAddresses:b@13 sessionAffinityConfig*:SessionAffinityConfig@14 ipFamilies:[%IPFamily%s@19~a ipFamilyPolicy*:%IPFamilyPolicy%s@17 allocateLoadBalancerNodePorts*:b@20 loadBalancerClass*:s@21 internalTrafficPolicy*:%ServiceInternalTrafficPolicy%s@22 trafficDistribution*:s@23
ServiceStatus loadBalancer+:LoadBalancerStatus@1= conditions:[meta.v1/Condition@2~m:type^merge:type
SessionAffinityConfig clientIP*:ClientIPConfig@1
SleepAction seconds!+:l@1=
StorageOSPersistentVolumeSource volumeName:s@1 volumeNamespace:s@2 fsType:s@3 readOnly:b@4 secretRef*:ObjectReference@5
StorageOSVolumeSource volumeName:s@1 volumeNamespace:s@2 fsType:s@3 readOnly:b@4 secretRef*:LocalObjectReference@5
Sysctl name!+:s@1= value!+:s@2=
TCPSocketAction port!+:x@1 host:s@2
Taint key!+:s@1= value:s@2 effect!+:%TaintEffect%s@3= timeAdded*:t@4
Toleration key:s@1 operator:%TolerationOperator%s@2 value:s@3 effect:%TaintEffect%s@4 tolerationSeconds*:l@5
TopologySelectorLabelRequirement key!+:s@1= values!+:[s@2~a
TopologySelectorTerm;a matchLabelExpressions:[TopologySelectorLabelRequirement@1~a
TopologySpreadConstraint maxSkew!+:i@1= topologyKey!+:s@2= whenUnsatisfiable!+:%UnsatisfiableConstraintAction%s@3= labelSelector*:meta.v1/LabelSelector@4 minDomains*:i@5 nodeAffinityPolicy*:%NodeInclusionPolicy%s@6 nodeTaintsPolicy*:%NodeInclusionPolicy%s@7 matchLabelKeys:[s@8~a
TypedLocalObjectReference;a apiGroup+*:s@1 kind!+:s@2= name!+:s@3=
TypedObjectReference apiGroup+*:s@1 kind!+:s@2= name!+:s@3= namespace*:s@4
Volume name!+:s@1= hostPath*:HostPathVolumeSource@2.1 emptyDir*:EmptyDirVolumeSource@2.2 gcePersistentDisk*:GCEPersistentDiskVolumeSource@2.3 awsElasticBlockStore*:AWSElasticBlockStoreVolumeSource@2.4 gitRepo*:GitRepoVolumeSource@2.5 secret*:SecretVolumeSource@2.6 nfs*:NFSVolumeSource@2.7 iscsi*:ISCSIVolumeSource@2.8 glusterfs*:GlusterfsVolumeSource@2.9 persistentVolumeClaim*:PersistentVolumeClaimVolumeSource@2.10 rbd*:RBDVolumeSource@2.11 flexVolume*:FlexVolumeSource@2.12 cinder*:CinderVolumeSource@2.13 cephfs*:CephFSVolumeSource@2.14 flocker*:FlockerVolumeSource@2.15 downwardAPI*:DownwardAPIVolumeSource@2.16 fc*:FCVolumeSource@2.17 azureFile*:AzureFileVolumeSource@2.18 configMap*:ConfigMapVolumeSource@2.19 vsphereVolume*:VsphereVirtualDiskVolumeSource@2.20 quobyte*:QuobyteVolumeSource@2.21 azureDisk*:AzureDiskVolumeSource@2.22 photonPersistentDisk*:PhotonPersistentDiskVolumeSource@2.23 projected*:ProjectedVolumeSource@2.26 portworxVolume*:PortworxVolumeSource@2.24 scaleIO*:ScaleIOVolumeSource@2.25 storageos*:StorageOSVolumeSource@2.27 csi*:CSIVolumeSource@2.28 ephemeral*:EphemeralVolumeSource@2.29 image*:ImageVolumeSource@2.30
VolumeDevice name!+:s@1= devicePath!+:s@2=
VolumeMount name!+:s@1= readOnly:b@2 recursiveReadOnly*:%RecursiveReadOnlyMode%s@7 mountPath!+:s@3= subPath:s@4 mountPropagation*:%MountPropagationMode%s@5 subPathExpr:s@6
VolumeMountStatus name!+:s@1= mountPath!+:s@2= readOnly:b@3 recursiveReadOnly*:%RecursiveReadOnlyMode%s@4 volumeStatus*:VolumeStatus@5
VolumeNodeAffinity required*:NodeSelector@1
VolumeProjection secret*:SecretProjection@1 downwardAPI*:DownwardAPIProjection@2 configMap*:ConfigMapProjection@3 serviceAccountToken*:ServiceAccountTokenProjection@4 clusterTrustBundle*:ClusterTrustBundleProjection@5 podCertificate*:PodCertificateProjection@6
VolumeResourceRequirements limits:%ResourceList%{q@1 requests:%ResourceList%{q@2
VolumeStatus image*:ImageVolumeStatus@1
VsphereVirtualDiskVolumeSource volumePath!+:s@1= fsType:s@2 storagePolicyName:s@3 storagePolicyID:s@4
WeightedPodAffinityTerm weight!+:i@1= podAffinityTerm!+:PodAffinityTerm@2=
WindowsSecurityContextOptions gmsaCredentialSpecName*:s@1 gmsaCredentialSpec*:s@2 runAsUserName*:s@3 hostProcess*:b@4`
