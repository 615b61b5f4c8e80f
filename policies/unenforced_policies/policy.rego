# METADATA
# title: NetworkPolicies are enforced, not only accepted
# description: >-
#   The VPC CNI does not enforce policies by default. EKS Auto Mode enforces them once the ConfigMap amazon-vpc-cni in
#   kube-system says enable-network-policy-controller. One target design wrote policies and never switched them on.
# custom:
#   severity: error
#   why: >-
#     Until the network plugin is told to, every policy of the tree is accepted by the API server and lets everything
#     through.
#   fix: >-
#     Set enableNetworkPolicy for the add-on vpc-cni, or on Auto Mode the ConfigMap amazon-vpc-cni in bootstrap/.
package rules.unenforced_policies

deny contains {"msg": "the add-on vpc-cni does not enforce NetworkPolicies", "pointer": ["addons"]} if {
	input.kind == "ClusterConfig"
	data.cluster.nodes == "karpenter"
	not _switched_on
}

deny contains {"msg": "no ConfigMap amazon-vpc-cni switches NetworkPolicies on", "pointer": ["autoModeConfig"]} if {
	input.kind == "ClusterConfig"
	data.cluster.nodes == "auto"
	not data.cluster.policies_switched_on
}

_switched_on if {
	some addon in input.addons
	addon.name == "vpc-cni"
	object.get(json.unmarshal(addon.configurationValues), "enableNetworkPolicy", "false") in {"true", true}
}
