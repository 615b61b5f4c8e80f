# METADATA
# title: The GPU operator brings what the node does not have, and nothing twice
# description: >-
#   Karpenter's nodes use an accelerated Amazon Linux, which has the driver and the container toolkit. The chart's
#   defaults install both again, and on the playbook's advice left the device plugin out, so that nodes had no
#   allocatable GPU.
# custom:
#   severity: error
#   why: >-
#     Two drivers or two device plugins on a node leave it with no GPU at all.
#   fix: >-
#     Driver and toolkit off, device plugin on: the machine image brings the first two, nobody else the third.
package rules.competing_driver

deny contains {"msg": sprintf("the operator's %s is %s", [part, _said(source, part)]), "pointer": array.concat(at, ["helm", "valuesObject", part])} if {
	input.kind == "Application"
	some each in _sources
	[at, source] := each
	source.chart == "gpu-operator"
	some part, wanted in {"driver": false, "toolkit": false, "devicePlugin": true}
	object.get(source, ["helm", "valuesObject", part, "enabled"], true) != wanted
}

deny contains {"msg": "Auto Mode brings the device plugin itself", "pointer": ["spec"]} if {
	input.kind == "Application"
	data.cluster.nodes == "auto"
	some each in _sources
	[_, source] := each
	source.chart in {"gpu-operator", "nvidia-device-plugin", "neuron-helm-chart"}
}

_said(source, part) := sprintf("enabled: %v", [object.get(source, ["helm", "valuesObject", part, "enabled"], true)])

_sources contains [["spec", "source"], input.spec.source]

_sources contains [["spec", "sources", index], source] if some index, source in input.spec.sources
