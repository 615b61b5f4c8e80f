package rules.single_replica_test

import data.rules.single_replica

_deployment(replicas) := {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "litellm", "namespace": "ai-gateway"}, "spec": {"replicas": replicas}}

test_denies_one_in_production if count(single_replica.deny) == 1 with input as _deployment(1) with data.cluster as {"environment": "production"}

test_allows_two if count(single_replica.deny) == 0 with input as _deployment(2) with data.cluster as {"environment": "production"}

test_allows_one_in_development if count(single_replica.deny) == 0 with input as _deployment(1) with data.cluster as {"environment": "development"}
