package rules.added_capability_test

import data.rules.added_capability

_pod(capabilities) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"spec": {"containers": [{"name": "one", "securityContext": {"capabilities": capabilities}}]},
}

test_denies_an_added_one if count(added_capability.deny) == 1 with input as _pod({"drop": ["ALL"], "add": ["NET_ADMIN"]})

test_denies_what_is_kept if count(added_capability.deny) == 1 with input as _pod({})

test_allows_none if count(added_capability.deny) == 0 with input as _pod({"drop": ["ALL"]})
