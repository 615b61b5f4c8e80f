package rules.missing_startup_probe_test

import data.rules.missing_startup_probe

_server(container) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"spec": {"template": {"spec": {"containers": [object.union({"name": "vllm", "resources": {"limits": {"nvidia.com/gpu": "1"}}}, container)]}}},
}

test_denies_a_model_server_without_startup_probe if count(missing_startup_probe.deny) == 1 with input as _server({})

test_denies_a_short_one if count(missing_startup_probe.deny) == 1 with input as _server({"startupProbe": {"periodSeconds": 10, "failureThreshold": 30}})

test_allows_a_long_one if count(missing_startup_probe.deny) == 0 with input as _server({"startupProbe": {"periodSeconds": 10, "failureThreshold": 90}})
