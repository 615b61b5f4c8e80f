package rules.open_guardrail_test

import data.rules.open_guardrail

_extension(spec) := {"kind": "GatewayExtension", "spec": spec}

test_denies_the_default if count(open_guardrail.deny) == 1 with input as _extension({"extProc": {"grpcService": {}}})

test_denies_an_open_one if count(open_guardrail.deny) == 1 with input as _extension({"extAuth": {"failOpen": true}})

test_allows_a_closed_one if count(open_guardrail.deny) == 0 with input as _extension({"extProc": {"failOpen": false}})
