package rules.mutable_repository_test

import data.rules.mutable_repository

_repository(name, tags, scan) := {
	"apiVersion": "ecr.services.k8s.aws/v1alpha1",
	"kind": "Repository",
	"spec": {"name": name, "imageTagMutability": tags, "imageScanningConfiguration": {"scanOnPush": scan}},
}

test_denies_moving_tags if count(mutable_repository.deny) == 1 with input as _repository("acme/s5cmd", "MUTABLE", true)

test_denies_one_that_is_not_scanned if count(mutable_repository.deny) == 1 with input as _repository("acme/s5cmd", "IMMUTABLE", false)

test_allows_a_cache_to_follow if count(mutable_repository.deny) == 0 with input as _repository("cache/docker.io/valkey/valkey", "MUTABLE", true)

test_allows_fixed_tags if count(mutable_repository.deny) == 0 with input as _repository("acme/s5cmd", "IMMUTABLE", true)
