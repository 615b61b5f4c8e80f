# METADATA
# title: Annotations do what they seem to
# description: >-
#   scheduler.alpha.kubernetes.io/defaultTolerations and node-selector need the plugins PodTolerationRestriction and
#   PodNodeSelector. pvc-protection is a finalizer that Kubernetes sets; as an annotation it is nothing.
# custom:
#   severity: error
#   why: >-
#     EKS does not run the admission plugins that read these; they look like protection and are text.
#   fix: >-
#     Put tolerations and selectors on the pods, and finalizers where deletion must wait.
package rules.inert_annotation

_inert := {"scheduler.alpha.kubernetes.io/defaultTolerations", "scheduler.alpha.kubernetes.io/tolerationsWhitelist", "scheduler.alpha.kubernetes.io/node-selector", "kubernetes.io/pvc-protection"}

deny contains {"msg": sprintf("the annotation %s has no effect on EKS", [name]), "pointer": ["metadata", "annotations", name]} if {
	some name in _inert
	input.metadata.annotations[name]
}
