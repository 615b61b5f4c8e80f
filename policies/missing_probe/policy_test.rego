package rules.missing_probe_test

import data.rules.missing_probe

_with(container) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"spec": {"template": {"spec": {"containers": [object.union({"name": "one", "ports": [{"containerPort": 80}]}, container)]}}},
}

test_denies_a_server_without_probes if count(missing_probe.deny) == 2 with input as _with({})

test_denies_a_server_without_liveness if count(missing_probe.deny) == 1 with input as _with({"readinessProbe": {"httpGet": {"port": 80}}})

test_allows_both_probes if {
	count(missing_probe.deny) == 0 with input as _with({"readinessProbe": {"httpGet": {"port": 80}}, "livenessProbe": {"httpGet": {"port": 80}}})
}

test_allows_a_job if {
	count(missing_probe.deny) == 0 with input as object.union(_with({}), {"apiVersion": "batch/v1", "kind": "Job"})
}
