package rules.anonymous_route_test

import data.rules.anonymous_route

_route(annotations) := {
	"kind": "HTTPRoute",
	"metadata": {"name": "api", "namespace": "ai-gateway", "annotations": annotations},
	"spec": {"rules": [{"name": "agents", "backendRefs": [{"name": "kagent"}]}]},
}

test_denies_an_open_route if count(anonymous_route.deny) == 1 with input as _route({}) with data.cluster as {"signed_in": []}

test_denies_an_empty_claim if {
	count(anonymous_route.deny) == 1 with input as _route({"groundwork.dev/authenticates": "kagent"}) with data.cluster as {"signed_in": []}
}

test_allows_a_policy_on_the_rule if count(anonymous_route.deny) == 0 with input as _route({}) with data.cluster as {"signed_in": ["ai-gateway/api#agents"]}

test_allows_a_policy_on_the_route if count(anonymous_route.deny) == 0 with input as _route({}) with data.cluster as {"signed_in": ["ai-gateway/api"]}

test_allows_a_backend_that_checks if {
	count(anonymous_route.deny) == 0 with input as _route({"groundwork.dev/authenticates": "kagent by key"}) with data.cluster as {"signed_in": []}
}
