package rules.undefended_namespace_test

import data.rules.undefended_namespace

_labels := {sprintf("pod-security.kubernetes.io/%s%s", [mode, end]): value |
	some mode in ["enforce", "warn", "audit"]
	some end, value in {"": "restricted", "-version": "v1.35"}
}

_namespace(labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ai-agents", "labels": labels}}

_whole := {"namespaces": {"ai-agents": ["default-deny", "ResourceQuota", "LimitRange"]}}

test_denies_a_bare_one if count(undefended_namespace.deny) == 9 with input as _namespace({}) with data.cluster as {"namespaces": {}}

test_denies_a_lower_standard if {
	lower := object.union(_labels, {"pod-security.kubernetes.io/enforce": "privileged"})
	count(undefended_namespace.deny) == 1 with input as _namespace(lower) with data.cluster as _whole
}

test_denies_a_missing_quota if {
	count(undefended_namespace.deny) == 2 with input as _namespace(_labels) with data.cluster as {"namespaces": {"ai-agents": ["default-deny"]}}
}

test_allows_a_defended_one if count(undefended_namespace.deny) == 0 with input as _namespace(_labels) with data.cluster as _whole
