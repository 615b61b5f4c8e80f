package rules.open_listener_test

import data.rules.open_listener

_gateway(from) := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "spec": {"listeners": [{"name": "https", "allowedRoutes": {"namespaces": {"from": from}}}]}}

test_denies_all if count(open_listener.deny) == 1 with input as _gateway("All")

test_allows_a_selector if count(open_listener.deny) == 0 with input as _gateway("Selector")

test_denies_a_class_for_all if count(open_listener.deny) == 1 with input as {"kind": "IngressClassParams", "spec": {}}

test_allows_a_class_for_some if {
	count(open_listener.deny) == 0 with input as {"kind": "IngressClassParams", "spec": {"namespaceSelector": {"matchLabels": {"a": "b"}}}}
}
