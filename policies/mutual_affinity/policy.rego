# METADATA
# title: Pods that must be near each other look for one that looks for nobody
# description: >-
#   Required pod affinity over anything but nodes does not select the pods that have it: one template leads, and the others look for it.
# custom:
#   severity: error
#   why: >-
#     Karpenter (v1.14) starts the first of such pods in a zone by chance, does not count it before its machine is there, and starts
#     the next by chance, too. A machine in the wrong zone stays empty, uses up the pool's limit, and its pod stays Pending.
#   fix: >-
#     Let the followers select their leader by a label that they do not have, and take the affinity off the leader; or prefer instead of require.
package rules.mutual_affinity

import data.lib.pods

deny contains {"msg": "pods that look for each other may be given machines in different zones", "pointer": pods.at(each, array.concat(_required, [index]))} if {
	some each in pods.all
	some index, term in object.get(each.spec, ["affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution"], [])
	term.topologyKey != "kubernetes.io/hostname"
	wanted := object.get(term, ["labelSelector", "matchLabels"], {})
	count(wanted) > 0
	every key, value in wanted {
		object.get(each.metadata, ["labels", key], null) == value
	}
}

_required := ["affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]
