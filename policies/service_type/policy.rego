# METADATA
# title: Only the edge faces the outside
# description: >-
#   The edge's own load balancer is made by its controller from GatewayParameters. Target designs gave the agent, the
#   model gateway and the vector store an internet-facing load balancer each.
# custom:
#   severity: error
#   why: >-
#     A LoadBalancer or NodePort of its own goes past the gateway: no TLS, no sign-in, no limits, no firewall.
#   fix: >-
#     Use ClusterIP and a route through the edge.
package rules.service_type

deny contains {"msg": sprintf("the Service %s is a %s", [input.metadata.name, input.spec.type]), "pointer": ["spec", "type"]} if {
	input.kind == "Service"
	input.spec.type in {"LoadBalancer", "NodePort", "ExternalName"}
}

deny contains {"msg": sprintf("the Service %s takes traffic for addresses of others", [input.metadata.name]), "pointer": ["spec", "externalIPs"]} if {
	input.kind == "Service"
	count(object.get(input.spec, "externalIPs", [])) > 0
}
