# METADATA
# title: Pods carry no API token unless they use the Kubernetes API
# description: >-
#   The token is mounted by default, into every container. Models, gateways and stores never call the Kubernetes API.
# custom:
#   severity: error
#   why: >-
#     A token in the pod is the first thing that an intruder, or a prompt-injected agent with a file tool, reads.
#   fix: >-
#     Leave automountServiceAccountToken false. A pod that calls the API says why in the annotation
#     groundwork.dev/api-access.
package rules.mounted_token

import data.lib.pods

deny contains {"msg": "the pods mount an API token, and no annotation says what for", "pointer": array.concat(pod.at, ["automountServiceAccountToken"])} if {
	some pod in pods.all
	object.get(pod.spec, "automountServiceAccountToken", true) != false
	object.get(pod.metadata, ["annotations", "groundwork.dev/api-access"], "") == ""
}
