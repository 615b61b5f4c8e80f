package rules.sidecar_injection_test

import data.rules.sidecar_injection

_namespace(labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ai-gateway", "labels": object.union({"pod-security.kubernetes.io/enforce": "restricted"}, labels)}}

test_denies_injection if count(sidecar_injection.deny) == 1 with input as _namespace({"istio-injection": "enabled"})

test_allows_ambient if count(sidecar_injection.deny) == 0 with input as _namespace({"istio.io/dataplane-mode": "ambient"})
