package rules.unenforced_policies_test

import data.rules.unenforced_policies

_config(addons) := {"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "addons": addons}

test_denies_a_plugin_that_is_not_told if {
	every addons in [[], [{"name": "vpc-cni"}], [{"name": "vpc-cni", "configurationValues": "{}"}]] {
		count(unenforced_policies.deny) == 1 with input as _config(addons) with data.cluster as {"nodes": "karpenter"}
	}
}

test_denies_auto_mode_without_the_switch if {
	count(unenforced_policies.deny) == 1 with input as _config([]) with data.cluster as {"nodes": "auto", "policies_switched_on": false}
}

test_allows_enforcement if {
	count(unenforced_policies.deny) == 0 with input as _config([{"name": "vpc-cni", "configurationValues": `{"enableNetworkPolicy": "true"}`}]) with data.cluster as {"nodes": "karpenter"}
	count(unenforced_policies.deny) == 0 with input as _config([]) with data.cluster as {"nodes": "auto", "policies_switched_on": true}
}
