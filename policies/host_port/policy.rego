# METADATA
# title: Containers open no port of the node
# description: >-
#   hostPort binds the port on the node's address. Two replicas then need two nodes, and whoever reaches the node
#   reaches the port.
# custom:
#   severity: error
#   why: >-
#     A host port is reachable from the whole VPC past every NetworkPolicy, and one node holds one such pod only.
#   fix: >-
#     Remove hostPort and use a Service.
package rules.host_port

import data.lib.pods

deny contains {"msg": sprintf("%s opens port %d of the node", [each.container.name, port.hostPort]), "pointer": pods.at(each, ["ports", index, "hostPort"])} if {
	some each in pods.containers
	some index, port in each.container.ports
	port.hostPort > 0
}
