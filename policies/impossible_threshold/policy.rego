# METADATA
# title: A threshold can be reached
# description: >-
#   vLLM's KV cache usage is between 0 and 1, as are most series that end in _ratio or _perc. One target design compared
#   it with 80.
# custom:
#   severity: error
#   why: >-
#     A ratio never exceeds 80, so the scaler never scales and the alert never fires.
#   fix: >-
#     Compare ratios with numbers between 0 and 1.
package rules.impossible_threshold

_ratio := `(kv_cache_usage_perc|_ratio|cache_hit_rate)\b`

deny contains {"msg": sprintf("the query is a ratio, and its threshold is %s", [trigger.metadata.threshold]), "pointer": ["spec", "triggers", index, "metadata", "threshold"]} if {
	input.kind == "ScaledObject"
	some index, trigger in input.spec.triggers
	regex.match(_ratio, trigger.metadata.query)
	not contains(trigger.metadata.query, "100 *")
	not contains(trigger.metadata.query, "* 100")
	to_number(trigger.metadata.threshold) > 1
}

deny contains {"msg": sprintf("the alert %s compares a ratio with more than 1", [rule.alert]), "pointer": ["spec", "groups", index, "rules", number, "expr"]} if {
	input.kind == "PrometheusRule"
	some index, group in input.spec.groups
	some number, rule in group.rules
	regex.match(`(kv_cache_usage_perc|_ratio)[^><=]*>=?\s*([2-9]|[1-9][0-9]+)(\.[0-9]+)?\s*$`, rule.expr)
	not regex.match(`100\s*\*|\*\s*100`, rule.expr)
}
