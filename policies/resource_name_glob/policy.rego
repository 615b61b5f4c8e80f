# METADATA
# title: resourceNames are names
# description: >-
#   A role of one target design allowed secrets named "agent-*": everybody believed in a restriction, and nobody had
#   access.
# custom:
#   severity: error
#   why: >-
#     Kubernetes knows no patterns there: the rule allows an object called "agent-*", which does not exist.
#   fix: >-
#     Name each object, or leave resourceNames out and let the namespace be the border.
package rules.resource_name_glob

deny contains {"msg": sprintf("'%s' is taken as a name, not as a pattern", [name]), "pointer": ["rules", index, "resourceNames"]} if {
	input.kind in {"Role", "ClusterRole"}
	startswith(input.apiVersion, "rbac.authorization.k8s.io/")
	some index, rule in input.rules
	some name in rule.resourceNames
	contains(name, "*")
}
