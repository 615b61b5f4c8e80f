package rules.mixed_accelerators_test

import data.rules.mixed_accelerators

_pool(requirement) := {
	"apiVersion": "karpenter.sh/v1",
	"kind": "NodePool",
	"spec": {"template": {"spec": {"taints": [{"key": "nvidia.com/gpu"}], "requirements": [object.union({"operator": "In"}, requirement)]}}},
}

test_denies_several_gpus if {
	count(mixed_accelerators.deny) == 1 with input as _pool({"key": "karpenter.k8s.aws/instance-gpu-name", "values": ["a10g", "h100"]})
}

test_denies_several_families if count(mixed_accelerators.deny) == 1 with input as _pool({"key": "karpenter.k8s.aws/instance-family", "values": ["g5", "p5"]})

test_allows_one if {
	count(mixed_accelerators.deny) == 0 with input as _pool({"key": "karpenter.k8s.aws/instance-gpu-name", "values": ["l4"]})
	count(mixed_accelerators.deny) == 0 with input as _pool({"key": "karpenter.k8s.aws/instance-family", "values": ["g6", "gr6"]})
}
