# METADATA
# title: No pod reaches the node's metadata service
# description: >-
#   The hop limit of 1 keeps pods away as well; the policy holds where somebody raises it.
# custom:
#   severity: error
#   why: >-
#     It hands out the node's own AWS role, which pulls every image and attaches every volume.
#   fix: >-
#     Narrow the block, or except 169.254.169.254/32; Pod Identity is at 169.254.170.23.
package rules.metadata_egress

deny contains {"msg": sprintf("%s includes the metadata service", [peer.ipBlock.cidr]), "pointer": ["spec", "egress", index, "to", number]} if {
	input.kind == "NetworkPolicy"
	some index, rule in input.spec.egress
	some number, peer in rule.to
	net.cidr_contains(peer.ipBlock.cidr, "169.254.169.254")
	not _excepted(peer.ipBlock)
	not _dns_only(rule)
}

_excepted(block) if {
	some cidr in block.except
	net.cidr_contains(cidr, "169.254.169.254")
}

_dns_only(rule) if {
	count(rule.ports) > 0
	every port in rule.ports {
		port.port == 53
	}
}
