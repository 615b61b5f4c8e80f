# METADATA
# title: No container is privileged or may become so
# description: >-
#   privileged must not be set, and allowPrivilegeEscalation must be false. Device plugins hand accelerators to ordinary
#   containers, so serving models needs neither.
# custom:
#   severity: error
#   why: >-
#     A privileged process owns the node; a setuid binary does the rest where escalation is not forbidden.
#   fix: >-
#     Leave the workload's security context as it is; what needs the host belongs into node-agents, with a waiver.
package rules.privileged_container

import data.lib.pods

deny contains {"msg": sprintf("%s is privileged", [each.container.name]), "pointer": pods.at(each, ["securityContext", "privileged"])} if {
	some each in pods.containers
	each.container.securityContext.privileged == true
}

deny contains {"msg": sprintf("%s may gain privileges", [each.container.name]), "pointer": pods.at(each, ["securityContext", "allowPrivilegeEscalation"])} if {
	some each in pods.containers
	object.get(each.container, ["securityContext", "allowPrivilegeEscalation"], true) != false
}
