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

_ingress(annotations) := {
	"kind": "Ingress",
	"metadata": {"name": "api", "namespace": "ai-gateway", "annotations": annotations},
	"spec": {"rules": [{"http": {"paths": [{"path": "/v1", "backend": {"service": {"name": "litellm"}}}]}}]},
}

_weighted := `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"blue","weight":95},{"serviceName":"green","weight":5}]}}`

test_denies_an_open_ingress if count(anonymous_route.deny) == 1 with input as _ingress({})

test_denies_signing_in_as_nobody if count(anonymous_route.deny) == 1 with input as _ingress({"alb.ingress.kubernetes.io/auth-type": "none"})

test_denies_tokens_for_anybody if {
	count(anonymous_route.deny) == 1 with input as _ingress({"alb.ingress.kubernetes.io/jwt-validation": `{"issuer":"https://login"}`})
}

test_denies_a_share_that_nobody_checks if {
	notes := {"alb.ingress.kubernetes.io/actions.litellm": _weighted, "groundwork.dev/authenticates": "blue by key"}
	count(anonymous_route.deny) == 1 with input as _ingress(notes)
}

test_allows_oidc if count(anonymous_route.deny) == 0 with input as _ingress({"alb.ingress.kubernetes.io/auth-type": "oidc"})

test_allows_tokens_for_us if {
	count(anonymous_route.deny) == 0 with input as _ingress({"alb.ingress.kubernetes.io/jwt-validation": `{"additionalClaims":[{"name":"aud","values":["us"]}]}`})
}

test_allows_shares_that_check if {
	notes := {"alb.ingress.kubernetes.io/actions.litellm": _weighted, "groundwork.dev/authenticates": "blue by key, green by key"}
	count(anonymous_route.deny) == 0 with input as _ingress(notes)
}
