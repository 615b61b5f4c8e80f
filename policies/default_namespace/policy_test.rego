package rules.default_namespace_test

import data.rules.default_namespace

test_denies_default if count(default_namespace.deny) == 1 with input as {"kind": "Service", "metadata": {"name": "one", "namespace": "default"}}

test_allows_another if count(default_namespace.deny) == 0 with input as {"kind": "Service", "metadata": {"name": "one", "namespace": "ai-gateway"}}
