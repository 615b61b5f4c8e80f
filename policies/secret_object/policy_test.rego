package rules.secret_object_test

import data.rules.secret_object

test_denies_a_secret if count(secret_object.deny) == 1 with input as {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hf-token"}}

test_allows_an_external_one if {
	count(secret_object.deny) == 0 with input as {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "hf-token"}}
}
