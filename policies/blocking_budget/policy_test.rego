package rules.blocking_budget_test

import data.rules.blocking_budget

_budget(spec) := {"kind": "PodDisruptionBudget", "metadata": {"name": "one", "namespace": "two"}, "spec": spec}

test_denies_zero if count(blocking_budget.deny) == 1 with input as _budget({"maxUnavailable": 0})

test_denies_all if count(blocking_budget.deny) == 1 with input as _budget({"minAvailable": "100%"})

test_denies_as_many_as_there_are if count(blocking_budget.deny) == 1 with input as _budget({"minAvailable": 2}) with data.cluster as {"replicas": {"two/one": 2}}

test_allows_one if {
	count(blocking_budget.deny) == 0 with input as _budget({"maxUnavailable": 1})
	count(blocking_budget.deny) == 0 with input as _budget({"minAvailable": 1}) with data.cluster as {"replicas": {"two/one": 2}}
}
