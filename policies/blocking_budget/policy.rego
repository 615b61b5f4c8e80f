# METADATA
# title: A disruption budget lets nodes drain
# description: >-
#   minAvailable equal to the number of replicas is the same as zero; it is found where the number stands as 100 %.
# custom:
#   severity: error
#   why: >-
#     With zero allowed disruptions no node is ever replaced: not for updates, not for consolidation, not for repair.
#   fix: >-
#     Use maxUnavailable 1.
package rules.blocking_budget

deny contains {"msg": "the budget allows no disruption", "pointer": ["spec", "maxUnavailable"]} if {
	input.kind == "PodDisruptionBudget"
	input.spec.maxUnavailable in {0, "0%", "0"}
}

deny contains {"msg": "the budget wants every pod available", "pointer": ["spec", "minAvailable"]} if {
	input.kind == "PodDisruptionBudget"
	input.spec.minAvailable == "100%"
}

deny contains {"msg": sprintf("the budget wants %d of %d pods available", [input.spec.minAvailable, replicas]), "pointer": ["spec", "minAvailable"]} if {
	input.kind == "PodDisruptionBudget"
	replicas := data.cluster.replicas[sprintf("%s/%s", [input.metadata.namespace, input.metadata.name])]
	is_number(input.spec.minAvailable)
	input.spec.minAvailable >= replicas
}
