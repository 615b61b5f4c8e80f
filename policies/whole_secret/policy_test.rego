package rules.whole_secret_test

import data.rules.whole_secret

_pod(container) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [object.union({"name": "one"}, container)]}}

test_denies_a_whole_secret if count(whole_secret.deny) == 1 with input as _pod({"envFrom": [{"secretRef": {"name": "keys"}}]})

test_allows_single_keys if {
	count(whole_secret.deny) == 0 with input as _pod({"env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "one"}}}]})
}
