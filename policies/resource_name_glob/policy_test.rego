package rules.resource_name_glob_test

import data.rules.resource_name_glob

_role(names) := {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": [{"resources": ["configmaps"], "verbs": ["get"], "resourceNames": names}]}

test_denies_a_pattern if count(resource_name_glob.deny) == 1 with input as _role(["agent-*"])

test_allows_names if count(resource_name_glob.deny) == 0 with input as _role(["agent-a"])
