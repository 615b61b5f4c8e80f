# METADATA
# title: Containers drop every capability and add none
# description: >-
#   The restricted Pod Security Standard allows NET_BIND_SERVICE only. Sidecar injection of a service mesh asks for
#   NET_ADMIN and NET_RAW, and is refused at admission in a restricted namespace.
# custom:
#   severity: error
#   why: >-
#     Each capability is a piece of root; NET_ADMIN and SYS_ADMIN are most of it.
#   fix: >-
#     Drop ALL. A server that must listen below 1024 gets the sysctl net.ipv4.ip_unprivileged_port_start instead.
package rules.added_capability

import data.lib.pods

deny contains {"msg": sprintf("%s adds the capability %s", [each.container.name, added]), "pointer": pods.at(each, ["securityContext", "capabilities", "add"])} if {
	some each in pods.containers
	some added in each.container.securityContext.capabilities.add
}

deny contains {"msg": sprintf("%s does not drop all capabilities", [each.container.name]), "pointer": pods.at(each, ["securityContext", "capabilities"])} if {
	some each in pods.containers
	not "ALL" in object.get(each.container, ["securityContext", "capabilities", "drop"], [])
}
