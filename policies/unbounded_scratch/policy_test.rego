package rules.unbounded_scratch_test

import data.rules.unbounded_scratch

_pod(scratch) := {"apiVersion": "v1", "kind": "Pod", "spec": {"volumes": [{"name": "one", "emptyDir": scratch}]}}

test_denies_no_size if count(unbounded_scratch.deny) == 1 with input as _pod({})

test_denies_memory_without_a_size if count(unbounded_scratch.deny) == 1 with input as _pod({"medium": "Memory"})

test_allows_a_size if count(unbounded_scratch.deny) == 0 with input as _pod({"sizeLimit": "1Gi"})
