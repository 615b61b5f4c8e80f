package rules.privileged_container_test

import data.rules.privileged_container

_pod(context) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "one", "securityContext": context}]}}

test_denies_a_privileged_container if count(privileged_container.deny) == 2 with input as _pod({"privileged": true})

test_denies_silence_about_escalation if count(privileged_container.deny) == 1 with input as _pod({})

test_allows_what_is_confined if count(privileged_container.deny) == 0 with input as _pod({"allowPrivilegeEscalation": false})
