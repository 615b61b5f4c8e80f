package rules.unlimited_pool_test

import data.rules.unlimited_pool

_pool(limits) := {
	"apiVersion": "karpenter.sh/v1",
	"kind": "NodePool",
	"spec": {
		"limits": limits,
		"template": {"spec": {"taints": [{"key": "nvidia.com/gpu"}], "requirements": []}},
	},
}

test_denies_none if count(unlimited_pool.deny) == 1 with input as _pool({})

test_denies_cores_only if count(unlimited_pool.deny) == 1 with input as _pool({"cpu": "100"})

test_allows_limited_accelerators if count(unlimited_pool.deny) == 0 with input as _pool({"cpu": "100", "nvidia.com/gpu": "4"})
