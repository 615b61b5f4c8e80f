package rules.impossible_threshold_test

import data.rules.impossible_threshold

_scaler(query, threshold) := {"kind": "ScaledObject", "spec": {"triggers": [{"metadata": {"query": query, "threshold": threshold}}]}}

_alert(expr) := {"kind": "PrometheusRule", "spec": {"groups": [{"rules": [{"alert": "Full", "expr": expr}]}]}}

test_denies_percent_of_a_ratio if count(impossible_threshold.deny) == 1 with input as _scaler("avg(vllm:kv_cache_usage_perc)", "80")

test_denies_an_alert_that_never_fires if count(impossible_threshold.deny) == 1 with input as _alert("max by (model_name) (vllm:kv_cache_usage_perc) > 90")

test_allows_ratios_and_counts if {
	count(impossible_threshold.deny) == 0 with input as _scaler("avg(vllm:kv_cache_usage_perc)", "0.8")
	count(impossible_threshold.deny) == 0 with input as _scaler("sum(vllm:num_requests_waiting)", "4")
	count(impossible_threshold.deny) == 0 with input as _alert("max by (model_name) (vllm:kv_cache_usage_perc) > 0.95")
}
