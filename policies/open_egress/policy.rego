# METADATA
# title: Nothing may leave for everywhere
# description: >-
#   Refuses egress rules without `to`, and blocks wider than /8. 0.0.0.0/0 minus the private ranges is as wide, and cuts
#   off the VPC endpoints besides.
# custom:
#   severity: error
#   why: >-
#     A pod that reaches the whole internet carries out whatever an injected prompt tells it to.
#   fix: >-
#     `self.reach_internet(host)` names the host: by ApplicationNetworkPolicy on Auto Mode, through the egress proxy
#     elsewhere.
package rules.open_egress

deny contains {"msg": sprintf("pods may leave for %s", [peer.ipBlock.cidr]), "pointer": ["spec", "egress", index, "to", number]} if {
	input.kind == "NetworkPolicy"
	some index, rule in input.spec.egress
	some number, peer in rule.to
	_wide(peer.ipBlock.cidr)
	not _dns_only(rule)
}

deny contains {"msg": "pods may leave for everywhere", "pointer": ["spec", "egress", index]} if {
	input.kind == "NetworkPolicy"
	some index, rule in input.spec.egress
	count(object.get(rule, "to", [])) == 0
	not _dns_only(rule)
}

_wide(cidr) if to_number(split(cidr, "/")[1]) < 8

# On Auto Mode a name server answers on the node itself, which no selector matches.
_dns_only(rule) if {
	count(rule.ports) > 0
	every port in rule.ports {
		port.port == 53
	}
}
