package rules.surging_accelerator_test

import data.rules.surging_accelerator

_deployment(strategy) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"spec": {"strategy": strategy, "template": {"spec": {"containers": [{"name": "vllm", "resources": {"limits": {"nvidia.com/gpu": "8"}}}]}}},
}

test_denies_the_default if count(surging_accelerator.deny) == 1 with input as _deployment({})

test_allows_no_surge if count(surging_accelerator.deny) == 0 with input as _deployment({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}})

test_allows_recreate if count(surging_accelerator.deny) == 0 with input as _deployment({"type": "Recreate"})
