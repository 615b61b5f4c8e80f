package rules.host_namespace_test

import data.rules.host_namespace

_pod(spec) := {"apiVersion": "v1", "kind": "Pod", "spec": spec}

test_denies_each if {
	every field in ["hostNetwork", "hostPID", "hostIPC"] {
		count(host_namespace.deny) == 1 with input as _pod({field: true})
	}
}

test_allows_none if count(host_namespace.deny) == 0 with input as _pod({"hostNetwork": false})
