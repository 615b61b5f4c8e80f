# METADATA
# title: Everything that is stored is encrypted
# description: >-
#   StorageClasses of EBS, root volumes of nodes, buckets, and databases. The account's default encryption is not relied
#   on, since it can be switched off.
# custom:
#   severity: error
#   why: >-
#     An unencrypted volume or bucket is readable to whoever gets hold of a snapshot, and cannot be encrypted later in
#     place.
#   fix: >-
#     Set encryption where the storage is declared.
package rules.unencrypted_storage

import data.lib.aws

deny contains {"msg": "volumes of this class are not encrypted", "pointer": ["parameters"]} if {
	input.kind == "StorageClass"
	input.provisioner in {"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com"}
	object.get(input, ["parameters", "encrypted"], "false") != "true"
}

deny contains {"msg": "the node's disk is not encrypted", "pointer": ["spec", "blockDeviceMappings", index, "ebs"]} if {
	input.kind == "EC2NodeClass"
	some index, mapping in input.spec.blockDeviceMappings
	object.get(mapping, ["ebs", "encrypted"], false) != true
}

deny contains {"msg": "the node group's disks are not encrypted", "pointer": ["managedNodeGroups", index]} if {
	input.kind == "ClusterConfig"
	some index, group in input.managedNodeGroups
	object.get(group, "volumeEncrypted", false) != true
}

deny contains {"msg": "Secrets in etcd are not encrypted with a key of ours", "pointer": ["metadata", "name"]} if {
	input.kind == "ClusterConfig"
	not input.secretsEncryption.keyARN
}

deny contains {"msg": "the bucket is not encrypted", "pointer": ["spec"]} if {
	input.apiVersion == "s3.services.k8s.aws/v1alpha1"
	input.kind == "Bucket"
	count(object.get(input.spec, ["encryption", "rules"], [])) == 0
}

deny contains {"msg": "the database is not encrypted", "pointer": ["spec"]} if {
	startswith(input.apiVersion, "rds.services.k8s.aws/")
	input.kind in {"DBInstance", "DBCluster"}
	object.get(input.spec, "storageEncrypted", false) != true
}
