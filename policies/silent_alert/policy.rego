# METADATA
# title: An alert says what it means and what to do
# description: >-
#   Every alert has a severity, critical or warning, and the annotations summary, description and runbook: what is wrong, what
#   that does to users, and what to look at first.
# custom:
#   severity: error
#   why: >-
#     Whoever is woken at night reads nothing but the alert, and an alert that nobody can act on teaches people to ignore alerts.
#   fix: >-
#     Build the rule with `alert(...)` of kube/alert.py, which asks for all of it.
package rules.silent_alert

deny contains {"msg": sprintf("the alert %s has no %s", [rule.alert, text]), "pointer": ["spec", "groups", index, "rules", number]} if {
	input.kind == "PrometheusRule"
	some index, group in input.spec.groups
	some number, rule in group.rules
	rule.alert
	some text in ["summary", "description", "runbook"]
	object.get(rule, ["annotations", text], "") == ""
}

deny contains {"msg": sprintf("the alert %s is neither critical nor a warning", [rule.alert]), "pointer": ["spec", "groups", index, "rules", number]} if {
	input.kind == "PrometheusRule"
	some index, group in input.spec.groups
	some number, rule in group.rules
	rule.alert
	not object.get(rule, ["labels", "severity"], "") in {"critical", "warning"}
}
