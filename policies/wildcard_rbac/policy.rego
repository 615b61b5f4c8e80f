# METADATA
# title: Roles name what they allow
# description: >-
#   Applies to Roles and ClusterRoles of ours. What operators need comes with their charts.
# custom:
#   severity: error
#   why: >-
#     A star allows what Kubernetes, or an operator, will only add next year.
#   fix: >-
#     List the API groups, resources and verbs that are needed.
package rules.wildcard_rbac

deny contains {"msg": sprintf("rule %d allows every %s", [index + 1, _one[field]]), "pointer": ["rules", index, field]} if {
	input.kind in {"Role", "ClusterRole"}
	startswith(input.apiVersion, "rbac.authorization.k8s.io/")
	some index, rule in input.rules
	some field, _ in _one
	some value in rule[field]
	value == "*"
}

_one := {"apiGroups": "API group", "resources": "resource", "verbs": "verb", "nonResourceURLs": "path"}
