package rules.missing_resources_test

import data.rules.missing_resources

_with(resources) := {
	"apiVersion": "apps/v1",
	"kind": "StatefulSet",
	"spec": {"template": {"spec": {"containers": [{"name": "one", "resources": resources}]}}},
}

test_denies_containers_without_resources if {
	count(missing_resources.deny) == 3 with input as _with({})
}

test_denies_a_missing_memory_limit if {
	count(missing_resources.deny) == 1 with input as _with({"requests": {"cpu": "1", "memory": "1Gi"}})
}

test_allows_requests_and_a_memory_limit if {
	count(missing_resources.deny) == 0 with input as _with({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}})
}
