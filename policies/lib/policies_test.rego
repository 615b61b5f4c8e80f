package policies_test

import data.policies

_whole := {
	"name": "host_path",
	"package": "rules.host_path",
	"metadata": {
		"title": "Pods mount nothing of the node",
		"description": "A path of the node leads to its credentials.",
		"custom": {"severity": "error", "why": "It leads to credentials.", "fix": "Use a volume of its own."},
	},
	"tests": ["test_denies_a_path", "test_allows_scratch"],
}

test_allows_a_whole_policy if count(policies.deny) == 0 with input as _whole

test_denies_what_is_missing if {
	every path in [["metadata", "title"], ["metadata", "description"], ["metadata", "custom", "why"], ["metadata", "custom", "fix"], ["metadata", "custom", "severity"]] {
		count(policies.deny) == 1 with input as json.remove(_whole, [concat("/", path)])
	}
}

test_denies_one_sided_tests if {
	every tests in [["test_denies_a_path"], ["test_allows_scratch"]] {
		count(policies.deny) == 1 with input as object.union(_whole, {"tests": tests})
	}
}

test_denies_another_package if count(policies.deny) == 1 with input as object.union(_whole, {"package": "main"})
