package rules.metadata_egress_test

import data.rules.metadata_egress

_policy(block) := {"kind": "NetworkPolicy", "spec": {"egress": [{"to": [{"ipBlock": block}]}]}}

test_denies_link_local if count(metadata_egress.deny) == 1 with input as _policy({"cidr": "169.254.0.0/16"})

test_denies_everything if count(metadata_egress.deny) == 1 with input as _policy({"cidr": "0.0.0.0/0"})

test_allows_an_exception if count(metadata_egress.deny) == 0 with input as _policy({"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]})

test_allows_pod_identity if count(metadata_egress.deny) == 0 with input as _policy({"cidr": "169.254.170.23/32"})
