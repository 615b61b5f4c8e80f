package rules.evicting_consolidation_test

import data.rules.evicting_consolidation

_pool(disruption, expiry) := {
	"apiVersion": "karpenter.sh/v1",
	"kind": "NodePool",
	"spec": {"disruption": disruption, "template": {"spec": {"expireAfter": expiry, "taints": [{"key": "nvidia.com/gpu"}], "requirements": []}}},
}

test_denies_underutilised if {
	count(evicting_consolidation.deny) == 1 with input as _pool({"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "1h"}, "720h")
}

test_denies_half_a_minute if count(evicting_consolidation.deny) == 1 with input as _pool({"consolidationPolicy": "WhenEmpty", "consolidateAfter": "30s"}, "720h")

test_denies_expiry_within_hours if count(evicting_consolidation.deny) == 1 with input as _pool({"consolidationPolicy": "WhenEmpty", "consolidateAfter": "1h"}, "8h")

test_allows_patience if count(evicting_consolidation.deny) == 0 with input as _pool({"consolidationPolicy": "WhenEmpty", "consolidateAfter": "1h"}, "720h")
