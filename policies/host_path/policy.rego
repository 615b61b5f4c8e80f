# METADATA
# title: Pods mount nothing of the node's file system
# description: >-
#   Even a read-only hostPath shows other pods' volumes and the kubelet's own credentials. Weights belong on the node's
#   NVMe by way of an emptyDir, which Karpenter puts there.
# custom:
#   severity: error
#   why: >-
#     A path of the node leads to its credentials, its container runtime, and to every other pod's files.
#   fix: >-
#     Use an emptyDir, a claim, or a device plugin.
package rules.host_path

import data.lib.pods

deny contains {"msg": sprintf("the volume %s is the node's own %s", [volume.name, volume.hostPath.path]), "pointer": array.concat(pod.at, ["volumes", index])} if {
	some pod in pods.all
	some index, volume in pod.spec.volumes
	volume.hostPath
}
