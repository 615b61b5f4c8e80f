package rules.unsplit_histogram_test

import data.rules.unsplit_histogram

_alert(expr) := {"kind": "PrometheusRule", "spec": {"groups": [{"rules": [{"alert": "Slow", "expr": expr}]}]}}

test_denies_a_plain_sum if count(unsplit_histogram.deny) == 1 with input as _alert("histogram_quantile(0.9, sum(rate(x_bucket[5m])))")

test_allows_le if count(unsplit_histogram.deny) == 0 with input as _alert("histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))")
