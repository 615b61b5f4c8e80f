# METADATA
# description: Pods of every workload, built-in or custom, with the place where each stands.
package lib.pods

_builtin := {
	"Pod": [],
	"Deployment": ["spec", "template"],
	"StatefulSet": ["spec", "template"],
	"DaemonSet": ["spec", "template"],
	"ReplicaSet": ["spec", "template"],
	"Job": ["spec", "template"],
	"CronJob": ["spec", "jobTemplate", "spec", "template"],
}

_core if input.apiVersion in {"v1", "apps/v1", "batch/v1"}

# Where a pod template stands: built-in workloads, and the custom resources that hold whole templates.
_templates contains _builtin[input.kind] if _core

_templates contains ["spec", "leaderWorkerTemplate", field] if {
	startswith(input.apiVersion, "leaderworkerset.x-k8s.io/")
	some field in ["leaderTemplate", "workerTemplate"]
}

_templates contains ["spec", "rayClusterConfig", "headGroupSpec", "template"] if input.kind == "RayService"

_templates contains ["spec", "rayClusterConfig", "workerGroupSpecs", index, "template"] if {
	input.kind == "RayService"
	some index, _ in input.spec.rayClusterConfig.workerGroupSpecs
}

# Each pod: where its spec stands, the spec, and its labels and annotations.
all contains {"at": at, "spec": spec, "metadata": metadata} if {
	some template in _templates
	at := array.concat(template, ["spec"])
	spec := object.get(input, at, null)
	is_object(spec)
	metadata := object.get(input, array.concat(template, ["metadata"]), {})
}

containers contains {"at": at, "container": container, "pod": pod, "init": field == "initContainers"} if {
	some pod in all
	some field in ["initContainers", "containers", "ephemeralContainers"]
	some index, container in pod.spec[field]
	at := array.concat(pod.at, [field, index])
}

at(each, steps) := array.concat(each.at, steps)

# Pods of Jobs come and go; what serves must say when it is ready.
serving if input.kind in {"Deployment", "StatefulSet", "DaemonSet", "LeaderWorkerSet"}

_accelerators := {"nvidia.com/gpu", "aws.amazon.com/neuron", "aws.amazon.com/neuroncore"}

# The accelerators that a container asks for; a share of one (MIG, time-slicing) has a longer name.
accelerators(container) := {name |
	some field in ["requests", "limits"]
	some name, _ in object.get(container, ["resources", field], {})
	some known in _accelerators
	startswith(name, known)
} | {name |
	some field in ["requests", "limits"]
	some name, _ in object.get(container, ["resources", field], {})
	startswith(name, "nvidia.com/mig-")
}

accelerated(pod) if {
	some field in ["initContainers", "containers"]
	some container in pod.spec[field]
	count(accelerators(container)) > 0
}

words(container) := array.concat(object.get(container, "command", []), object.get(container, "args", []))
