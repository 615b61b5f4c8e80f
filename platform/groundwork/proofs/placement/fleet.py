"""Where pods go: a run of Karpenter's scheduler over the pools of a cluster, from nothing.

After scheduler.go and queue.go in pkg/controllers/provisioning/scheduling of sigs.k8s.io/karpenter v1.14.1 (read 2026-11-21).
Pods are placed the largest first, on machines about to be bought and then on new ones, pool by pool; wishes are given up while
nothing fits. Nothing is ever short, and reservations never run out.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from groundwork.catalog.instances import InstanceType
from groundwork.proofs.fields import mapping, text
from groundwork.proofs.placement.claims import Claim, Miss
from groundwork.proofs.placement.machines import Market
from groundwork.proofs.placement.node_class import NodeClass
from groundwork.proofs.placement.pod import Pod
from groundwork.proofs.placement.pools import Pool, node_group, node_pool, restricted
from groundwork.proofs.placement.taints import Taint
from groundwork.proofs.placement.topology import Topology
from groundwork.proofs.resources import Amounts

__all__ = ["Fleet", "Verdict"]

_NODE_POOL = "karpenter.sh/nodepool"
_NODES = "nodes"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Where a pod goes: to a machine of `pool`, any of `machines` (cheapest first). Or nowhere, and why: nearest miss first.

    `node` tells machines apart: pods of one verdict with the same number share one. `capacity_types` are the ways to pay for it.
    """

    pod: Pod
    pool: Pool | None = None
    machines: Sequence[InstanceType] = ()
    zones: Sequence[str] = ()
    capacity_types: Sequence[str] = ()
    node: int | None = None
    misses: Sequence[Miss] = ()


@dataclass(frozen=True)
class Fleet:
    """The pools of a cluster, in the order in which they are tried, and the labels of its namespaces."""

    pools: tuple[Pool, ...]
    namespaces: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        market: Market,
        pools: Iterable[Mapping[str, Any]],
        classes: Iterable[Mapping[str, Any]] = (),
        overlays: Sequence[Mapping[str, Any]] = (),
        groups: Iterable[Mapping[str, Any]] = (),
        daemons: Sequence[Pod] = (),
        namespaces: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Fleet:
        """From bodies of NodePools, their node classes, NodeOverlays and eksctl's managed node groups.

        What is there already comes first, then the pools by weight; of equal ones the last by name.
        """
        kinds = {(text(one, "kind"), text(one, "metadata", "name")): NodeClass.of(one) for one in classes}
        there = [node_group(one, market=market) for one in groups]
        bought = [
            node_pool(
                one, kind=kinds.get(_class(one)) or NodeClass.plain(_class(one)[0]), market=market, overlays=overlays
            )
            for one in pools
        ]
        bought.sort(key=lambda one: (one.weight, one.name), reverse=True)
        return cls(tuple(one.with_daemons(daemons) for one in (*there, *bought)), namespaces or {})

    def place(self, pod: Pod) -> Verdict:
        """Where a pod goes that is alone."""
        return self.place_all([pod])[0]

    def place_all(self, pods: Sequence[Pod], *, limited: bool = True) -> list[Verdict]:
        """Where pods go that come at once, in their order: Karpenter's first word. Without the pools' limits unless `limited`."""
        return _Run(self, pods, limited=limited).verdicts(rounds=1)

    def settle(self, pods: Sequence[Pod], *, limited: bool = True) -> list[Verdict]:
        """The same in the end: what found no place at first is tried again once the others' machines are there."""
        return _Run(self, pods, limited=limited).verdicts(rounds=len(pods))

    def bought(self, name: str) -> Pool:
        """The NodePool of that name, which a node group may share."""
        return next(one for one in self.pools if one.name == name and not one.fixed)

    def takers(self, pod: Pod) -> list[Pool]:
        """All pools that would take a pod that is alone, by preference."""
        return [one for one in self.pools if not _unfit(one, pod) and Fleet((one,), self.namespaces).place(pod).pool]

    def domains(self, label: str) -> Mapping[str, tuple[tuple[Taint, ...], ...]]:
        """The values of a label that machines can have, each with the taints of the pools that have it."""
        if label not in self._domains:
            self._domains[label] = self._values(label)
        return self._domains[label]

    @functools.cached_property
    def _domains(self) -> dict[str, Mapping[str, tuple[tuple[Taint, ...], ...]]]:
        return {}

    def _values(self, label: str) -> Mapping[str, tuple[tuple[Taint, ...], ...]]:
        found: dict[str, list[tuple[Taint, ...]]] = {}
        for pool in self.pools:
            for value in pool.domains(label):
                found.setdefault(value, []).append(pool.taints)
        return {value: tuple(tainted) for value, tainted in found.items()}

    @functools.cached_property
    def prefers(self) -> bool:
        """Whether some taint only asks."""
        return any(taint.effect == "PreferNoSchedule" for pool in self.pools for taint in pool.taints)


