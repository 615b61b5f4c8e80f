# METADATA
# title: A namespace has a Pod Security Standard, a default-deny policy and, for workloads, a quota with defaults
# description: >-
#   All three labels (enforce, warn, audit) with versions; a NetworkPolicy that selects every pod and allows nothing;
#   ResourceQuota and LimitRange wherever workloads of ours or of tenants run. A quota without a LimitRange refuses
#   every pod that says nothing.
# custom:
#   severity: error
#   why: >-
#     In a namespace without them one pod may be root, reach everything, and take the whole cluster.
#   fix: >-
#     Declare the namespace through a component; all of it follows.
package rules.undefended_namespace

import data.lib.nodes

deny contains {"msg": sprintf("%s has no label pod-security.kubernetes.io/%s", [input.metadata.name, label]), "pointer": ["metadata", "labels"]} if {
	_namespace
	some mode in ["enforce", "warn", "audit"]
	some label in [mode, sprintf("%s-version", [mode])]
	not input.metadata.labels[sprintf("pod-security.kubernetes.io/%s", [label])]
}

deny contains {"msg": sprintf("%s enforces '%s', and is none of the namespaces that may", [input.metadata.name, level]), "pointer": ["metadata", "labels", "pod-security.kubernetes.io/enforce"]} if {
	_namespace
	level := input.metadata.labels["pod-security.kubernetes.io/enforce"]
	level != "restricted"
	not input.metadata.name in _hosts
}

deny contains {"msg": sprintf("%s has no policy that denies by default", [input.metadata.name]), "pointer": ["metadata", "name"]} if {
	_namespace
	not _holds["default-deny"]
}

deny contains {"msg": sprintf("%s has no %s", [input.metadata.name, kind]), "pointer": ["metadata", "name"]} if {
	_namespace
	_quota_due
	some kind in ["ResourceQuota", "LimitRange"]
	not _holds[kind]
}

_namespace if {
	input.apiVersion == "v1"
	input.kind == "Namespace"
}

# What touches the nodes themselves: device plugins, metrics of nodes, the mesh's proxies.
_hosts := {"gpu-operator", "istio-system", "node-agents"}

_quota_due if startswith(input.metadata.name, "tenant-")

_quota_due if startswith(input.metadata.name, "ai-")

_holds[kind] if some kind in data.cluster.namespaces[input.metadata.name]
