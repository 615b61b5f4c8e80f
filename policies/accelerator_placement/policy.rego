# METADATA
# title: Pods that ask for an accelerator tolerate its taint and select its pool
# description: >-
#   Every accelerator pool is tainted so that nothing else runs there, and each class has a pool of its own. EKS adds
#   the toleration for nvidia.com/gpu by itself on some versions only; ours is explicit.
# custom:
#   severity: error
#   why: >-
#     Without the toleration they never run; without the selector they land on whatever accelerator is cheapest, if it
#     fits or not.
#   fix: >-
#     Declare the model's hardware; placement follows from it.
package rules.accelerator_placement

import data.lib.pods

deny contains {"msg": sprintf("pods with %s do not tolerate a taint of that name", [name]), "pointer": pod.at} if {
	some pod in pods.all
	some name in _wanted(pod)
	not _tolerates(pod, split(name, "/")[0])
}

deny contains {"msg": "pods with an accelerator select no pool", "pointer": pod.at} if {
	some pod in pods.all
	count(_wanted(pod)) > 0
	count(object.get(pod.spec, "nodeSelector", {})) == 0
	not _chosen(pod)
}

# An affinity that only says what to avoid chooses nothing.
_chosen(pod) if {
	some term in pod.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms
	some expression in term.matchExpressions
	expression.operator in {"In", "Exists"}
}

_wanted(pod) := {name |
	some container in pod.spec.containers
	some name in pods.accelerators(container)
}

_tolerates(pod, vendor) if {
	some toleration in pod.spec.tolerations
	startswith(toleration.key, vendor)
}
