# METADATA
# title: A Gateway, or the class of a load balancer, says whose routes it takes
# description: >-
#   A route attaches itself to a Gateway; the only border is the listener's allowedRoutes,
#   and for Ingresses the namespaceSelector of their class's parameters.
# custom:
#   severity: error
#   why: >-
#     With `All` any namespace, a tenant's too, can publish a host name or take over another's path.
#   fix: >-
#     Select namespaces by a label that the platform sets.
package rules.open_listener

deny contains {"msg": sprintf("the listener %s takes routes of every namespace", [listener.name]), "pointer": ["spec", "listeners", index, "allowedRoutes"]} if {
	startswith(input.apiVersion, "gateway.networking.k8s.io/")
	input.kind == "Gateway"
	some index, listener in input.spec.listeners
	listener.allowedRoutes.namespaces.from == "All"
}

deny contains {"msg": "the class takes Ingresses of every namespace", "pointer": ["spec"]} if {
	input.kind == "IngressClassParams"
	object.get(input.spec, "namespaceSelector", {}) == {}
}
