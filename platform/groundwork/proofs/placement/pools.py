"""Who buys machines: NodePools as Karpenter's scheduler sees them, and node groups that are there already.

After nodeclaimtemplate.go and scheduler.go in pkg/controllers/provisioning/scheduling of sigs.k8s.io/karpenter v1.14.1 (read
2026-11-21).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from groundwork.catalog.instances import InstanceType
from groundwork.proofs import resources
from groundwork.proofs.fields import mapping, number, text, texts
from groundwork.proofs.placement.machines import (
    ARCH,
    CAPACITY_TYPE,
    INSTANCE_TYPE,
    ZONE,
    Amounting,
    Labels,
    Market,
    matching,
    members,
    well_known,
)
from groundwork.proofs.placement.node_class import NodeClass
from groundwork.proofs.placement.overlays import Overlaid
from groundwork.proofs.placement.pod import HostPort, Pod
from groundwork.proofs.placement.requirements import Requirement, Requirements
from groundwork.proofs.placement.taints import Taint, taints, untolerated
from groundwork.proofs.resources import Amounts

__all__ = ["AUTO", "Overhead", "Pool", "node_group", "node_pool", "restricted"]

AUTO = "eks.amazonaws.com"
_SELF_MANAGED = "karpenter.k8s.aws/"
_NODE_POOL = "karpenter.sh/nodepool"
_TEMPLATE = ("spec", "template", "spec")
_PAID = "eks.amazonaws.com/capacityType"
_CAPACITY_TYPES = ("on-demand", "spot", "reserved")


@dataclass(frozen=True)
class Overhead:
    """Types that run the same DaemonSets: what these ask for together, and the ports of the node that they take."""

    types: int
    daemons: tuple[Pod, ...]

    @functools.cached_property
    def requests(self) -> Amounts:
        return resources.added(*(one.requests for one in self.daemons))

    @functools.cached_property
    def ports(self) -> tuple[HostPort, ...]:
        return tuple(port for one in self.daemons for port in one.ports)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Machines of one kind: what they promise, which types they may be, what stands on each.

    `known` are the labels that a pod may ask for though the pool does not speak of them. A `fixed` pool buys nothing: its
    machines are there. `invalid` says why Karpenter would not use the pool at all. `limits` are thousandths.
    """

    name: str
    domain: str
    weight: int = 0
    requirements: Requirements
    taints: tuple[Taint, ...] = ()
    limits: Amounts
    known: frozenset[str]
    fixed: bool = False
    invalid: str = ""
    market: Market
    labels: Mapping[str, Labels]
    kind: NodeClass
    overlaid: Overlaid
    overheads: tuple[Overhead, ...] = ()

    @functools.cached_property
    def options(self) -> int:
        """The types that its own requirements leave."""
        if self.invalid:
            return 0
        every = self.matching(self.requirements, self.market.sold) & self.offered(self.requirements)
        return every if self.flexible_enough(self.requirements, every) else 0

    @functools.cached_property
    def room(self) -> Amounting:
        """What pods can have of each option, before DaemonSets."""
        return Amounting(self._amounts(self.kind.allocatable))

    @functools.cached_property
    def capacity(self) -> Amounting:
        """What each option counts against limits."""
        return Amounting(self._amounts(self.kind.capacity))

    def with_daemons(self, daemons: Iterable[Pod]) -> Pool:
        """The same, with the DaemonSets that its machines run."""
        groups = [(self.options, list[Pod]())]
        for one in daemons:
            running = self._runs(one)
            groups = [
                (mask, [*pods, one] if here else pods)
                for types, pods in groups
                for mask, here in ((types & running, True), (types & ~running, False))
                if mask
            ]
        return replace(self, overheads=tuple(Overhead(types, tuple(pods)) for types, pods in groups if types))

    def matching(self, requirements: Requirements, among: int) -> int:
        """The types of a set whose labels contradict nothing."""
        return among & matching(self.labels, requirements.values(), self.domain, self.market.shelf.everything)

    def offered(self, requirements: Requirements) -> int:
        """The types that are sold under such requirements: in some zone, on demand, as spot or from a reservation."""
        if not self.zones(requirements):
            return 0
        if self.fixed:
            return self.market.shelf.everything
        found, reserved = 0, requirements.get(f"{self.domain}/capacity-reservation-id")
        for capacity_type in self.capacity_types(requirements):
            if capacity_type == "reserved" or reserved is None or reserved.lenient:
                found |= self.labels[CAPACITY_TYPE][0][capacity_type]
        return found

    def zones(self, requirements: Requirements) -> list[str]:
        """The zones that the requirements leave."""
        wanted = requirements.get(ZONE)
        return [one for one in self.market.zones if wanted is None or wanted.allows(one)]

    def capacity_types(self, requirements: Requirements) -> list[str]:
        """How a machine may be paid, of what the requirements leave."""
        if self.fixed:
            return ["spot" if self.requirements[_PAID].allows("SPOT") else "on-demand"]
        wanted = requirements.get(CAPACITY_TYPE)
        return [one for one in _CAPACITY_TYPES if wanted is None or wanted.allows(one)]

    def flexible_enough(self, requirements: Requirements, among: int) -> bool:
        """Whether as many values remain as the requirements' minValues ask for."""
        for one in requirements.flexible():
            values, _ = self.labels.get(one.key.removeprefix(f"{self.domain}/"), ({}, 0))
            if sum(bool(holders & among) for holders in values.values()) < (one.min_values or 0):
                return False
        return True

    def types(self, among: int) -> list[InstanceType]:
        """The types of a set, cheapest first."""
        return [one for bit, one in self._by_price if among & bit]

    def cheapest(self, among: int) -> int:
        """The one type of a set that costs least, as a set."""
        return next((bit for bit, _ in self._by_price if among & bit), 0)

    def domains(self, label: str) -> list[str]:
        """The values of a label that its machines can have."""
        own = self.requirements.get(label) or Requirement.of(label, "Exists")
        values, _ = self.labels.get(label.removeprefix(f"{self.domain}/"), ({}, 0))
        found = [value for value, holders in values.items() if holders & self.market.sold and own.allows(value)]
        return found if own.excludes else sorted({*found, *own.values})

    @functools.cached_property
    def _by_price(self) -> list[tuple[int, InstanceType]]:
        found = [(1 << at, self.market.shelf.types[at]) for at in members(self.options)]
        return sorted(found, key=lambda one: (self.overlaid.price(one[1]), one[1].name))

    def every(self, requirements: Requirements) -> bool:
        """Whether all its machines meet them."""
        return self.matching(requirements, self.options) == self.options and not self.requirements.refusal(
            requirements, self.known
        )

    def chooses(self, daemon: Pod) -> int:
        """The options that a DaemonSet's labels choose. It has no wishes, and its terms are alternatives."""
        found = 0
        for term in daemon.terms or (Requirements(),):
            demands = daemon.selector.adding(term.values())
            if not self.requirements.refusal(demands, self.known):
                found |= self.matching(demands, self.options)
        return found

    def _runs(self, daemon: Pod) -> int:
        """The options that run a DaemonSet's pod, which minds no taint that only asks."""
        minding = (daemon.unminding() or daemon).tolerations
        return 0 if untolerated(self.taints, minding) else self.chooses(daemon)

    def _amounts(self, of: Callable[[InstanceType], Amounts]) -> dict[int, Amounts]:
        types = self.market.shelf.types
        found = {at: {**of(types[at]), **self.overlaid.capacity(types[at])} for at in members(self.options)}
        # What has less than nothing of something, because more is kept from it than there is, holds no pod at all.
        return {at: amounts for at, amounts in found.items() if min(amounts.values()) >= 0}


