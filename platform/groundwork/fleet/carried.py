"""What a cluster carries: everything named exists, fits what it is combined with, and is there for what needs it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import combinations

from pydantic import ValidationError

from groundwork.catalog.accelerators import accelerator
from groundwork.catalog.regions import regions
from groundwork.findings import Finding
from groundwork.fleet.agent import Agent
from groundwork.fleet.cluster import Cluster
from groundwork.fleet.declared import Declared, Entry
from groundwork.fleet.explain import did_you_mean, explain
from groundwork.fleet.model import Model
from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.references import adapters, listed
from groundwork.fleet.site import overridden
from groundwork.fleet.source import Pointer
from groundwork.fleet.tenant import Tenant

__all__ = ["check"]

_WHY_NETWORK = "Two networks of one range can never be joined, and addresses in policies and logs mean two things."
_WHY_QUOTA = "AWS grants a quota to an account in a region, and all clusters there share it."


def check(declared: Declared) -> Iterator[Finding]:
    """Everything that is wrong with what clusters carry, and between clusters."""
    for entry in declared.entries(Cluster).values():
        yield from _Carried(declared, entry).findings()
    for one, other in combinations(declared.entries(Cluster).values(), 2):
        if (one.thing.account, one.thing.region) == (other.thing.account, other.thing.region):
            yield from _neighbours(one, other)


def _neighbours(one: Entry[Cluster], other: Entry[Cluster]) -> Iterator[Finding]:
    """Two clusters of one account and region: a range each, and the same quotas for both."""
    first, second = one.thing, other.thing
    if ipaddress.IPv4Network(first.network.cidr).overlaps(ipaddress.IPv4Network(second.network.cidr)):
        problem = f"`network.cidr`: {second.network.cidr} overlaps {first.network.cidr} of {first.name}"
        fix = "Give each cluster of an account and region a range of its own."
        yield other.conflict(("network", "cidr"), problem, fix, why=_WHY_NETWORK)
    for name in first.quotas.keys() & second.quotas.keys():
        if first.quotas[name] != second.quotas[name]:
            problem = f"`quotas.{name}` is {second.quotas[name]}, and {first.quotas[name]} for {first.name}"
            fix = "Say the same in both, or in one of them."
            yield other.conflict(("quotas", name), problem, fix, why=_WHY_QUOTA)


class _Carried:
    """The checks of one cluster."""

    def __init__(self, declared: Declared, entry: Entry[Cluster]) -> None:
        self.declared = declared
        self.entry = entry
        self.cluster = entry.thing
        self.agents = declared.entries(Agent)
        self.tenants = declared.entries(Tenant)

    def findings(self) -> Iterator[Finding]:
        yield from self._names()
        yield from self._models()
        yield from self._adapters()
        yield from self._jobs()
        yield from self._agents()
        for index, name in enumerate(self.cluster.tenants):
            if name in self.tenants:
                yield from self._tenant(("tenants", index), self.tenants[name].thing)
        pipelines = self.declared.entries(Pipeline)
        for index, name in enumerate(self.cluster.pipelines):
            for role in pipelines[name].thing.models if name in pipelines else ():
                yield from self._role(("pipelines", index), role, f"pipeline '{name}'")

    def _names(self) -> Iterator[Finding]:
        cluster, missing = self.cluster, self.declared.missing
        yield from missing(self.entry, "model", ((name, ("models", name)) for name in cluster.models))
        yield from missing(self.entry, "agent", listed("agents", cluster.agents))
        yield from missing(self.entry, "tenant", listed("tenants", cluster.tenants))
        yield from missing(self.entry, "pipeline", listed("pipelines", cluster.pipelines))
        for role, model in cluster.roles.items():
            if model not in {**cluster.models, **cluster.bedrock}:
                hint = did_you_mean(model, {**cluster.models, **cluster.bedrock})
                problem = f"`roles.{role}`: {cluster.name} does not carry a model '{model}'{hint}"
                fix = "Add it under `models`, or let another model fill the role."
                yield self.entry.unresolved(("roles", role), problem, fix)

    def _models(self) -> Iterator[Finding]:
        models = self.declared.entries(Model)
        region = regions()[self.cluster.region]
        for name, different in self.cluster.models.items():
            if name not in models:
                continue
            pointer: Pointer = ("models", name)
            try:
                model = overridden(models[name].thing, different)
            except ValidationError as error:
                body = models[name].thing.model_dump(by_alias=True)
                yield from explain(error, Model, self.entry.document, body=body, base=pointer)
                continue
            if model.hardware.slice and self.cluster.nodes == "auto":
                problem = f"`models.{name}`: EKS Auto Mode does not divide GPUs, and the model takes a slice"
                fix = "Name other `hardware` here, or use `nodes: karpenter`."
                yield self.entry.conflict(pointer, problem, fix, key=True)
            if model.hardware.accelerated and not region.offers(model.hardware.device):
                problem = f"`models.{name}`: {model.hardware.accelerator} is not offered in {region.name}"
                fix = f"Choose other `hardware` here. Offered there: {', '.join(sorted(region.accelerators))}."
                at = (*pointer, "hardware") if different.hardware else pointer
                yield self.entry.conflict(at, problem, fix, key=True)
            yield from self._canary(name, model)

    def _canary(self, name: str, model: Model) -> Iterator[Finding]:
        """A version on trial answers what the model is asked: it must be there, awake, and able to."""
        canary = self.cluster.models[name].canary
        models = self.declared.entries(Model)
        if canary is None:
            return
        at, what = ("models", name, "canary", "model"), f"`models.{name}.canary`"
        if canary.model not in self.cluster.models:
            hint = did_you_mean(canary.model, self.cluster.models)
            problem = f"{what}: {self.cluster.name} does not carry a model '{canary.model}'{hint}"
            yield self.entry.unresolved(
                at, problem, "Add it under `models`: a canary is served under its own name too."
            )
        elif canary.model == name or self.cluster.models[canary.model].canary:
            problem = f"{what}: '{canary.model}' is {'the model itself' if canary.model == name else 'on trial itself'}"
            yield self.entry.conflict(at, problem, "Name the version that is to replace this one.")
        elif canary.model in models:
            try:
                new = overridden(models[canary.model].thing, self.cluster.models[canary.model])
            except ValidationError:
                return
            for problem, fix in _shortcomings(model, new):
                yield self.entry.conflict(at, f"{what}: {problem}", fix)

    def _adapted(self) -> Iterator[tuple[str, str]]:
        """Each adapter that is carried here, with its model."""
        models = self.declared.of(Model)
        for name, different in self.cluster.models.items():
            declared = models[name].adapters if name in models else ()
            for adapter in declared if different.adapters is None else different.adapters:
                yield adapter.name, name

    def _adapters(self) -> Iterator[Finding]:
        """One gateway offers all names: none may mean two things."""
        cluster, seen = self.cluster, dict[str, str]()
        for adapter, model in self._adapted():
            taken = {
                **dict.fromkeys(cluster.roles, "a role"),
                **dict.fromkeys({**cluster.models, **cluster.bedrock}, "a model"),
            }
            other = taken.get(adapter) or (f"an adapter of '{seen[adapter]}'" if adapter in seen else None)
            if other:
                problem = f"`models.{model}`: its adapter '{adapter}' has the name of {other}"
                yield self.entry.conflict(("models", model), problem, "Give the adapter another name.", key=True)
            seen[adapter] = model

    def _jobs(self) -> Iterator[Finding]:
        jobs, region = self.cluster.jobs, regions()[self.cluster.region]
        if jobs is None:
            return
        if not region.offers(accelerator(jobs.gpu)):
            problem = f"`jobs.gpu`: {jobs.gpu} is not offered in {region.name}"
            fix = f"Choose another. Offered there: {', '.join(sorted(region.accelerators))}."
            yield self.entry.conflict(("jobs", "gpu"), problem, fix)
        promised = {name: self.tenants[name].thing.quota.gpu for name in self.cluster.tenants if name in self.tenants}
        if sum(promised.values()) > jobs.count:
            shares = ", ".join(f"{name} {gpus}" for name, gpus in promised.items() if gpus)
            problem = f"`jobs.count` is {jobs.count}, but tenants are promised {sum(promised.values())} GPUs ({shares})"
            yield self.entry.conflict(("jobs", "count"), problem, "Raise it, or lower a tenant's `quota.gpu`.")

    def _agents(self) -> Iterator[Finding]:
        different = self.cluster.agent_overrides
        for name, pointer in listed("agents", self.cluster.agents):
            if name not in self.agents:
                continue
            agent = self.agents[name].thing
            role = different[name].model or agent.model
            place = (*pointer, "model") if different[name].model else pointer
            yield from self._role(place, role, f"agent '{name}'")
            yield from self._at_home(place, role, f"agent '{name}'")
            yield from self._delegates(pointer, agent, set(different), "")

    def _tenant(self, pointer: Pointer, tenant: Tenant) -> Iterator[Finding]:
        carried = {*self.cluster.models, *(adapter for adapter, _ in self._adapted())}
        known = self.declared.names["model"] | adapters(self.declared)
        for model in tenant.models:
            if model in known and model not in carried:
                problem = (
                    f"tenant '{tenant.name}' may call the model '{model}', which {self.cluster.name} does not carry"
                )
                yield self.entry.conflict(pointer, problem, "Add it under `models`, or take it from the tenant.")
        for name in tenant.agents:
            if name not in self.agents:
                continue
            agent = self.agents[name].thing
            who = f"agent '{name}' of tenant '{tenant.name}'"
            yield from self._role(pointer, agent.model, who)
            yield from self._at_home(pointer, agent.model, who)
            present = {*self.cluster.agent_overrides, *tenant.agents}
            yield from self._delegates(pointer, agent, present, f" of tenant '{tenant.name}'")
            filled = self.cluster.roles.get(agent.model)
            if filled in self.cluster.models and filled not in tenant.models:
                problem = f"{who} thinks with '{filled}' here (role {agent.model}), which the tenant may not call"
                fix = f"Add {filled} to `models` of the tenant, or give the role to another model."
                yield self.entry.conflict(pointer, problem, fix)

    def _role(self, pointer: Pointer, role: str, who: str) -> Iterator[Finding]:
        if role not in self.cluster.roles:
            problem = f"{who} needs the role '{role}', which no model fills in {self.cluster.name}"
            hint = did_you_mean(role, self.cluster.roles)
            yield self.entry.unresolved(pointer, problem + hint, f"Add `{role}: <model>` under `roles`.")

    def _at_home(self, pointer: Pointer, role: str, who: str) -> Iterator[Finding]:
        filled = self.cluster.roles.get(role)
        if filled in self.cluster.bedrock:
            problem = f"{who} needs the role '{role}', which Bedrock's '{filled}' fills in {self.cluster.name}"
            yield self.entry.conflict(
                pointer, problem, "Give the role to a model under `models`; Bedrock's models are for pipelines."
            )

    def _delegates(self, pointer: Pointer, agent: Agent, present: set[str], whose: str) -> Iterator[Finding]:
        for name in agent.delegates_to:
            if name in self.declared.names["agent"] and name not in present:
                problem = f"agent '{agent.name}'{whose} delegates to '{name}', which {self.cluster.name} does not carry"
                yield self.entry.conflict(pointer, problem, f"Add {name} under `agents`.")


def _shortcomings(model: Model, new: Model) -> Iterator[tuple[str, str]]:
    """Why one model cannot answer in another's place, and what to do."""
    if model.embeds or new.embeds:
        yield "vectors of two models cannot be compared", "Embed everything anew under the new model's own name."
        return
    if new.context < model.context:
        problem = f"{new.name} takes {new.context} tokens, {model.name} {model.context}"
        yield problem, f"Raise its `context`: callers may send {model.name} as much as it takes."
    if model.images > new.images:
        yield (
            f"{new.name} takes {new.images} images, {model.name} {model.images}",
            "Raise its `images`, or try another.",
        )
    if model.calls_tools and not new.calls_tools:
        yield f"{new.name} calls no tools, {model.name} does", "Declare its `toolCalls`, or try another."
    if not new.replicas.min:
        yield (
            f"{new.name} may sleep",
            "Give it `replicas.min: 1`: nobody asks for it by its own name, so nobody would wake it.",
        )
