# METADATA
# title: A container's root file system is read-only
# description: >-
#   With readOnlyRootFilesystem only the declared volumes can be written, each with a size. What a process writes is
#   then known, and gone with the pod.
# custom:
#   severity: error
#   why: >-
#     An attacker writes tools there, and a process that fills it takes the node's disk.
#   fix: >-
#     Name what the process writes to: `writable=("/tmp", ...)` gives each path a bounded volume.
package rules.writable_root

import data.lib.pods

deny contains {"msg": sprintf("%s can write to its root file system", [each.container.name]), "pointer": pods.at(each, ["securityContext"])} if {
	some each in pods.containers
	object.get(each.container, ["securityContext", "readOnlyRootFilesystem"], false) != true
}
