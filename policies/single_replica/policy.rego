# METADATA
# title: What every request passes has two replicas in production
# description: >-
#   Nodes are replaced for updates, interruptions and consolidation, many times a month. The gateways of a production
#   cluster are on the way of every request.
# custom:
#   severity: error
#   why: >-
#     One pod on the way of all requests means an outage with every node that is replaced.
#   fix: >-
#     Set replicas to two or more, or let a scaler keep two.
package rules.single_replica

_path := {"ai-gateway", "egress"}

deny contains {"msg": sprintf("%s is on the way of every request, with one replica", [input.metadata.name]), "pointer": ["spec", "replicas"]} if {
	input.kind == "Deployment"
	data.cluster.environment == "production"
	input.metadata.namespace in _path
	not contains(input.metadata.name, "canary")
	input.spec.replicas < 2
}
