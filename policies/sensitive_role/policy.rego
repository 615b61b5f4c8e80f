# METADATA
# title: No role of ours reads Secrets or enters pods
# description: >-
#   Listing Secrets is reading them; to get one by its name may be granted to AWS's own controllers, and to nobody else. pods/exec, pods/attach and pods/portforward go past every NetworkPolicy;
#   impersonation and token requests past every role. In an emergency an admin's access entry is used, and recorded.
# custom:
#   severity: error
#   why: >-
#     Whoever reads Secrets has every credential; whoever execs into a pod is that pod, its AWS role included.
#   fix: >-
#     Give people logs and events; read a credential in Secrets Manager, where AWS records who did.
package rules.sensitive_role

_forbidden := {"secrets", "pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "nodes/proxy", "users", "groups"}

deny contains {"msg": sprintf("rule %d allows %s of %s", [index + 1, concat(", ", rule.verbs), resource]), "pointer": ["rules", index, "resources"]} if {
	input.kind in {"Role", "ClusterRole"}
	startswith(input.apiVersion, "rbac.authorization.k8s.io/")
	some index, rule in input.rules
	"" in object.get(rule, "apiGroups", [])
	some resource in rule.resources
	resource in _forbidden
	not _managed(rule)
}

# EKS Auto Mode's load balancer controller reads the one Secret with which it signs people in.
_managed(rule) if {
	input.kind == "Role"
	sprintf("%s/%s", [input.metadata.namespace, input.metadata.name]) in data.cluster.managed_roles
	rule.resources == ["secrets"]
	rule.verbs == ["get"]
	count(object.get(rule, "resourceNames", [])) == 1
}

deny contains {"msg": sprintf("rule %d allows to %s", [index + 1, verb]), "pointer": ["rules", index, "verbs"]} if {
	input.kind in {"Role", "ClusterRole"}
	startswith(input.apiVersion, "rbac.authorization.k8s.io/")
	some index, rule in input.rules
	some verb in rule.verbs
	verb in {"impersonate", "escalate", "bind"}
}
