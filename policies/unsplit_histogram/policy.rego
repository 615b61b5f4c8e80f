# METADATA
# title: Quantiles keep the buckets apart
# description: >-
#   An alert on a quantile without `by (le)` loses the bounds of the buckets in the sum, and never fires.
# custom:
#   severity: error
#   why: >-
#     histogram_quantile over buckets that were not summed by le gives one answer per pod, or none.
#   fix: >-
#     histogram_quantile(q, sum by (le, ...) (rate(x_bucket[5m]))).
package rules.unsplit_histogram

deny contains {"msg": sprintf("the alert %s sums its buckets without le", [object.get(rule, "alert", object.get(rule, "record", ""))]), "pointer": ["spec", "groups", index, "rules", number, "expr"]} if {
	input.kind == "PrometheusRule"
	some index, group in input.spec.groups
	some number, rule in group.rules
	contains(rule.expr, "histogram_quantile(")
	not regex.match(`by\s*\([^)]*\ble\b`, rule.expr)
}
