# METADATA
# title: Processes get the keys of a Secret that they need, one by one
# description: >-
#   A tool server of one target design was given the model gateway's key "for future use". A Secret that is taken whole
#   makes that the normal case.
# custom:
#   severity: error
#   why: >-
#     With envFrom every key that is ever added to the Secret reaches the process too.
#   fix: >-
#     Name the key: `env={"NAME": self.secret(name, key)}`.
package rules.whole_secret

import data.lib.pods

deny contains {"msg": sprintf("%s takes every key of the Secret %s", [each.container.name, source.secretRef.name]), "pointer": pods.at(each, ["envFrom", index])} if {
	some each in pods.containers
	some index, source in each.container.envFrom
	source.secretRef
}
