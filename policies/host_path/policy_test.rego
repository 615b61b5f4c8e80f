package rules.host_path_test

import data.rules.host_path

_pod(volume) := {"apiVersion": "v1", "kind": "Pod", "spec": {"volumes": [object.union({"name": "one"}, volume)]}}

test_denies_a_host_path if count(host_path.deny) == 1 with input as _pod({"hostPath": {"path": "/var/run"}})

test_allows_scratch if count(host_path.deny) == 0 with input as _pod({"emptyDir": {"sizeLimit": "1Gi"}})
