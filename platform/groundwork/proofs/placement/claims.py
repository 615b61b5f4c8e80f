"""A machine that is about to be bought: which pods it takes, and which types it may still be.

After nodeclaim.go in pkg/controllers/provisioning/scheduling of sigs.k8s.io/karpenter v1.14.1 (read 2026-11-21), whose words a
miss is told in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from groundwork.catalog.quantities import cpu_text, memory_text
from groundwork.proofs import resources
from groundwork.proofs.placement.machines import HOSTNAME, ZONE
from groundwork.proofs.placement.pod import HostPort, Pod
from groundwork.proofs.placement.pools import Pool
from groundwork.proofs.placement.requirements import Requirement, Requirements
from groundwork.proofs.placement.taints import untolerated
from groundwork.proofs.placement.topology import Topology, Unsatisfied
from groundwork.proofs.resources import Amounts

__all__ = ["Claim", "Miss", "Reason", "amount_text"]

# What a pod fails at, in the order in which Karpenter looks: the later, the nearer it came.
Reason = Literal["pool", "taint", "requirements", "volumes", "topology", "limits", "machines"]
_ORDER: tuple[Reason, ...] = ("pool", "taint", "requirements", "volumes", "topology", "limits", "machines")


@dataclass(frozen=True, kw_only=True)
class Miss:
    """Why a pool does not take a pod, in Karpenter's words.

    `short` holds, of each resource of which the fitting types have too little, what the largest leaves to pods (thousandths).
    `far` tells misses for the same reason apart: smaller is nearer.
    """

    pool: str
    reason: Reason
    problem: str
    short: Mapping[str, int] = field(default_factory=dict)
    far: int = 0

    @property
    def distance(self) -> tuple[int, int, int]:
        """Smaller is nearer."""
        return -_ORDER.index(self.reason), len(self.short), self.far

    def __str__(self) -> str:
        return f"{self.pool}: {self.problem}"


@dataclass(frozen=True)
class _Fit:
    """A claim as it will be once it has taken a pod."""

    requirements: Requirements
    types: int


@dataclass
class Claim:
    """A machine of a pool that is about to be bought."""

    pool: Pool
    hostname: str
    requirements: Requirements
    types: int
    requests: Amounts = field(default_factory=dict)
    ports: list[HostPort] = field(default_factory=list)
    pods: list[int] = field(default_factory=list)

    @classmethod
    def new(cls, pool: Pool, hostname: str, types: int) -> Claim:
        """An empty machine, of one of the types."""
        named = pool.requirements.adding([Requirement.of(HOSTNAME, "In", [hostname])])
        return cls(pool, hostname, named, types)

    def take(self, at: int, pod: Pod, topology: Topology) -> Miss | None:
        """Take a pod, or say why not."""
        fit = self.fit(at, pod, topology)
        if isinstance(fit, Miss):
            return fit
        self.pods.append(at)
        self.requirements, self.types = fit.requirements, fit.types
        self.requests = resources.added(self.requests, pod.requests)
        self.ports.extend(pod.ports)
        topology.record(at, pod, self.pool.taints, self.requirements)
        return None

    def settle(self) -> None:
        """Become the machine that is bought: the cheapest type, in one zone."""
        cheapest = self.pool.cheapest(self.types)
        zone = next(iter(self.pool.zones(self.requirements)), None)
        self.types = cheapest
        if zone is not None:
            self.requirements = self.requirements.adding([Requirement.of(ZONE, "In", [zone])])

    def fit(self, at: int, pod: Pod, topology: Topology) -> _Fit | Miss:
        """What becomes of the machine with one more pod, or why it does not take it."""
        refused = _minded(self.pool, pod)
        if refused:
            return self._miss("taint", refused)
        refused = self.requirements.refusal(pod.requirements, self.pool.known)
        if refused:
            # Nearest is a pool that has such machines, with another value of the same label.
            far = 2 * (not self.pool.room.at_least(pod.requests)) + refused.startswith("label ")
            return replace(self._miss("requirements", f"incompatible requirements, {refused}"), far=far)
        wanted = self.requirements.adding(pod.requirements.values())
        found: _Fit | Miss = self._miss("volumes", "")
        for volumes in pod.volumes or (Requirements(),):
            found = self._with_volumes(at, pod, topology, wanted, volumes)
            if isinstance(found, _Fit):
                return found
        return found

    def _with_volumes(
        self, at: int, pod: Pod, topology: Topology, wanted: Requirements, volumes: Requirements
    ) -> _Fit | Miss:
        refused = wanted.refusal(volumes, self.pool.known)
        if refused:
            return self._miss("volumes", f"incompatible volume requirements, {refused}")
        wanted = wanted.adding(volumes.values())
        narrowed = topology.narrowed(at, pod, self.pool.taints, wanted)
        if isinstance(narrowed, Unsatisfied):
            return self._miss("topology", str(narrowed))
        refused = wanted.refusal(narrowed, self.pool.known)
        if refused:
            return self._miss("topology", refused)
        return self._with_machines(pod, wanted.adding(narrowed.values()))

    def _with_machines(self, pod: Pod, wanted: Requirements) -> _Fit | Miss:
        """The types that are left: by their labels, by what they hold, by how they are sold."""
        total = resources.added(self.requests, pod.requests)
        candidates = fitting = 0
        for group in self.pool.overheads:
            if not pod.conflicts((*group.ports, *self.ports)):
                candidates |= group.types
                fitting |= group.types & self.pool.room.at_least(resources.added(total, group.requests))
        candidates &= self.types
        alike = self.pool.matching(wanted, candidates)
        offered = self.pool.offered(wanted) & candidates
        fitting &= offered
        left = alike & fitting
        if left and self.pool.flexible_enough(wanted, left):
            return _Fit(wanted, left)
        fewest = min(self.pool.overheads, key=lambda one: len(one.daemons))
        told = f"requirements={wanted}, resources={_amounts_text(resources.added(pod.requests, fewest.requests))}"
        if left:
            return self._miss("machines", f"minValues requirement is not met for label(s), {told}")
        short = self._short(total, alike & offered) if alike & offered else {}
        return self._miss("machines", f"{_criteria(alike, fitting, offered)}, {told}", short)

    def _short(self, total: Amounts, among: int) -> Mapping[str, int]:
        """The resources of which no type has enough, with what the largest has for pods."""
        found = {}
        for resource, asked in total.items():
            largest = max(
                self.pool.room.largest(resource, group.types & among) - group.requests.get(resource, 0)
                for group in self.pool.overheads
                if group.types & among
            )
            if asked > largest:
                found[resource] = max(largest, 0)
        return found

    def _miss(self, reason: Reason, problem: str, short: Mapping[str, int] | None = None) -> Miss:
        return Miss(pool=self.pool.name, reason=reason, problem=problem, short=short or {})


def _minded(pool: Pool, pod: Pod) -> str:
    """The taints of a pool that a pod minds, in Karpenter's words."""
    return "; ".join(f"did not tolerate taint (taint={one})" for one in untolerated(pool.taints, pod.tolerations))


def _amounts_text(amounts: Amounts) -> str:
    """Amounts as Karpenter logs them."""
    return "{" + ",".join(f'"{name}":"{amount_text(name, amount)}"' for name, amount in sorted(amounts.items())) + "}"


def amount_text(resource: str, amount: int) -> str:
    """An amount of thousandths as Kubernetes writes quantities of that resource."""
    if resource in ("memory", "ephemeral-storage"):
        return memory_text(Fraction(amount, 1000))
    return cpu_text(Fraction(amount, 1000))


def _criteria(alike: int, fitting: int, offered: int) -> str:
    """Which of the three things no type has, or which no type has together."""
    missing = [
        words
        for words, some in (
            ("met the scheduling requirements", alike),
            ("had enough resources", fitting),
            ("had a required offering", offered),
        )
        if not some
    ]
    if len(missing) > 1:
        return f"no instance type {' or '.join(missing)}"
    if not alike:
        return "no instance type met all requirements"
    if not fitting:
        return "no instance type has enough resources"
    if not offered:
        return "no instance type has the required offering"
    if fitting & offered & ~alike:
        return "no instance type which had enough resources and the required offering met the scheduling requirements"
    return "no instance type which met the scheduling requirements and the required offering had the required resources"
