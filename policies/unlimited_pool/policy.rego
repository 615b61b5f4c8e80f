# METADATA
# title: A pool of nodes has limits, accelerators included
# description: >-
#   Karpenter starts what pods ask for. The limit of a pool is the only brake in the cluster; a pool with accelerators
#   limits those, since their price is not in cores.
# custom:
#   severity: error
#   why: >-
#     A loop in a scaler, or one wrong request, buys nodes until the account's quota or the budget ends.
#   fix: >-
#     Say `capacity` in the cluster's declaration; accelerators follow from the models.
package rules.unlimited_pool

import data.lib.nodes

deny contains {"msg": "the pool may grow without end", "pointer": ["spec", "limits"]} if {
	nodes.pool
	input.kind == "NodePool"
	count(object.get(input.spec, "limits", {})) == 0
}

deny contains {"msg": "the pool limits no accelerator", "pointer": ["spec", "limits"]} if {
	nodes.accelerated
	input.kind == "NodePool"
	count(object.get(input.spec, "limits", {})) > 0
	not _limited
}

_limited if {
	some name, _ in input.spec.limits
	regex.match(`^(nvidia\.com|aws\.amazon\.com)/`, name)
}
