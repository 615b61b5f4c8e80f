# METADATA
# title: System calls are filtered
# description: >-
#   The restricted Pod Security Standard asks for RuntimeDefault or Localhost, on the pod or on each container.
# custom:
#   severity: error
#   why: >-
#     An unfiltered container reaches every system call of the kernel, and with it every bug.
#   fix: >-
#     Set seccompProfile RuntimeDefault on the pod; every workload of ours has it.
package rules.missing_seccomp

import data.lib.pods

deny contains {"msg": sprintf("%s runs without a seccomp profile", [each.container.name]), "pointer": each.at} if {
	some each in pods.containers
	not _profile(each) in {"RuntimeDefault", "Localhost"}
}

_profile(each) := object.get(each.container, ["securityContext", "seccompProfile", "type"], object.get(each.pod.spec, ["securityContext", "seccompProfile", "type"], "none"))
