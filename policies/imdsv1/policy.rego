# METADATA
# title: Nodes answer metadata requests with a token only, and to no pod
# description: >-
#   With a hop limit of 1 the answer does not reach a pod's network namespace. Pods get their own roles through Pod
#   Identity.
# custom:
#   severity: error
#   why: >-
#     IMDSv1 gives the node's credentials to anybody who gets a pod to fetch a URL.
#   fix: >-
#     httpTokens required and a hop limit of 1.
package rules.imdsv1

deny contains {"msg": "the metadata service answers without a token", "pointer": ["spec", "metadataOptions"]} if {
	input.kind == "EC2NodeClass"
	object.get(input.spec, ["metadataOptions", "httpTokens"], "optional") != "required"
}

deny contains {"msg": "the metadata service answers pods", "pointer": ["spec", "metadataOptions"]} if {
	input.kind == "EC2NodeClass"
	object.get(input.spec, ["metadataOptions", "httpPutResponseHopLimit"], 2) > 1
}

deny contains {"msg": sprintf("the node group %s lets pods at the metadata service", [group.name]), "pointer": ["managedNodeGroups", index]} if {
	input.kind == "ClusterConfig"
	some index, group in input.managedNodeGroups
	object.get(group, "disablePodIMDS", false) != true
}
