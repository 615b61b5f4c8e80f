# METADATA
# title: Nodes with loaded models are left alone
# description: >-
#   WhenEmptyOrUnderutilized moves pods to save money. For accelerators a move costs a cold start of every model on the
#   node, and often the capacity itself.
# custom:
#   severity: error
#   why: >-
#     Consolidation after half a minute evicts a model that took a quarter of an hour to load, for the price of a
#     smaller node.
#   fix: >-
#     WhenEmpty, after half an hour or more, and no expiry within a day.
package rules.evicting_consolidation

import data.lib.nodes

deny contains {"msg": sprintf("nodes with accelerators are consolidated %s", [policy]), "pointer": ["spec", "disruption", "consolidationPolicy"]} if {
	input.kind == "NodePool"
	nodes.accelerated
	policy := object.get(input.spec, ["disruption", "consolidationPolicy"], "WhenEmptyOrUnderutilized")
	policy != "WhenEmpty"
}

deny contains {"msg": sprintf("empty nodes with accelerators go after %s", [after]), "pointer": ["spec", "disruption", "consolidateAfter"]} if {
	input.kind == "NodePool"
	nodes.accelerated
	after := object.get(input.spec, ["disruption", "consolidateAfter"], "0s")
	after != "Never"
	time.parse_duration_ns(after) < time.parse_duration_ns("10m")
}

deny contains {"msg": sprintf("nodes with accelerators are replaced every %s", [every_]), "pointer": ["spec", "template", "spec", "expireAfter"]} if {
	input.kind == "NodePool"
	nodes.accelerated
	every_ := input.spec.template.spec.expireAfter
	every_ != "Never"
	time.parse_duration_ns(every_) < time.parse_duration_ns("24h")
}
