"""A site: one cluster with everything that its declaration names, looked up and with its overrides applied.

Components see the fleet only through their site.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from groundwork.catalog.regions import Region
from groundwork.fleet.agent import Agent
from groundwork.fleet.cluster import Cluster
from groundwork.fleet.declaration import Declaration, Part
from groundwork.fleet.model import Model
from groundwork.fleet.organisation import Organisation
from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.tenant import Tenant
from groundwork.fleet.tool import Tool

__all__ = ["AGENTS_NAMESPACE", "AgentInstance", "Fleet", "Site", "overridden"]

AGENTS_NAMESPACE = "ai-agents"

T = TypeVar("T", bound=Declaration)


@dataclass(frozen=True, kw_only=True)
class AgentInstance:
    """An agent that runs somewhere: once for the cluster in ai-agents, or privately for a tenant."""

    agent: Agent
    namespace: str
    model: Model
    replicas: int = 1
    tenant: Tenant | None = None


@dataclass(frozen=True, kw_only=True)
class Site:
    """One cluster, resolved.

    `models`, `tools`, `tenants` and `pipelines` are sorted by name; `agents` are the cluster's own, then each tenant's.
    `images` maps each folder of apps/images to the digest of its content, which is the image's tag.
    """

    organisation: Organisation
    cluster: Cluster
    region: Region
    models: tuple[Model, ...]
    agents: tuple[AgentInstance, ...]
    tools: tuple[Tool, ...]
    tenants: tuple[Tenant, ...]
    pipelines: tuple[Pipeline, ...]
    images: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.cluster.name

    @property
    def domain(self) -> str:
        """The DNS domain that this cluster serves."""
        return f"{self.cluster.name}.{self.organisation.domain}"

    @property
    def accelerated(self) -> tuple[Model, ...]:
        """The models that run on accelerators; the others share the general-purpose nodes."""
        return tuple(model for model in self.models if model.hardware.accelerated)

    @property
    def has_gpus(self) -> bool:
        """Whether models or jobs ask for NVIDIA GPUs here."""
        return bool(self.cluster.jobs) or any(model.hardware.gpu for model in self.models)

    @property
    def identity_hosts(self) -> dict[str, str]:
        """What a proxy asks the identity provider for, each with the host that answers: tokens' keys, and tokens for a code."""
        endpoints = self.organisation.identity.endpoints
        asked = {"keys": endpoints.keys, "token": endpoints.token}
        return {what: url.removeprefix("https://").partition("/")[0] for what, url in asked.items()}

    def model_for(self, role: str) -> Model:
        """The model that fills a role here. The loader has made sure that there is one."""
        name = self.cluster.roles[role]
        return next(model for model in self.models if model.name == name)


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """All declarations of a repository, valid one by one and together."""

    organisation: Organisation
    clusters: dict[str, Cluster] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    tools: dict[str, Tool] = field(default_factory=dict)
    tenants: dict[str, Tenant] = field(default_factory=dict)
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)

    def site(self, name: str) -> Site:
        """Resolve one cluster.

        Raises:
            KeyError: no such cluster.
        """
        cluster = self.clusters[name]
        models = {one: overridden(self.models[one], different) for one, different in sorted(cluster.models.items())}
        tenants = tuple(self.tenants[one] for one in sorted(cluster.tenants))
        agents = (*self._own_agents(cluster, models), *self._tenant_agents(cluster, models, tenants))
        tools = sorted({tool for instance in agents for tool in instance.agent.tool_uses})
        return Site(
            organisation=self.organisation,
            cluster=cluster,
            region=self.regions[cluster.region],
            models=tuple(models.values()),
            agents=agents,
            tools=tuple(self.tools[one] for one in tools),
            tenants=tenants,
            pipelines=tuple(self.pipelines[one] for one in sorted(cluster.pipelines)),
            images=self.images,
        )

    def _own_agents(self, cluster: Cluster, models: dict[str, Model]) -> list[AgentInstance]:
        instances = []
        for name, different in sorted(cluster.agent_overrides.items()):
            agent = self.agents[name]
            role = different.model or agent.model
            instances.append(
                AgentInstance(
                    agent=agent,
                    namespace=AGENTS_NAMESPACE,
                    model=models[cluster.roles[role]],
                    replicas=different.replicas or 1,
                )
            )
        return instances

    def _tenant_agents(
        self, cluster: Cluster, models: dict[str, Model], tenants: tuple[Tenant, ...]
    ) -> list[AgentInstance]:
        return [
            AgentInstance(
                agent=self.agents[name],
                namespace=tenant.namespace,
                model=models[cluster.roles[self.agents[name].model]],
                tenant=tenant,
            )
            for tenant in tenants
            for name in sorted(tenant.agents)
        ]


def overridden(declared: T, different: Part) -> T:
    """The declaration with what one cluster does differently.

    Raises:
        ValidationError: each is valid for itself, but not the combination.
    """
    changes = different.model_dump(exclude_none=True, by_alias=True)
    return type(declared).model_validate(declared.model_dump(by_alias=True) | changes) if changes else declared
