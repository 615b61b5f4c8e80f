package rules.unrotated_key_test

import data.rules.unrotated_key

_key(spec) := {"apiVersion": "kms.services.k8s.aws/v1alpha1", "kind": "Key", "spec": spec}

test_denies_silence if count(unrotated_key.deny) == 1 with input as _key({})

test_denies_no if count(unrotated_key.deny) == 1 with input as _key({"enableKeyRotation": false})

test_allows_one_that_rotates if count(unrotated_key.deny) == 0 with input as _key({"enableKeyRotation": true})
