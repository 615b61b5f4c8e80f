package rules.trust_remote_code_test

import data.rules.trust_remote_code

_pod(args) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "vllm", "args": args}]}}

test_denies_the_flag if count(trust_remote_code.deny) == 1 with input as _pod(["--trust-remote-code"])

test_denies_it_inside_a_shell_line if count(trust_remote_code.deny) == 1 with input as _pod(["exec vllm serve x --trust-remote-code"])

test_allows_other_flags if count(trust_remote_code.deny) == 0 with input as _pod(["--max-model-len=8192"])
