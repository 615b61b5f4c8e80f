"""Argo CD's settings: that they take effect, and who may do what."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from argocd.health import CHECKS
from tests.argocd.delivered import Deliver, Delivered


def maps(delivered: Delivered) -> dict[str, dict[str, Any]]:
    """The ConfigMaps that the chart makes of the values."""
    configs: dict[str, dict[str, Any]] = delivered.data("argocd.values")["configs"]
    return configs


def test_every_key_is_one_that_a_configmap_may_have(delivered: Delivered) -> None:
    """`resource.customizations.health.*.services.k8s.aws_*` is not, and the whole installation fails on it."""
    keys = [key for one in maps(delivered).values() for key in one]

    assert all(re.fullmatch(r"[-._a-zA-Z0-9]+", key) for key in keys)


def test_the_checks_arrive_as_they_were_written(delivered: Delivered) -> None:
    """They are YAML inside YAML."""
    customizations = yaml.safe_load(maps(delivered)["cm"]["resource.customizations"])

    assert {kind: one["health.lua"] for kind, one in customizations.items()} == CHECKS


@pytest.mark.parametrize(
    ("cluster", "pool"),
    [("prod-us-east-1", "karpenter.sh/nodepool"), ("prod-us-east-2", "eks.amazonaws.com/nodegroup")],
)
def test_it_runs_on_the_nodes_that_no_application_makes(deliver: Deliver, cluster: str, pool: str) -> None:
    """They are there before the NodePools, and deleting a NodePool must not delete who deletes it."""
    placement = deliver(cluster).data("argocd.values")["global"]

    assert placement["nodeSelector"] == {pool: "system"}
    assert placement["tolerations"] == [{"key": "CriticalAddonsOnly", "operator": "Exists"}]


def test_nothing_runs_that_ignores_the_tolerations(delivered: Delivered) -> None:
    """redis-ha has tolerations of its own: with it, Argo CD's cache found no node in production."""
    assert "redis-ha" not in delivered.data("argocd.values")


def test_production_knows_no_shared_password(deliver: Deliver) -> None:
    """People sign in as themselves; nobody runs commands in pods through the page."""
    production, development = (maps(deliver(name))["cm"] for name in ("prod-us-east-1", "dev-us-east-1"))

    assert (production["admin.enabled"], development["admin.enabled"]) == (False, True)
    assert production["exec.enabled"] is False
    assert yaml.safe_load(production["oidc.config"])["enablePKCEAuthentication"] is True


def test_who_is_in_no_group_sees_nothing(delivered: Delivered) -> None:
    """Everything else is said in the projects."""
    rbac, groups = maps(delivered)["rbac"], delivered.site.organisation.groups

    assert rbac["policy.default"] == ""
    assert rbac["policy.csv"].splitlines() == [f"g, {groups.admins}, role:admin"]
