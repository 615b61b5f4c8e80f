"""Tenant: a team's own namespace, with what it may run, call and spend."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from groundwork.fleet.declaration import Declaration, Impossible, Name, Part, Quantity, Text, impossible

__all__ = ["Tenant", "TenantBudget", "TenantGroups", "TenantQuota"]


class TenantGroups(Part):
    """The identity provider's groups of the team."""

    operators: tuple[Text, ...] = Field(
        default=(), description="May restart and scale what runs in the tenant's namespace."
    )
    viewers: tuple[Text, ...] = Field(default=(), description="May look, but not at secrets or logs.")

    @model_validator(mode="after")
    def _somebody(self) -> TenantGroups:
        if not self.operators and not self.viewers:
            raise impossible(
                Impossible((), "`groups` names nobody", "Put the team's group under operators or viewers.")
            )
        return self


class TenantQuota(Part):
    """The most that may run in the tenant's namespace at once."""

    cpu: int = Field(gt=0, description="Cores.")
    memory: Quantity
    gpu: int = Field(ge=0, description="GPUs, for jobs of the tenant's own.")


class TenantBudget(Part):
    """The most that the tenant may spend on models."""

    usd_per_month: int = Field(gt=0)
    tokens_per_day: int = Field(gt=0)


class Tenant(Declaration):
    """A team. Its agents run privately in tenant-<name>; models are shared and metered."""

    folder: ClassVar[str] = "apps/tenants"

    groups: TenantGroups
    quota: TenantQuota
    models: tuple[Name, ...] = Field(description="Models that it may call.")
    agents: tuple[Name, ...] = Field(default=(), description="Agents of which it has a private instance.")
    budget: TenantBudget

    @property
    def namespace(self) -> str:
        """The tenant's namespace in every cluster that carries it."""
        return f"tenant-{self.name}"
