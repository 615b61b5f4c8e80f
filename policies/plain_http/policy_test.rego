package rules.plain_http_test

import data.rules.plain_http

_gateway(listener) := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "spec": {"listeners": [object.union({"name": "one"}, listener)]}}

_route(parent, rule) := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "spec": {"parentRefs": [parent], "rules": [rule]}}

test_denies_an_open_http_listener if {
	count(plain_http.deny) == 1 with input as _gateway({"protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "Selector"}}})
}

test_denies_https_without_tls if count(plain_http.deny) == 1 with input as _gateway({"protocol": "HTTPS"})

test_denies_a_route_on_every_listener if count(plain_http.deny) == 1 with input as _route({"name": "edge"}, {})

test_denies_serving_on_http if count(plain_http.deny) == 1 with input as _route({"name": "edge", "sectionName": "http"}, {"backendRefs": []})

test_denies_a_load_balancer_without_tls if count(plain_http.deny) == 1 with input as {"kind": "Ingress", "metadata": {"annotations": {}}}

test_allows_tls_and_the_redirect if {
	count(plain_http.deny) == 0 with input as _gateway({"protocol": "HTTPS", "tls": {"mode": "Terminate"}})
	count(plain_http.deny) == 0 with input as _route({"name": "edge", "sectionName": "https"}, {})
	count(plain_http.deny) == 0 with input as _route({"name": "edge", "sectionName": "http"}, {"filters": [{"requestRedirect": {"scheme": "https"}}]})
}

test_denies_old_ciphers if {
	count(plain_http.deny) == 1 with input as {"kind": "IngressClassParams", "spec": {}}
	count(plain_http.deny) == 1 with input as {"kind": "IngressClassParams", "spec": {"sslPolicy": "ELBSecurityPolicy-2016-08"}}
}

test_allows_new_ciphers if {
	count(plain_http.deny) == 0 with input as {"kind": "IngressClassParams", "spec": {"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}}
}