def node_pool(
    body: Mapping[str, Any], *, kind: NodeClass, market: Market, overlays: Sequence[Mapping[str, Any]] = ()
) -> Pool:
    """A NodePool with the machines that it may buy in a market."""
    name = text(body, "metadata", "name")
    reference = mapping(body, *_TEMPLATE, "nodeClassRef")
    domain = text(reference, "group") or "karpenter.k8s.aws"
    own = {
        **mapping(body, "spec", "template", "metadata", "labels"),
        _NODE_POOL: name,
        f"{domain}/{text(reference, 'kind').lower()}": text(reference, "name"),
        # A DaemonSet may wait for these; every node of Karpenter gets them.
        "karpenter.sh/registered": "true",
        "karpenter.sh/initialized": "true",
    }
    requirements = Requirements.of_expressions(body, *_TEMPLATE, "requirements")
    known = well_known(domain) | ({f"{AUTO}/compute-type"} if domain == AUTO else set())
    labels = {**market.shelf.labels, **market.labels(market.sold if kind.reserves else 0)}
    if domain == AUTO:
        labels["compute-type"] = ({"auto": market.shelf.everything}, 0)
    return Pool(
        name=name,
        domain=domain,
        weight=number(body, "spec", "weight") or 0,
        requirements=requirements.adding(Requirements.of_labels(own).values()),
        taints=taints(body, *_TEMPLATE, "taints"),
        limits=resources.read(mapping(body, "spec", "limits")),
        known=known,
        invalid=_invalid(body, requirements, domain, known),
        market=market,
        labels=labels,
        kind=kind,
        overlaid=Overlaid.of(overlays, pool=Requirements.of_labels(own), market=market, labels=labels, domain=domain),
    )


