package rules.wildcard_rbac_test

import data.rules.wildcard_rbac

_role(rule) := {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [rule]}

test_denies_a_star if {
	every rule in [{"verbs": ["*"], "resources": ["pods"]}, {"verbs": ["get"], "resources": ["*"]}, {"verbs": ["get"], "apiGroups": ["*"]}] {
		count(wildcard_rbac.deny) == 1 with input as _role(rule)
	}
}

test_allows_names if count(wildcard_rbac.deny) == 0 with input as _role({"verbs": ["get"], "resources": ["pods"], "apiGroups": [""]})
