package rules.sensitive_role_test

import data.rules.sensitive_role

_role(rule) := {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": [rule]}

test_denies_secrets if count(sensitive_role.deny) == 1 with input as _role({"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]})

test_denies_exec if count(sensitive_role.deny) == 1 with input as _role({"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]})

test_denies_impersonation if count(sensitive_role.deny) == 1 with input as _role({"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]})

test_allows_logs if count(sensitive_role.deny) == 0 with input as _role({"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get"]})
