package rules.unsupported_kubernetes_test

import data.rules.unsupported_kubernetes

_config(version) := {"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": {"version": version}}

test_denies_old_versions if count(unsupported_kubernetes.deny) == 1 with input as _config("1.32")

test_allows_a_current_one if count(unsupported_kubernetes.deny) == 0 with input as _config("1.35")
