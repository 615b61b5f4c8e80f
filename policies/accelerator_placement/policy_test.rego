package rules.accelerator_placement_test

import data.rules.accelerator_placement

_deployment(spec) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"spec": {"template": {"spec": object.union({"containers": [{"name": "vllm", "resources": {"limits": {"nvidia.com/gpu": "1"}}}]}, spec)}},
}

test_denies_neither if count(accelerator_placement.deny) == 2 with input as _deployment({})

test_denies_a_missing_selector if count(accelerator_placement.deny) == 1 with input as _deployment({"tolerations": [{"key": "nvidia.com/gpu"}]})

test_allows_both if {
	count(accelerator_placement.deny) == 0 with input as _deployment({"tolerations": [{"key": "nvidia.com/gpu"}], "nodeSelector": {"groundwork.dev/accelerator": "l4"}})
}
