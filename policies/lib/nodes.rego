# METADATA
# description: What a NodePool starts, as far as its requirements and taints tell.
package lib.nodes

_keys := {
	"karpenter.k8s.aws/instance-gpu-name",
	"eks.amazonaws.com/instance-gpu-name",
	"karpenter.k8s.aws/instance-accelerator-name",
	"eks.amazonaws.com/instance-accelerator-name",
}

pool if startswith(input.apiVersion, "karpenter.sh/")

requirements contains {"at": ["spec", "template", "spec", "requirements", index], "requirement": requirement} if {
	pool
	some index, requirement in input.spec.template.spec.requirements
}

# The accelerators that a pool may start, by name.
accelerators contains value if {
	some each in requirements
	each.requirement.key in _keys
	each.requirement.operator == "In"
	some value in each.requirement.values
}

accelerated if count(accelerators) > 0

accelerated if {
	pool
	some taint in input.spec.template.spec.taints
	taint.key in {"nvidia.com/gpu", "aws.amazon.com/neuron"}
}
