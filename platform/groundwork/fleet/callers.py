"""Callers: who has a key at the model gateway, which models the key opens, and what it may spend."""

from __future__ import annotations

from dataclasses import dataclass, replace

from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.site import AgentInstance, Site
from groundwork.fleet.tenant import Tenant, TenantBudget

__all__ = ["Caller", "agent_caller", "callers", "pipeline_caller", "smoke_caller", "tenant_caller"]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One key: an agent of the cluster's own, a pipeline, or a tenant with all that runs for it.

    `models` are the models of this cluster that the key opens, by name, sorted; none is allowed. Without a `budget` the key
    spends what the cluster has.
    """

    name: str
    models: tuple[str, ...]
    budget: TenantBudget | None = None

    @property
    def secret(self) -> str:
        """The entry of the contract of secrets; its key is `key`."""
        return f"model-key-{self.name}"


def callers(site: Site) -> tuple[Caller, ...]:
    """Everybody who may call models in a cluster, sorted by name."""
    found = [
        *(agent_caller(one) for one in site.agents if one.tenant is None),
        *(pipeline_caller(site, one) for one in site.pipelines if one.models),
        *(tenant_caller(site, one) for one in site.tenants),
        smoke_caller(site),
    ]
    opened = (replace(one, models=_with_canaries(site, one.models)) for one in found)
    return tuple(sorted(opened, key=lambda one: one.name))


def _with_canaries(site: Site, models: tuple[str, ...]) -> tuple[str, ...]:
    """Who may call a model may call the version that is on trial in its place."""
    declared = site.cluster.models
    canaries = {one.model for name in models if name in declared and (one := declared[name].canary)}
    return tuple(sorted({*models, *canaries}))


def agent_caller(instance: AgentInstance) -> Caller:
    """An agent of the cluster's own calls the model that it thinks with."""
    return Caller(name=f"agent-{instance.agent.name}", models=(instance.model.name,))


def pipeline_caller(site: Site, pipeline: Pipeline) -> Caller:
    """A pipeline calls the models of the roles that it declares."""
    models = {site.cluster.roles[role] for role in pipeline.models}
    return Caller(name=f"pipeline-{pipeline.name}", models=tuple(sorted(models)))


def smoke_caller(site: Site) -> Caller:
    """The platform's test of itself calls every model."""
    return Caller(name="smoke", models=tuple(model.name for model in site.models))


def tenant_caller(site: Site, tenant: Tenant) -> Caller:
    """A tenant, its agents included, calls what it declares, as far as the cluster carries it."""
    models = {name for model in site.models for name in model.names} & {*tenant.models}
    return Caller(name=f"tenant-{tenant.name}", models=tuple(sorted(models)), budget=tenant.budget)