def _invalid(body: Mapping[str, Any], requirements: Requirements, domain: str, known: frozenset[str]) -> str:
    """Why Karpenter does not take a pool that the API server took, in its words."""
    given = Requirements.of_labels(mapping(body, "spec", "template", "metadata", "labels"))
    problem = restricted(requirements, domain, known) or restricted(given, domain, known)
    if problem or _NODE_POOL in requirements or _NODE_POOL in given:
        return problem or f'invalid key: "{_NODE_POOL}" in requirements, restricted'
    foreign = next((key for key in requirements if domain == AUTO and key.startswith(_SELF_MANAGED)), None)
    if foreign:
        return f'label "{foreign}" is on no machine of Auto Mode, whose labels begin with {AUTO}/'
    every = [*taints(body, *_TEMPLATE, "taints"), *taints(body, *_TEMPLATE, "startupTaints")]
    twice = next((one for at, one in enumerate(every) for other in every[:at] if one.like(other)), None)
    return f"duplicate taint Key/Effect pair {twice.key}={twice.effect}" if twice else ""


def restricted(requirements: Requirements, domain: str, known: frozenset[str]) -> str:
    """A label of Karpenter's own that it does not know, in its words; empty where there is none."""
    for key, one in requirements.items():
        of = key.partition("/")[0] if "/" in key else ""
        own = any(of == other or of.endswith(f".{other}") for other in ("karpenter.sh", domain))
        if key not in known and (own or key == "kubernetes.io/hostname"):
            return (
                f"using label {key} is not allowed as it might interfere with the internal provisioning logic; specify a well "
                "known label, or a custom label that does not use a restricted domain"
            )
        if key == CAPACITY_TYPE and one.operator == "In" and not one.values & set(_CAPACITY_TYPES):
            return f"no valid values found in [{' '.join(sorted(one.values))}] for {key}, expected one of: {_CAPACITY_TYPES}"
    return ""


def node_group(body: Mapping[str, Any], *, market: Market) -> Pool:
    """A managed node group of eksctl: machines that are there, as many as it is told to have, and no more."""
    name = text(body, "name")
    types = [value for _, value in texts(body, "instanceTypes")] or [text(body, "instanceType")]
    found = [one for one in market.shelf.types if one.name in types]
    own = {
        **mapping(body, "labels"),
        "eks.amazonaws.com/nodegroup": name,
        "alpha.eksctl.io/nodegroup-name": name,
        "kubernetes.io/os": "linux",
        _PAID: "SPOT" if body.get("spot") else "ON_DEMAND",
    }
    zones = [value for _, value in texts(body, "availabilityZones")] or market.zones
    requirements = Requirements.of_labels(own).adding(
        [
            Requirement.of(INSTANCE_TYPE, "In", types),
            Requirement.of(ARCH, "In", {one.arch for one in found}),
            Requirement.of(ZONE, "In", zones),
            Requirement.of("topology.kubernetes.io/region", "In", [market.region]),
        ]
    )
    size = number(body, "desiredCapacity")
    size = number(body, "minSize") if size is None else size
    volume = number(body, "volumeSize")
    return Pool(
        name=name,
        domain="",
        requirements=requirements,
        taints=taints(body, "taints"),
        limits={"nodes": (2 if size is None else size) * 1000},
        known=frozenset(),
        fixed=True,
        market=market,
        labels={**market.shelf.labels, **market.labels()},
        kind=NodeClass(disk=(80 if volume is None else volume) * 1024**3 * 1000),
        overlaid=Overlaid.none(),
    )
