package rules.mutual_affinity_test

import data.rules.mutual_affinity

_pods(wanted, key) := {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {
	"metadata": {"labels": {"app": "rank"}},
	"spec": {
		"containers": [{"name": "main"}],
		"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": key, "labelSelector": {"matchLabels": wanted}}]}},
	},
}}}

test_denies_pods_that_look_for_their_like if count(mutual_affinity.deny) == 1 with input as _pods({"app": "rank"}, "topology.kubernetes.io/zone")

test_allows_pods_that_look_for_a_leader if count(mutual_affinity.deny) == 0 with input as _pods({"app": "leader"}, "topology.kubernetes.io/zone")

test_allows_one_node if count(mutual_affinity.deny) == 0 with input as _pods({"app": "rank"}, "kubernetes.io/hostname")
