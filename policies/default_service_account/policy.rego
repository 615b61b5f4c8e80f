# METADATA
# title: Every workload has a ServiceAccount of its own
# description: >-
#   Pod Identity and RBAC know pods by ServiceAccount only. Sharing one means that no right can be given to one workload
#   alone.
# custom:
#   severity: error
#   why: >-
#     What one pod of `default` is given, all of them get, in RBAC as in AWS.
#   fix: >-
#     Use the workload construct: it makes a ServiceAccount of the workload's name.
package rules.default_service_account

import data.lib.pods

deny contains {"msg": "the pods run as the namespace's default ServiceAccount", "pointer": pod.at} if {
	some pod in pods.all
	object.get(pod.spec, "serviceAccountName", "default") == "default"
}
