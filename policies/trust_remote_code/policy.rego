# METADATA
# title: Model servers run no code from a model's repository
# description: >-
#   The flag lets a model bring its own implementation, executed with everything that the server may do, its AWS role
#   included.
# custom:
#   severity: error
#   why: >-
#     --trust-remote-code runs Python that whoever owns the repository may change at any time.
#   fix: >-
#     Use a model that the engine supports by itself.
package rules.trust_remote_code

import data.lib.pods

deny contains {"msg": sprintf("%s runs code that comes with the weights", [each.container.name]), "pointer": pods.at(each, ["args"])} if {
	some each in pods.containers
	some word in pods.words(each.container)
	regex.match(`(^|\s)--trust[-_]remote[-_]code\b`, word)
}
