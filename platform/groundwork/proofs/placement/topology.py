"""What pods want of each other: to be spread, near or apart, counted by the domains (zones, nodes, ...) that they are in.

After topology.go, topologygroup.go, topologynodefilter.go and topologydomaingroup.go in
pkg/controllers/provisioning/scheduling of sigs.k8s.io/karpenter v1.14.1 (read 2026-11-21). Where Karpenter takes any of several
equal domains, the first by name is taken here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from groundwork.proofs.placement.machines import HOSTNAME
from groundwork.proofs.placement.pod import Near, Pod, Spread
from groundwork.proofs.placement.requirements import Requirement, Requirements
from groundwork.proofs.placement.taints import Taint, Toleration, untolerated
from groundwork.proofs.world import matches

__all__ = ["Domains", "Topology", "Unsatisfied"]

Kind = Literal["topology spread", "pod affinity", "pod anti-affinity"]

# The domains of a label, each with the taints of the pools that have it.
Domains = Callable[[str], Mapping[str, tuple[tuple[Taint, ...], ...]]]


@dataclass(frozen=True)
class Unsatisfied:
    """A wish of pods about each other that a node cannot grant."""

    kind: Kind
    key: str
    counts: Mapping[str, int]
    pod: Requirement
    node: Requirement

    def __str__(self) -> str:
        counts = ", ".join(f"{domain}: {count}" for domain, count in sorted(self.counts.items()))
        return (
            f"unsatisfiable topology constraint for {self.kind}, key={self.key} (counts = {counts}, "
            f"podDomains = {self.pod}, nodeDomains = {self.node})"
        )


@dataclass(frozen=True)
class _Filter:
    """Which nodes count for a spread: those that its pods may be on, as far as it heeds that.

    Spreads of pods that could go elsewhere are counted apart, even if they heed nothing: a pod that has given up a wish begins
    with a new count.
    """

    alternatives: tuple[Requirements, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    heeds_affinity: bool = False
    heeds_taints: bool = False

    def passes(self, taints: tuple[Taint, ...], requirements: Requirements) -> bool:
        if self.heeds_taints and untolerated(taints, self.tolerations):
            return False
        return not self.heeds_affinity or any(not requirements.refusal(one) for one in self.alternatives)


@dataclass
class _Group:
    """One wish that several pods share, and how many pods it counts in each domain."""

    kind: Kind
    key: str
    namespaces: frozenset[str]
    selector: Mapping[str, Any] | None
    counts: dict[str, int]
    skew: int = 0
    domains: int | None = None
    filter: _Filter = _Filter()
    owners: set[int] = field(default_factory=set)

    def selects(self, pod: Pod) -> bool:
        # Without a selector nothing is meant.
        return self.selector is not None and pod.namespace in self.namespaces and matches(self.selector, pod.labels)

    def choose(self, pod: Pod, wanted: Requirement, offered: Requirement) -> Requirement:
        """The domains that are left to a pod, of those it wants and a node offers."""
        if self.kind == "topology spread":
            found = self._spread(pod, wanted, offered)
        elif self.kind == "pod affinity":
            found = self._near(pod, wanted, offered)
        else:
            found = self._apart(wanted, offered)
        return Requirement.of(self.key, "In", found)

    def record(self, domains: Iterable[str]) -> None:
        for domain in domains:
            self.counts[domain] = self.counts.get(domain, 0) + 1

    def _host(self, offered: Requirement) -> str | None:
        """The one node that is looked at: a new one is no known domain yet."""
        return next(iter(offered.values)) if self.key == HOSTNAME and len(offered.values) == 1 else None

    def _spread(self, pod: Pod, wanted: Requirement, offered: Requirement) -> list[str]:
        own = int(self.selects(pod))
        host = self._host(offered)
        if host is not None:
            # There can always be one more node with none of them.
            return [host] if self.counts.get(host, 0) + own <= self.skew else []
        fewest = self._fewest(wanted)
        fair = [
            one for one in sorted(self.counts) if offered.allows(one) and self.counts[one] + own - fewest <= self.skew
        ]
        return [min(fair, key=lambda one: self.counts[one])] if fair else []

    def _fewest(self, wanted: Requirement) -> int:
        if self.key == HOSTNAME:
            return 0
        counts = [count for domain, count in self.counts.items() if wanted.allows(domain)]
        if not counts or (self.domains is not None and len(counts) < self.domains):
            return 0
        return min(counts)

    def _near(self, pod: Pod, wanted: Requirement, offered: Requirement) -> list[str]:
        host = self._host(offered)
        if host is not None:
            if not wanted.allows(host):
                return []
            return [host] if self.counts.get(host, 0) or self._first(pod, wanted) else []
        held = [one for one, count in self.counts.items() if count and wanted.allows(one) and offered.allows(one)]
        if held or not self._first(pod, wanted):
            return held
        both = wanted & offered
        return (
            sorted(one for one in self.counts if both.allows(one))[:1]
            or sorted(one for one in self.counts if wanted.allows(one))[:1]
        )

    def _first(self, pod: Pod, wanted: Requirement) -> bool:
        """Whether it is itself the first that it looks for."""
        return self.selects(pod) and not any(count and wanted.allows(one) for one, count in self.counts.items())

    def _apart(self, wanted: Requirement, offered: Requirement) -> list[str]:
        host = self._host(offered)
        if host is not None:
            return [] if self.counts.get(host, 0) else [host]
        return [one for one, count in self.counts.items() if not count and wanted.allows(one) and offered.allows(one)]


class Topology:
    """The wishes of a batch of pods about each other, and what has been placed so far."""

    def __init__(self, domains: Domains, namespaces: Mapping[str, Mapping[str, Any]]) -> None:
        self._domains = domains
        self._namespaces = namespaces
        self._groups: dict[str, _Group] = {}
        # Who keeps others away: those must not come even if they do not mind.
        self._repelling: dict[str, _Group] = {}

    def update(self, at: int, pod: Pod) -> None:
        """Take up a pod's wishes, or those that are left of them."""
        for group in self._groups.values():
            group.owners.discard(at)
        for one in pod.apart:
            self._join(self._repelling, self._group(pod, "pod anti-affinity", one), at)
        for spread in pod.spreads:
            self._join(self._groups, self._spread(pod, spread), at)
        for one in (*pod.near, *pod.liked_near):
            self._join(self._groups, self._group(pod, "pod affinity", one), at)
        for one in (*pod.apart, *pod.liked_apart):
            self._join(self._groups, self._group(pod, "pod anti-affinity", one), at)

    def narrowed(self, at: int, pod: Pod, taints: tuple[Taint, ...], node: Requirements) -> Requirements | Unsatisfied:
        """A node's requirements with the domains that are left to a pod there, or the wish that leaves none."""
        found = node
        # Who may choose freely, as the first of those that want to be near each other, chooses last: Karpenter tries until it fits.
        for group in sorted(self._matching(at, pod, taints, node), key=lambda one: one.kind == "pod affinity"):
            wanted = pod.demands.get(group.key) or Requirement.of(group.key, "Exists")
            offered = (found if group.kind == "pod affinity" else node).get(group.key) or Requirement.of(
                group.key, "Exists"
            )
            chosen = group.choose(pod, wanted, offered)
            if not chosen.values:
                return Unsatisfied(group.kind, group.key, dict(group.counts), wanted, offered)
            found = found.adding([chosen])
        return found

    def record(self, at: int, pod: Pod, taints: tuple[Taint, ...], node: Requirements) -> None:
        """Count a pod where it has been placed; the node's own name becomes a domain."""
        host = next(iter(node[HOSTNAME].values))
        for group in (*self._groups.values(), *self._repelling.values()):
            if group.key == HOSTNAME:
                group.counts.setdefault(host, 0)
        for group in self._groups.values():
            landed = node.get(group.key)
            if landed is None or landed.excludes or not group.selects(pod) or not group.filter.passes(taints, node):
                continue
            # What keeps apart blocks every domain that the node may yet turn out to be in.
            if group.kind == "pod anti-affinity" or len(landed.values) == 1:
                group.record(landed.values)
        for group in self._repelling.values():
            if at in group.owners and group.key in node:
                group.record(node[group.key].values)

    def _matching(self, at: int, pod: Pod, taints: tuple[Taint, ...], node: Requirements) -> Iterator[_Group]:
        yield from (one for one in self._groups.values() if at in one.owners)
        yield from (one for one in self._repelling.values() if one.selects(pod) and one.filter.passes(taints, node))

    def _join(self, groups: dict[str, _Group], group: _Group, at: int) -> None:
        same = repr((group.kind, group.key, sorted(group.namespaces), group.selector, group.skew, group.filter))
        groups.setdefault(same, group).owners.add(at)

    def _spread(self, pod: Pod, one: Spread) -> _Group:
        alternatives = tuple(pod.selector.adding(term.values()) for term in pod.terms) or (pod.selector,)
        kept = _Filter(
            alternatives=alternatives,
            tolerations=pod.tolerations,
            heeds_affinity=one.heeds_affinity,
            heeds_taints=one.heeds_taints,
        )
        return _Group(
            kind="topology spread",
            key=one.key,
            namespaces=frozenset({pod.namespace}),
            selector=one.selector,
            counts=self._empty(one.key, pod.tolerations if one.heeds_taints else None),
            skew=one.skew,
            domains=one.domains,
            filter=kept,
        )

    def _group(self, pod: Pod, kind: Kind, one: Near) -> _Group:
        namespaces = {pod.namespace} if one.namespaces is None else set(one.namespaces)
        if one.where is not None:
            namespaces |= {name for name, labels in self._namespaces.items() if matches(one.where, labels)}
        # Unlike a spread, Karpenter counts only domains whose taints the first of these pods tolerates, those that only ask too.
        counts = self._empty(one.key, pod.tolerations)
        return _Group(kind=kind, key=one.key, namespaces=frozenset(namespaces), selector=one.selector, counts=counts)

    def _empty(self, key: str, tolerations: tuple[Toleration, ...] | None) -> dict[str, int]:
        return {
            domain: 0
            for domain, tainted in self._domains(key).items()
            if tolerations is None or any(not untolerated(one, tolerations) for one in tainted)
        }
