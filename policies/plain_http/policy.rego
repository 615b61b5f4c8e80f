# METADATA
# title: Clients are served over TLS
# description: >-
#   An HTTP listener takes routes of its own namespace only, for the redirect. A route that serves names the HTTPS
#   listener; without a section name it would be attached to both. An ALB Ingress listens on HTTPS and redirects, and its class names
#   ciphers of TLS 1.2 and 1.3.
# custom:
#   severity: error
#   why: >-
#     Bearer keys and prompts cross the internet in clear text.
#   fix: >-
#     Serve on an HTTPS listener; port 80 only redirects.
package rules.plain_http

deny contains {"msg": sprintf("the listener %s takes routes of other namespaces without TLS", [listener.name]), "pointer": ["spec", "listeners", index]} if {
	_gateway_api
	input.kind == "Gateway"
	some index, listener in input.spec.listeners
	listener.protocol == "HTTP"
	object.get(listener, ["allowedRoutes", "namespaces", "from"], "Same") != "Same"
	not _internal
}

deny contains {"msg": sprintf("the listener %s ends no TLS", [listener.name]), "pointer": ["spec", "listeners", index]} if {
	_gateway_api
	input.kind == "Gateway"
	some index, listener in input.spec.listeners
	listener.protocol == "HTTPS"
	not listener.tls
}

deny contains {"msg": "the route serves on every listener, also without TLS", "pointer": ["spec", "parentRefs", index]} if {
	_gateway_api
	input.kind == "HTTPRoute"
	some index, parent in input.spec.parentRefs
	not parent.sectionName
	object.get(parent, "kind", "Gateway") == "Gateway"
}

deny contains {"msg": "the route answers without TLS instead of redirecting", "pointer": ["spec", "rules", index]} if {
	_gateway_api
	input.kind == "HTTPRoute"
	some parent in input.spec.parentRefs
	parent.sectionName == "http"
	some index, rule in input.spec.rules
	not _redirects(rule)
}

deny contains {"msg": "the load balancer listens without TLS", "pointer": ["metadata", "annotations"]} if {
	input.kind == "Ingress"
	ports := object.get(input.metadata, ["annotations", "alb.ingress.kubernetes.io/listen-ports"], `[{"HTTP": 80}]`)
	contains(ports, `"HTTP"`)
	not input.metadata.annotations["alb.ingress.kubernetes.io/ssl-redirect"]
}

deny contains {"msg": "the load balancer speaks TLS 1.0, which its default allows", "pointer": ["spec", "sslPolicy"]} if {
	input.kind == "IngressClassParams"
	not startswith(object.get(input.spec, "sslPolicy", ""), "ELBSecurityPolicy-TLS13-1-2")
	not startswith(object.get(input.spec, "sslPolicy", ""), "ELBSecurityPolicy-TLS13-1-3")
}

_gateway_api if startswith(input.apiVersion, "gateway.networking.k8s.io/")

_internal if input.metadata.labels["groundwork.dev/facing"] == "inside"

_redirects(rule) if {
	some chosen in rule.filters
	chosen.requestRedirect.scheme == "https"
}