class _Run:
    """One run of the scheduler over a batch of pods."""

    def __init__(self, fleet: Fleet, pods: Sequence[Pod], *, limited: bool) -> None:
        self._fleet = fleet
        self._pods = pods
        self._claims: list[Claim] = []
        # By identity: a node group may be called like a pool.
        self._remaining: dict[int, Amounts] = {id(one): one.limits for one in fleet.pools if limited or one.fixed}
        self._placed: dict[int, Claim] = {}
        self._missed: dict[int, list[Miss]] = {}

    def verdicts(self, *, rounds: int) -> list[Verdict]:
        """After so many rounds at most, as long as each places somebody."""
        waiting = sorted(range(len(self._pods)), key=self._largest_first)
        self._look_around(waiting)
        for last in reversed(range(rounds)):
            left = self._round(waiting)
            if last == 0 or len(left) in (0, len(waiting)):
                break
            waiting = left
            self._settle(waiting)
        return [self._verdict(at) for at in range(len(self._pods))]

    def _look_around(self, waiting: Iterable[int]) -> None:
        """Take up the wishes of pods that wait, and where the others are."""
        self._topology = Topology(self._fleet.domains, self._fleet.namespaces)
        for at in (*waiting, *self._placed):
            self._topology.update(at, self._pods[at])
        for at, claim in self._placed.items():
            self._topology.record(at, self._pods[at], claim.pool.taints, claim.requirements)

    def _round(self, pods: Sequence[int]) -> list[int]:
        """Place what can be placed at once; what is left may find its place once machines are there."""
        waiting = deque(pods)
        seen: dict[int, int] = {}
        # As long as a turn places one, the next may place others: those that look for it.
        while waiting and seen.get(waiting[0]) != len(waiting):
            at = waiting.popleft()
            missed = self._try(at)
            if missed:
                self._missed[at] = missed
                self._topology.update(at, self._pods[at])
                waiting.append(at)
                seen[at] = len(waiting)
        return list(waiting)

    def _settle(self, waiting: Iterable[int]) -> None:
        """Let the machines come: each is then of one type, in one zone, and counts as what it is."""
        for claim in self._claims:
            claim.settle()
        self._remaining = {
            id(pool): {name: amount - self._used(pool, name) for name, amount in pool.limits.items()}
            for pool in self._fleet.pools
            if id(pool) in self._remaining
        }
        self._look_around(waiting)

    def _used(self, pool: Pool, resource: str) -> int:
        return sum(_counted(pool, resource, one.types) for one in self._claims if one.pool is pool)

    def _largest_first(self, at: int) -> tuple[int, int, int]:
        requests = self._pods[at].requests
        return -requests.get("cpu", 0), -requests.get("memory", 0), at

    def _try(self, at: int) -> list[Miss]:
        """Place a pod, giving up its wishes one by one; the misses of the last try where there is no place."""
        pod: Pod | None = self._pods[at]
        missed: list[Miss] = []
        while pod is not None:
            missed = self._add(at, pod)
            if not missed:
                return []
            pod = pod.relaxed(preferring=self._fleet.prefers)
            if pod is not None:
                self._topology.update(at, pod)
        return missed

    def _add(self, at: int, pod: Pod) -> list[Miss]:
        """Place a pod on what is there, on what is about to be bought, or on something new."""
        self._claims.sort(key=lambda one: len(one.pods))
        missed: list[Miss] = []
        for fixed in (True, False):
            for claim in self._claims:
                if claim.pool.fixed is fixed and claim.take(at, pod, self._topology) is None:
                    self._placed[at] = claim
                    return []
            for pool in self._fleet.pools:
                if pool.fixed is fixed:
                    miss = _unfit(pool, pod) or self._buy_from(pool, at, pod)
                    if miss is None:
                        return []
                    missed.append(miss)
        return missed or [Miss(pool="", reason="pool", problem="no dynamic nodepools found")]

    def _buy_from(self, pool: Pool, at: int, pod: Pod) -> Miss | None:
        types, limits = pool.options, self._remaining.get(id(pool), {})
        if limits.get(_NODES, 1) <= 0:
            return Miss(pool=pool.name, reason="limits", problem="node limits have been exhausted for nodepool")
        claim = Claim.new(pool, f"node-{len(self._claims) + 1:04d}", types)
        claim.types &= pool.capacity.at_most({name: amount for name, amount in limits.items() if name != _NODES})
        miss = claim.take(at, pod, self._topology) if claim.types else _exceeding(pool)
        if miss is not None and claim.types != types:
            # What it would fail at without limits is what its author has to know first.
            unlimited = Claim.new(pool, claim.hostname, types).fit(at, pod, self._topology)
            return unlimited if isinstance(unlimited, Miss) else replace(miss, reason="limits")
        if miss is None:
            self._placed[at] = claim
            self._claims.append(claim)
            # It may turn out to be the largest of them. Karpenter counts machines only once they are there.
            self._remaining[id(pool)] = {
                name: amount - (_counted(pool, name, claim.types) if pool.fixed or name != _NODES else 0)
                for name, amount in limits.items()
            }
        return miss

    def _verdict(self, at: int) -> Verdict:
        claim = self._placed.get(at)
        if claim is None:
            misses = sorted(self._missed.get(at, []), key=lambda one: one.distance)
            return Verdict(pod=self._pods[at], misses=misses)
        return Verdict(
            pod=self._pods[at],
            pool=claim.pool,
            machines=claim.pool.types(claim.types),
            zones=claim.pool.zones(claim.requirements),
            capacity_types=claim.pool.capacity_types(claim.requirements),
            node=int(claim.hostname.removeprefix("node-")),
        )


