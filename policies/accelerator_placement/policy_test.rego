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

_affinity(operator) := {
	"tolerations": [{"key": "nvidia.com/gpu"}],
	"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "karpenter.sh/capacity-type", "operator": operator, "values": ["spot"]}]}]}}},
}

test_denies_an_affinity_that_only_avoids if count(accelerator_placement.deny) == 1 with input as _deployment(_affinity("NotIn"))

test_allows_an_affinity_that_chooses if count(accelerator_placement.deny) == 0 with input as _deployment(_affinity("In"))
