/** The types of io.k8s.api.storage.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const storageV1 = `io.k8s.api.storage.v1 storage.k8s.io/v1
CSIDriver;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:CSIDriverSpec@2=
CSIDriverList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[CSIDriver@2
CSIDriverSpec attachRequired*:b@1 podInfoOnMount*:b@2 volumeLifecycleModes:[%VolumeLifecycleMode%s@3~s storageCapacity*:b@4 fsGroupPolicy*:%FSGroupPolicy%s@5 tokenRequests:[TokenRequest@6~a requiresRepublish*:b@7 seLinuxMount*:b@8 nodeAllocatableUpdatePeriodSeconds*:l@9 serviceAccountTokenInSecrets*:b@10 preventPodSchedulingIfMissing*:b@11
CSINode;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:CSINodeSpec@2=
CSINodeDriver name!+:s@1= nodeID!+:s@2= topologyKeys+:[s@3~a allocatable*:VolumeNodeResources@4
CSINodeList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[CSINode@2
CSINodeSpec drivers!+:[CSINodeDriver@1~m:name^merge:name
CSIStorageCapacity;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= nodeTopology*:meta.v1/LabelSelector@2 storageClassName!+:s@3= capacity*:q@4 maximumVolumeSize*:q@5
CSIStorageCapacityList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[CSIStorageCapacity@2
StorageClass;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= provisioner!+:s@2= parameters:{s@3 reclaimPolicy*:%v1.PersistentVolumeReclaimPolicy%s@4 mountOptions:[s@5~a allowVolumeExpansion*:b@6 volumeBindingMode*:%VolumeBindingMode%s@7 allowedTopologies:[core.v1/TopologySelectorTerm@8~a
StorageClassList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[StorageClass@2
TokenRequest audience!+:s@1= expirationSeconds*:l@2
VolumeAttachment;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:VolumeAttachmentSpec@2= status+:VolumeAttachmentStatus@3=
VolumeAttachmentList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[VolumeAttachment@2
VolumeAttachmentSource persistentVolumeName*:s@1 inlineVolumeSpec*:core.v1/PersistentVolumeSpec@2
VolumeAttachmentSpec attacher!+:s@1= source!+:VolumeAttachmentSource@2= nodeName!+:s@3=
VolumeAttachmentStatus attached!+:b@1= attachmentMetadata:{s@2 attachError*:VolumeError@3 detachError*:VolumeError@4
VolumeAttributesClass;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= driverName!+:s@2= parameters:{s@3
VolumeAttributesClassList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[VolumeAttributesClass@2
VolumeError time+:t@1 message:s@2 errorCode*:i@3
VolumeNodeResources count*:i@1`
