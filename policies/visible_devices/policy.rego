# METADATA
# title: Which GPUs a container sees is the device plugin's to say
# description: >-
#   The device plugin injects the GPUs that were allocated. A fixed list counts from zero inside the container, and
#   hides or doubles devices as soon as the pod is not alone.
# custom:
#   severity: error
#   why: >-
#     CUDA_VISIBLE_DEVICES overrides the plugin's choice: two pods then compute on the same GPU.
#   fix: >-
#     Remove the variable; ask for the number of GPUs in resources.
package rules.visible_devices

import data.lib.pods

deny contains {"msg": sprintf("%s chooses its GPUs itself by %s", [each.container.name, variable.name]), "pointer": pods.at(each, ["env", index])} if {
	some each in pods.containers
	some index, variable in each.container.env
	variable.name in {"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NEURON_RT_VISIBLE_CORES"}
}
