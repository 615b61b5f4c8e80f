package rules.open_egress_test

import data.rules.open_egress

_policy(rule) := {"kind": "NetworkPolicy", "spec": {"egress": [rule]}}

test_denies_everywhere if count(open_egress.deny) == 1 with input as _policy({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443}]})

test_denies_no_destination if count(open_egress.deny) == 1 with input as _policy({"ports": [{"port": 443}]})

test_allows_a_subnet if count(open_egress.deny) == 0 with input as _policy({"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}]})

test_allows_name_servers if count(open_egress.deny) == 0 with input as _policy({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 53}]})
