# METADATA
# title: A route says how long an answer may take
# description: >-
#   Completions stream for minutes. A route without a timeout works in every short test and fails in production.
# custom:
#   severity: error
#   why: >-
#     Envoy cuts a request after 15 seconds by default, in the middle of a long completion.
#   fix: >-
#     Set timeouts.request on the rule; 0s for streams that the model server itself ends.
package rules.short_timeout

deny contains {"msg": "the rule has no timeouts.request", "pointer": ["spec", "rules", index]} if {
	startswith(input.apiVersion, "gateway.networking.k8s.io/")
	input.kind == "HTTPRoute"
	some index, rule in input.spec.rules
	count(object.get(rule, "backendRefs", [])) > 0
	not rule.timeouts.request
}
