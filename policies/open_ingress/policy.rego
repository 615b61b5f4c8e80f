# METADATA
# title: Who may come in is named
# description: >-
#   Refuses ingress rules without `from`, blocks wider than /8, and peers that are every pod of every namespace.
# custom:
#   severity: error
#   why: >-
#     A rule for everybody makes the default-deny policy of the namespace worthless for these pods.
#   fix: >-
#     Name the peers; clients behind a load balancer come from the public subnets.
package rules.open_ingress

deny contains {"msg": "everybody may come in", "pointer": ["spec", "ingress", index]} if {
	input.kind == "NetworkPolicy"
	some index, rule in input.spec.ingress
	count(object.get(rule, "from", [])) == 0
}

deny contains {"msg": sprintf("%s may come in", [peer.ipBlock.cidr]), "pointer": ["spec", "ingress", index, "from", number]} if {
	input.kind == "NetworkPolicy"
	some index, rule in input.spec.ingress
	some number, peer in rule.from
	to_number(split(peer.ipBlock.cidr, "/")[1]) < 8
}

deny contains {"msg": "every pod of every namespace may come in", "pointer": ["spec", "ingress", index, "from", number]} if {
	input.kind == "NetworkPolicy"
	some index, rule in input.spec.ingress
	some number, peer in rule.from
	peer.namespaceSelector == {}
	object.get(peer, "podSelector", {}) == {}
}
