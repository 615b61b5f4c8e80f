package rules.deprecated_api_test

import data.rules.deprecated_api

test_denies_an_old_version if count(deprecated_api.deny) == 1 with input as {"apiVersion": "external-secrets.io/v1beta1", "kind": "ExternalSecret"}

test_allows_the_current_one if count(deprecated_api.deny) == 0 with input as {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret"}
