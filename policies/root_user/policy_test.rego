package rules.root_user_test

import data.rules.root_user

_pod(context, container) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"spec": {"securityContext": context, "containers": [{"name": "one", "securityContext": container}]},
}

test_denies_silence if count(root_user.deny) == 1 with input as _pod({}, {})

test_denies_a_container_that_takes_it_back if count(root_user.deny) == 1 with input as _pod({"runAsNonRoot": true}, {"runAsNonRoot": false})

test_denies_user_0 if count(root_user.deny) == 1 with input as _pod({"runAsNonRoot": true, "runAsUser": 0}, {})

test_allows_another_user if count(root_user.deny) == 0 with input as _pod({"runAsNonRoot": true, "runAsUser": 1000}, {})
