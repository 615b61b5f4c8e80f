# METADATA
# title: Scratch space has a size
# description: >-
#   Shared memory for tensor parallelism is an emptyDir of medium Memory. It counts towards the container's memory only
#   once it is used, so its size must be said.
# custom:
#   severity: error
#   why: >-
#     An emptyDir without a limit fills the node's disk, or in memory its RAM, and evicts the neighbours.
#   fix: >-
#     Give the volume a sizeLimit.
package rules.unbounded_scratch

import data.lib.pods

deny contains {"msg": sprintf("the volume %s may grow without end", [volume.name]), "pointer": array.concat(pod.at, ["volumes", index, "emptyDir"])} if {
	some pod in pods.all
	some index, volume in pod.spec.volumes
	is_object(volume.emptyDir)
	not volume.emptyDir.sizeLimit
}