def _exceeding(pool: Pool) -> Miss:
    problem = "all available instance types exceed limits for nodepool"
    return Miss(pool=pool.name, reason="limits", problem=problem)


def _counted(pool: Pool, resource: str, types: int) -> int:
    """What a machine of some types may count against a limit."""
    return 1000 if resource == _NODES else pool.capacity.largest(resource, types)


def _unfit(pool: Pool, pod: Pod) -> Miss | None:
    """What is wrong with the pool itself, or with the pod before any pool is asked."""
    if not pool.options:
        problem = pool.invalid or "nodepool requirements filtered out all available instance types"
        return Miss(pool=pool.name, reason="pool", problem=problem)
    if pool.fixed:
        return None
    nodes = pod.requirements.get(_NODE_POOL)
    if nodes is not None and nodes.operator == "DoesNotExist":
        return Miss(
            pool=pool.name, reason="requirements", problem="configured to not run on a Karpenter provisioned node"
        )
    if pod.fields:
        return Miss(
            pool=pool.name, reason="requirements", problem="node selector term with matchFields is not supported"
        )
    for asked in (pod.selector, *pod.terms):
        problem = restricted(asked, pool.domain, pool.known)
        if problem:
            return Miss(pool=pool.name, reason="requirements", problem=problem)
    return None


def _class(pool: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and name of a pool's node class."""
    reference = mapping(pool, "spec", "template", "spec", "nodeClassRef")
    return text(reference, "kind"), text(reference, "name")
