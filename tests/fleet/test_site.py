"""A site: one cluster with everything that it names."""

from __future__ import annotations

import pytest

from tests.fleet.repository import CLUSTER, Repository


def test_a_site_is_resolved(repository: Repository) -> None:
    """Models sorted, agents of the cluster and then of each tenant, the tools that those use."""
    site = repository.load().site("prod")

    assert site.name == "prod"
    assert site.domain == "prod.ai.example.com"
    assert site.region.name == "us-east-1"
    assert [model.name for model in site.models] == ["large", "small"]
    assert [(one.agent.name, one.namespace, one.model.name) for one in site.agents] == [
        ("research", "ai-agents", "large"),
        ("support", "ai-agents", "small"),
        ("support", "tenant-team-a", "small"),
    ]
    assert [one.tenant.name if one.tenant else None for one in site.agents] == [None, None, "team-a"]
    assert [tool.name for tool in site.tools] == ["web-search"]
    assert [tenant.namespace for tenant in site.tenants] == ["tenant-team-a"]
    assert [pipeline.name for pipeline in site.pipelines] == ["evaluation"]
    assert site.model_for("fast").name == "small"
    assert set(site.images) == {"evaluation", "web-search"}


def test_overrides_apply_everywhere(repository: Repository) -> None:
    """What one cluster does differently holds for its models and for the agents that think with them."""
    repository.edit(
        CLUSTER, "large: {replicas: {min: 2, max: 6}}", "large: {context: 4096, hardware: {gpu: h100, count: 1}}"
    )
    repository.edit(CLUSTER, "[support, research]", "[support, {research: {replicas: 3}}]")
    site = repository.load().site("prod")

    large = site.model_for("reasoning")
    assert (large.context, large.hardware.accelerator, large.concurrency) == (4096, "h100", 6)
    assert large.replicas.max == 4
    assert site.agents[0].replicas == 3
    assert site.agents[0].model is large


def test_a_role_may_be_another_one_here(repository: Repository) -> None:
    """One cluster gives an agent a smaller model without touching the agent."""
    repository.edit(CLUSTER, "[support, research]", "[support, {research: {model: fast}}]")

    assert [one.model.name for one in repository.load().site("prod").agents] == ["small", "small", "small"]


def test_an_unknown_cluster_is_an_error(repository: Repository) -> None:
    """The caller named it."""
    with pytest.raises(KeyError, match="staging"):
        repository.load().site("staging")
