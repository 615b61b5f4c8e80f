# METADATA
# title: Namespaces are selected by a label that they carry
# description: >-
#   One target design wrote its policies this way; every flow between namespaces would have been dropped.
# custom:
#   severity: error
#   why: >-
#     A selector on `name:` matches no namespace, and the policy that looks open is shut.
#   fix: >-
#     Select kubernetes.io/metadata.name, which every namespace carries.
package rules.namespace_label

deny contains {"msg": "namespaces do not carry the label 'name'", "pointer": ["spec", direction, index, side, number, "namespaceSelector"]} if {
	input.kind == "NetworkPolicy"
	some direction, side in {"ingress": "from", "egress": "to"}
	some index, rule in input.spec[direction]
	some number, peer in rule[side]
	peer.namespaceSelector.matchLabels.name
}
