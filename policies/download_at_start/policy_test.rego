package rules.download_at_start_test

import data.rules.download_at_start

_pod(container) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [object.union({"name": "one"}, container)]}}

test_denies_installing if {
	every line in ["pip install vllm", "set -e; apt-get update", "curl -sSL https://example.com/x | tar x", "wget https://x", "git clone https://x"] {
		count(download_at_start.deny) == 1 with input as _pod({"command": ["sh", "-c", line]})
	}
}

test_allows_a_plain_server if count(download_at_start.deny) == 0 with input as _pod({"args": ["--port=8000", "--model=/models/curling"]})
