package rules.shared_disk_test

import data.rules.shared_disk

_deployment(spec) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"spec": object.union({"template": {"spec": {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}}}, spec),
}

test_denies_several_replicas if count(shared_disk.deny) == 1 with input as _deployment({"replicas": 3})

test_denies_a_rolling_single_one if count(shared_disk.deny) == 1 with input as _deployment({"replicas": 1})

test_allows_one_that_is_recreated if count(shared_disk.deny) == 0 with input as _deployment({"replicas": 1, "strategy": {"type": "Recreate"}})
