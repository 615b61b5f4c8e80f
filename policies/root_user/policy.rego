# METADATA
# title: No process runs as root
# description: >-
#   The pod or each of its containers sets runAsNonRoot, and none sets runAsUser 0. Several of the target designs'
#   images ran as root because nobody had asked them not to.
# custom:
#   severity: error
#   why: >-
#     Root in a container is one kernel bug away from root on the node, and writes what the image's other users cannot.
#   fix: >-
#     Use an image that runs as another user, and say its number: `user=...`.
package rules.root_user

import data.lib.pods

deny contains {"msg": sprintf("%s may run as root", [each.container.name]), "pointer": each.at} if {
	some each in pods.containers
	not _not_root(each)
}

deny contains {"msg": sprintf("%s runs as user 0", [each.container.name]), "pointer": each.at} if {
	some each in pods.containers
	_user(each) == 0
}

_not_root(each) if each.container.securityContext.runAsNonRoot == true

_not_root(each) if {
	each.pod.spec.securityContext.runAsNonRoot == true
	object.get(each.container, ["securityContext", "runAsNonRoot"], true) == true
}

_user(each) := each.container.securityContext.runAsUser

_user(each) := each.pod.spec.securityContext.runAsUser if not each.container.securityContext.runAsUser
