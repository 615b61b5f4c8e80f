# METADATA
# title: A pool starts one class of accelerator
# description: >-
#   Karpenter chooses the cheapest instance that a pod's requests allow. A request of one GPU says nothing about memory
#   or compute capability; only the pool does.
# custom:
#   severity: error
#   why: >-
#     A model that fits an H100 is started on whatever is cheapest, and fails to load on an A10G.
#   fix: >-
#     Give each class a pool of its own.
package rules.mixed_accelerators

import data.lib.nodes

deny contains {"msg": sprintf("the pool mixes %s", [concat(", ", nodes.accelerators)]), "pointer": ["spec", "template", "spec", "requirements"]} if {
	input.kind == "NodePool"
	count(nodes.accelerators) > 1
}

deny contains {"msg": sprintf("the pool mixes instance families of several accelerators: %s", [concat(", ", _families)]), "pointer": ["spec", "template", "spec", "requirements"]} if {
	input.kind == "NodePool"
	nodes.accelerated
	count(nodes.accelerators) == 0
	count({_class(family) | some family in _families}) > 1
}

_families contains value if {
	some each in nodes.requirements
	each.requirement.key in {"karpenter.k8s.aws/instance-family", "eks.amazonaws.com/instance-family"}
	some value in each.requirement.values
}

# gr6 is a g6 with more memory, p5en a p5 with another network: the letter and the number tell the generation.
_class(family) := regex.replace(family, `^([a-z]+?)r?([0-9]+).*$`, "$1$2")
