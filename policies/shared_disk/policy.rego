# METADATA
# title: Replicas do not share a disk that one node holds
# description: >-
#   An EBS volume attaches to one node. A Deployment of several replicas with one ReadWriteOnce claim, or of one replica
#   that rolls with surge, deadlocks as soon as the new pod lands on another node.
# custom:
#   severity: error
#   why: >-
#     The second replica waits for a volume that is attached elsewhere; a rollout never ends.
#   fix: >-
#     Use a StatefulSet with a claim of its own per replica, or keep state elsewhere.
package rules.shared_disk

import data.lib.pods

deny contains {"msg": sprintf("the claim %s is shared by pods that come and go side by side", [volume.persistentVolumeClaim.claimName]), "pointer": array.concat(pod.at, ["volumes", index])} if {
	input.kind == "Deployment"
	some pod in pods.all
	some index, volume in pod.spec.volumes
	volume.persistentVolumeClaim
	not _alone
}

_alone if {
	object.get(input.spec, "replicas", 1) == 1
	object.get(input.spec, ["strategy", "type"], "RollingUpdate") == "Recreate"
}
