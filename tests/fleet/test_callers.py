"""Callers: a key for each who calls models, with what it opens and may cost."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from groundwork.fleet.callers import Caller, callers, tenant_caller
from groundwork.fleet.loader import load
from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.site import Site

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site() -> Site:
    """A cluster with two tenants, one of which runs an agent of its own."""
    return load(ROOT).site("prod-us-east-2")


def found(site: Site, name: str) -> Caller:
    """The caller of that name."""
    return next(one for one in callers(site) if one.name == name)


def test_a_tenants_key_opens_what_it_declares_and_no_more(site: Site) -> None:
    """Its budget comes from its own file."""
    tenant = found(site, "tenant-team-b")

    assert (tenant.models, tenant.secret) == (("glm-5-fp8", "qwen3-4b", "support-tone"), "model-key-tenant-team-b")
    assert tenant.budget == next(one.budget for one in site.tenants if one.name == "team-b")


def test_a_model_that_the_cluster_does_not_carry_opens_for_nobody(site: Site) -> None:
    """A tenant that declares only such models has a key that opens nothing."""
    tenant = site.tenants[0].model_copy(update={"models": ("elsewhere",)})

    assert tenant_caller(site, tenant).models == ()


def test_an_agent_of_the_clusters_own_opens_the_model_that_it_thinks_with(site: Site) -> None:
    """A stolen key of one agent is not the key to every model."""
    assert found(site, "agent-web-research").models == ("glm-5-fp8",)


def test_who_may_call_a_model_may_call_its_canary() -> None:
    """Else a fifth of the requests would be refused."""
    tenant = found(load(ROOT).site("prod-us-east-1"), "tenant-team-a")

    assert tenant.models == ("qwen3-4b", "qwen3-4b-2507")


def test_agents_of_tenants_have_no_key_of_their_own(site: Site) -> None:
    """They spend from their tenant's budget, with its key."""
    private = {one.agent.name for one in site.agents if one.tenant} - {
        one.agent.name for one in site.agents if not one.tenant
    }

    assert not private & {one.name.removeprefix("agent-") for one in callers(site)}


def test_a_pipeline_opens_the_models_of_its_roles(site: Site) -> None:
    """Without roles it calls no model and has no key."""
    body = {
        "name": "nightly",
        "description": "Scores.",
        "image": "web-search",
        "schedule": "0 6 * * *",
        "timeoutMinutes": 9,
        "resources": {"cpu": "1", "memory": "1Gi"},
    }
    silent = Pipeline.model_validate(body)
    judging = Pipeline.model_validate(body | {"name": "judging", "models": ["reasoning", "fast"]})
    both = dataclasses.replace(site, pipelines=(judging, silent))

    assert found(both, "pipeline-judging").models == ("glm-5-fp8", "qwen3-4b")
    assert "pipeline-nightly" not in {one.name for one in callers(both)}


def test_the_platforms_own_test_calls_every_model(site: Site) -> None:
    """With a key of its own, so that what it spends is told apart."""
    assert found(site, "smoke").models == tuple(model.name for model in site.models)
