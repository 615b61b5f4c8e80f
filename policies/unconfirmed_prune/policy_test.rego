package rules.unconfirmed_prune_test

import data.rules.unconfirmed_prune

_cluster(annotations) := {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": {"name": "litellm", "annotations": annotations}}

test_denies_silence if count(unconfirmed_prune.deny) == 2 with input as _cluster({})

test_denies_half_of_it if count(unconfirmed_prune.deny) == 1 with input as _cluster({"argocd.argoproj.io/sync-options": "Prune=confirm"})

test_allows_asking if count(unconfirmed_prune.deny) == 0 with input as _cluster({"argocd.argoproj.io/sync-options": "Delete=confirm,Prune=confirm"})

test_allows_what_holds_nothing if count(unconfirmed_prune.deny) == 0 with input as {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one"}}
