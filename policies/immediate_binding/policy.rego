# METADATA
# title: A disk is made where its pod is
# description: >-
#   EBS volumes live in one zone. With Immediate the claim pins the pod to a zone that may have no room, no accelerator,
#   or no subnet.
# custom:
#   severity: error
#   why: >-
#     A disk that is bound at once picks a zone before Karpenter picks a node, and the pod can never use it.
#   fix: >-
#     Set volumeBindingMode WaitForFirstConsumer.
package rules.immediate_binding

deny contains {"msg": sprintf("volumes of %s are bound before there is a pod", [input.metadata.name]), "pointer": ["volumeBindingMode"]} if {
	input.kind == "StorageClass"
	object.get(input, "volumeBindingMode", "Immediate") != "WaitForFirstConsumer"
}
