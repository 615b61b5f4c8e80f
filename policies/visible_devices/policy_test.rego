package rules.visible_devices_test

import data.rules.visible_devices

_pod(name) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "vllm", "env": [{"name": name, "value": "0,1"}]}]}}

test_denies_a_fixed_list if count(visible_devices.deny) == 1 with input as _pod("CUDA_VISIBLE_DEVICES")

test_allows_other_variables if count(visible_devices.deny) == 0 with input as _pod("CUDA_MODULE_LOADING")
