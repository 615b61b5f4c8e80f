# METADATA
# title: What serves says when it is ready and when it hangs
# description: >-
#   Every container of a Deployment, StatefulSet or DaemonSet that opens a port has a readiness and a liveness probe.
#   Rollouts and disruption budgets look at readiness; without it, both go on too early.
# custom:
#   severity: error
#   why: >-
#     Without a readiness probe, requests reach a process that is still starting; without a liveness probe, one that
#     hangs stays.
#   fix: >-
#     Give the workload `probes=Probes.http(...)`, on a path that tells the truth.
package rules.missing_probe

import data.lib.pods

deny contains {"msg": sprintf("%s has no %s", [each.container.name, probe]), "pointer": each.at} if {
	pods.serving
	some each in pods.containers
	not each.init
	count(object.get(each.container, "ports", [])) > 0
	some probe in ["readinessProbe", "livenessProbe"]
	not each.container[probe]
}
