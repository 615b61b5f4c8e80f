package rules.silent_alert_test

import data.rules.silent_alert

_alert(labels, annotations) := {"kind": "PrometheusRule", "spec": {"groups": [{"rules": [{
	"alert": "Slow", "expr": "up == 0", "labels": labels, "annotations": annotations,
}]}]}}

_texts := {"summary": "It is slow", "description": "People wait", "runbook": "Look at the queue"}

test_denies_an_alert_without_a_runbook if {
	found := silent_alert.deny with input as _alert({"severity": "warning"}, object.remove(_texts, ["runbook"]))
	{one.msg | some one in found} == {"the alert Slow has no runbook"}
}

test_denies_a_severity_that_reaches_nobody if count(silent_alert.deny) == 1 with input as _alert({"severity": "info"}, _texts)

test_allows_an_alert_that_says_everything if count(silent_alert.deny) == 0 with input as _alert({"severity": "critical"}, _texts)

test_allows_a_recording_rule if {
	recorded := {"kind": "PrometheusRule", "spec": {"groups": [{"rules": [{"record": "a:b", "expr": "up"}]}]}}
	count(silent_alert.deny) == 0 with input as recorded
}
