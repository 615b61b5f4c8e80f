"""Postgres: one cluster per owner, deleted only with a person's word."""

from __future__ import annotations

from typing import Any

from groundwork.components.data.postgres import Postgres


def test_each_owner_has_a_cluster_of_its_own(render: Any, site: Any, find: Any) -> None:
    """Three instances in production, spread over zones, one elsewhere."""
    production, development = (render(Postgres, site(name)) for name in ("prod-us-east-1", "dev-us-east-1"))

    for owner in ("kagent", "langfuse", "litellm"):
        assert find(production, "Cluster", f"{owner}-postgres")["spec"]["instances"] == 3
        assert find(development, "Cluster", f"{owner}-postgres")["spec"]["instances"] == 1


def test_deleting_a_database_asks_a_person(render: Any, site: Any, find: Any) -> None:
    """Neither pruning nor deleting an Application takes data with it."""
    body = find(render(Postgres, site("prod-us-east-1")), "Cluster", "litellm-postgres")

    assert body["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Delete=confirm,Prune=confirm"


def test_the_operator_gets_the_kind_of_secret_that_it_insists_on(render: Any, site: Any, find: Any) -> None:
    """CloudNativePG takes an owner's password from a basic-auth Secret only."""
    external = find(render(Postgres, site("prod-us-east-1")), "ExternalSecret", "postgres-litellm-database")

    assert external["spec"]["target"]["template"]["type"] == "kubernetes.io/basic-auth"
