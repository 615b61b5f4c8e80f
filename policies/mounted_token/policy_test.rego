package rules.mounted_token_test

import data.rules.mounted_token

_deployment(spec, annotations) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"spec": {"template": {"metadata": {"annotations": annotations}, "spec": spec}},
}

test_denies_silence if count(mounted_token.deny) == 1 with input as _deployment({}, {})

test_allows_none if count(mounted_token.deny) == 0 with input as _deployment({"automountServiceAccountToken": false}, {})

test_allows_one_with_a_reason if {
	count(mounted_token.deny) == 0 with input as _deployment({"automountServiceAccountToken": true}, {"groundwork.dev/api-access": "watches pods"})
}
