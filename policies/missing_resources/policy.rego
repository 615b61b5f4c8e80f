# METADATA
# title: Containers say what they need and what they may take
# description: >-
#   Every container requests CPU and memory and has a memory limit. A CPU limit is not asked for, because it slows a
#   process that could use idle cores. Accelerators are asked for as limits and requests alike.
# custom:
#   severity: error
#   why: >-
#     Without requests the scheduler places blindly; without a memory limit one leak takes the node's other pods with
#     it.
#   fix: >-
#     Give the workload `resources=Resources(cpu=..., memory=...)`.
package rules.missing_resources

import data.lib.pods

deny contains {"msg": sprintf("%s requests no %s", [each.container.name, kind]), "pointer": pods.at(each, ["resources"])} if {
	some each in pods.containers
	some kind in ["cpu", "memory"]
	not _has(each.container, "requests", kind)
}

deny contains {"msg": sprintf("%s has no memory limit", [each.container.name]), "pointer": pods.at(each, ["resources"])} if {
	some each in pods.containers
	not _has(each.container, "limits", "memory")
}

_has(container, field, kind) if container.resources[field][kind]

_has(container, "requests", kind) if container.resources.limits[kind]
