package rules.sensitive_role_test

import data.rules.sensitive_role

_role(rule) := {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": [rule]}

test_denies_secrets if count(sensitive_role.deny) == 1 with input as _role({"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]})

test_denies_exec if count(sensitive_role.deny) == 1 with input as _role({"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]})

test_denies_impersonation if count(sensitive_role.deny) == 1 with input as _role({"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]})

_named(verbs) := {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "oidc", "namespace": "kagent"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["oidc"], "verbs": verbs}]}

test_denies_a_named_secret_to_others if count(sensitive_role.deny) == 1 with input as _named(["get"]) with data.cluster as {"managed_roles": []}

test_denies_more_than_get if count(sensitive_role.deny) == 1 with input as _named(["get", "list"]) with data.cluster as {"managed_roles": ["kagent/oidc"]}

test_allows_a_named_secret_to_the_controllers_of_eks if {
	count(sensitive_role.deny) == 0 with input as _named(["get"]) with data.cluster as {"managed_roles": ["kagent/oidc"]}
}

test_allows_logs if count(sensitive_role.deny) == 0 with input as _role({"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get"]})
