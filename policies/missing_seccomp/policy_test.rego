package rules.missing_seccomp_test

import data.rules.missing_seccomp

_pod(profile) := {"apiVersion": "v1", "kind": "Pod", "spec": {"securityContext": profile, "containers": [{"name": "one"}]}}

test_denies_silence if count(missing_seccomp.deny) == 1 with input as _pod({})

test_denies_unconfined if count(missing_seccomp.deny) == 1 with input as _pod({"seccompProfile": {"type": "Unconfined"}})

test_allows_the_runtimes_own if count(missing_seccomp.deny) == 0 with input as _pod({"seccompProfile": {"type": "RuntimeDefault"}})
