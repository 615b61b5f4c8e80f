package rules.open_ingress_test

import data.rules.open_ingress

_policy(rule) := {"kind": "NetworkPolicy", "spec": {"ingress": [rule]}}

test_denies_nobody_named if count(open_ingress.deny) == 1 with input as _policy({"ports": [{"port": 80}]})

test_denies_the_internet if count(open_ingress.deny) == 1 with input as _policy({"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]})

test_denies_every_pod if count(open_ingress.deny) == 1 with input as _policy({"from": [{"namespaceSelector": {}}]})

test_allows_a_peer if count(open_ingress.deny) == 0 with input as _policy({"from": [{"podSelector": {"matchLabels": {"a": "b"}}}]})
