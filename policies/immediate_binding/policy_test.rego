package rules.immediate_binding_test

import data.rules.immediate_binding

_class(mode) := {"kind": "StorageClass", "metadata": {"name": "standard"}, "volumeBindingMode": mode}

test_denies_immediate if count(immediate_binding.deny) == 1 with input as _class("Immediate")

test_denies_silence if count(immediate_binding.deny) == 1 with input as {"kind": "StorageClass", "metadata": {"name": "standard"}}

test_allows_waiting if count(immediate_binding.deny) == 0 with input as _class("WaitForFirstConsumer")
