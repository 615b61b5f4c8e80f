package rules.writable_root_test

import data.rules.writable_root

_pod(context) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "one", "securityContext": context}]}}

test_denies_silence if count(writable_root.deny) == 1 with input as _pod({})

test_allows_a_read_only_root if count(writable_root.deny) == 0 with input as _pod({"readOnlyRootFilesystem": true})
