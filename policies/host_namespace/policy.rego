# METADATA
# title: Pods stay out of the node's network, processes and memory
# description: >-
#   A pod on the host's network has the node's address, so policies cannot tell it from the node, and reaches the
#   metadata service with the node's own role.
# custom:
#   severity: error
#   why: >-
#     On the host's network no NetworkPolicy applies; among its processes every secret can be read.
#   fix: >-
#     Remove hostNetwork, hostPID and hostIPC; what needs the host belongs into node-agents, with a waiver.
package rules.host_namespace

import data.lib.pods

deny contains {"msg": sprintf("the pod shares the node's %s", [field]), "pointer": array.concat(pod.at, [field])} if {
	some pod in pods.all
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	pod.spec[field] == true
}
