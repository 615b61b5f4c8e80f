# METADATA
# title: A rollout of pods with accelerators asks for no second node
# description: >-
#   With the default strategy the new pod must be ready before the old one goes. Where the old one holds all GPUs of the
#   pool, the rollout waits for capacity that nobody has.
# custom:
#   severity: error
#   why: >-
#     A surging rollout of a model on eight GPUs waits for another such node, which may never come.
#   fix: >-
#     Use maxSurge 0 and maxUnavailable 1, or the strategy Recreate.
package rules.surging_accelerator

import data.lib.pods

deny contains {"msg": "the rollout adds a pod with an accelerator before it takes one away", "pointer": ["spec", "strategy"]} if {
	input.kind == "Deployment"
	some pod in pods.all
	pods.accelerated(pod)
	object.get(input.spec, ["strategy", "type"], "RollingUpdate") == "RollingUpdate"
	object.get(input.spec, ["strategy", "rollingUpdate", "maxSurge"], "25%") != 0
}
