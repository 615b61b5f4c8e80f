package rules.default_service_account_test

import data.rules.default_service_account

_pod(spec) := {"apiVersion": "v1", "kind": "Pod", "spec": spec}

test_denies_silence if count(default_service_account.deny) == 1 with input as _pod({})

test_denies_default if count(default_service_account.deny) == 1 with input as _pod({"serviceAccountName": "default"})

test_allows_its_own if count(default_service_account.deny) == 0 with input as _pod({"serviceAccountName": "litellm"})
