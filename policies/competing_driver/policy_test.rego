package rules.competing_driver_test

import data.rules.competing_driver

_operator(values) := {"kind": "Application", "spec": {"source": {"chart": "gpu-operator", "helm": {"valuesObject": values}}}}

_right := {"driver": {"enabled": false}, "toolkit": {"enabled": false}, "devicePlugin": {"enabled": true}}

test_denies_the_charts_defaults if count(competing_driver.deny) == 2 with input as _operator({}) with data.cluster as {"nodes": "karpenter"}

test_denies_no_device_plugin if {
	count(competing_driver.deny) == 1 with input as _operator(object.union(_right, {"devicePlugin": {"enabled": false}})) with data.cluster as {"nodes": "karpenter"}
}

test_denies_it_on_auto_mode if count(competing_driver.deny) == 1 with input as _operator(_right) with data.cluster as {"nodes": "auto"}

test_allows_what_is_missing if count(competing_driver.deny) == 0 with input as _operator(_right) with data.cluster as {"nodes": "karpenter"}
