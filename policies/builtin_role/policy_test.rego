package rules.builtin_role_test

import data.rules.builtin_role

_binding(role, subject) := {
	"apiVersion": "rbac.authorization.k8s.io/v1",
	"kind": "RoleBinding",
	"roleRef": {"kind": "ClusterRole", "name": role},
	"subjects": [{"kind": "Group", "name": subject}],
}

test_denies_edit if count(builtin_role.deny) == 1 with input as _binding("edit", "platform-operators")

test_denies_everybody if count(builtin_role.deny) == 1 with input as _binding("agent-viewer", "system:authenticated")

test_allows_ours if count(builtin_role.deny) == 0 with input as _binding("agent-viewer", "platform-viewers")
