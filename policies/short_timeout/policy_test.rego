package rules.short_timeout_test

import data.rules.short_timeout

_route(rule) := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "spec": {"rules": [object.union({"backendRefs": [{"name": "litellm"}]}, rule)]}}

test_denies_the_default if count(short_timeout.deny) == 1 with input as _route({})

test_allows_a_stated_one if count(short_timeout.deny) == 0 with input as _route({"timeouts": {"request": "0s"}})
