"""A pod as a scheduler sees it: what it demands of a node, what it would like, and which wishes go first.

After pkg/scheduling/requirements.go and pkg/controllers/provisioning/scheduling/preferences.go of sigs.k8s.io/karpenter v1.14.1
(read 2026-11-21): wishes count as demands until nothing fits, and are then given up one at a time.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from groundwork.proofs import resources
from groundwork.proofs.fields import entries, mapping, number, text, texts, value_at
from groundwork.proofs.placement.requirements import Requirements
from groundwork.proofs.placement.taints import Toleration, tolerations
from groundwork.proofs.resources import Amounts

__all__ = ["HostPort", "Near", "Pod", "Spread"]

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_ANY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 what a pod's port may say; nothing is bound here

# Address, port and protocol.
HostPort = tuple[str, int, str]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """One topology spread constraint. `hard` means that a pod rather waits than breaks it."""

    key: str
    selector: Mapping[str, Any] | None
    skew: int
    hard: bool
    domains: int | None
    heeds_taints: bool
    heeds_affinity: bool


@dataclass(frozen=True, kw_only=True)
class Near:
    """One term of pod affinity or anti-affinity. `namespaces` is None for the pod's own, `where` selects further ones by label."""

    key: str
    selector: Mapping[str, Any] | None
    namespaces: tuple[str, ...] | None
    where: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Pod:
    """One pod. `requests` counts the pod itself; `terms` of node affinity are alternatives, the first is tried first.

    `liked`, `liked_near` and `liked_apart` are wishes, heaviest first. `volumes` are alternatives of where its volumes may be.
    """

    name: str
    namespace: str = "default"
    labels: Mapping[str, str]
    requests: Amounts
    selector: Requirements
    terms: tuple[Requirements, ...] = ()
    liked: tuple[Requirements, ...] = ()
    near: tuple[Near, ...] = ()
    liked_near: tuple[Near, ...] = ()
    apart: tuple[Near, ...] = ()
    liked_apart: tuple[Near, ...] = ()
    spreads: tuple[Spread, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    ports: tuple[HostPort, ...] = ()
    volumes: tuple[Requirements, ...] = ()
    fields: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any], *, volumes: Iterable[Requirements] = ()) -> Pod:
        """From a pod's body (`metadata`, `spec`); `volumes` says where the claims that it mounts may be."""
        spec = mapping(body, "spec")
        affinity = mapping(spec, "affinity")
        labels = {key: value for key, value in mapping(body, "metadata", "labels").items() if isinstance(value, str)}
        required = ("nodeAffinity", _REQUIRED, "nodeSelectorTerms")
        return cls(
            name=text(body, "metadata", "name"),
            namespace=text(body, "metadata", "namespace") or "default",
            labels=labels,
            requests=resources.added(resources.requests(spec), {"pods": 1000}),
            selector=Requirements.of_labels(mapping(spec, "nodeSelector")),
            terms=tuple(
                Requirements.of_expressions(one, "matchExpressions") for _, one in entries(affinity, *required)
            ),
            liked=tuple(
                Requirements.of_expressions(one, "preference", "matchExpressions")
                for one in _heaviest(affinity, "nodeAffinity")
            ),
            near=_demanded(affinity, "podAffinity"),
            liked_near=_wished(affinity, "podAffinity"),
            apart=_demanded(affinity, "podAntiAffinity"),
            liked_apart=_wished(affinity, "podAntiAffinity"),
            spreads=tuple(_spread(one, labels) for _, one in entries(spec, "topologySpreadConstraints")),
            tolerations=tolerations(spec),
            ports=tuple(_host_ports(spec)),
            volumes=tuple(volumes),
            fields=any(value_at(one, "matchFields") for _, one in entries(affinity, *required)),
        )

    @functools.cached_property
    def demands(self) -> Requirements:
        """What it demands of a node's labels, without wishes."""
        return self.selector.adding(self.terms[0].values()) if self.terms else self.selector

    @functools.cached_property
    def requirements(self) -> Requirements:
        """What is asked of a node's labels as long as its heaviest wish counts."""
        if not self.liked:
            return self.demands
        return self.selector.adding(self.liked[0].values()).adding(self.terms[0].values() if self.terms else ())

    @property
    def alone(self) -> bool:
        """Whether it neither seeks nor avoids other pods."""
        return not (self.near or self.liked_near or self.apart or self.liked_apart or self.spreads)

    def unattached(self) -> Pod:
        """The pod without its wishes about other pods; what it demands of them stays."""
        if self.alone:
            return self
        return replace(self, liked_near=(), liked_apart=(), spreads=tuple(one for one in self.spreads if one.hard))

    def relaxed(self, *, preferring: bool) -> Pod | None:
        """The pod with its next wish given up; None where it has none left.

        `preferring` says whether some pool has a taint of effect PreferNoSchedule, which is then minded no longer.
        """
        if len(self.terms) > 1:
            return replace(self, terms=self.terms[1:])
        if self.liked_near:
            return replace(self, liked_near=self.liked_near[1:])
        if self.liked_apart:
            return replace(self, liked_apart=self.liked_apart[1:])
        if self.liked:
            return replace(self, liked=self.liked[1:])
        soft = next((at for at, one in enumerate(self.spreads) if not one.hard), None)
        if soft is not None:
            # Karpenter puts the last in the place of the one that goes.
            rest = [*self.spreads[:-1]] if soft == len(self.spreads) - 1 else [*self.spreads]
            if len(rest) == len(self.spreads):
                rest[soft] = rest.pop()
            return replace(self, spreads=tuple(rest))
        return self.unminding() if preferring else None

    def unminding(self) -> Pod | None:
        """The pod with a toleration of every taint that only asks; None where it has one."""
        careless = Toleration(operator="Exists", effect="PreferNoSchedule")
        return None if careless in self.tolerations else replace(self, tolerations=(*self.tolerations, careless))

    def conflicts(self, ports: Iterable[HostPort]) -> HostPort | None:
        """One of its ports of the node that is taken."""
        return next((mine for mine in self.ports for other in ports if _same(mine, other)), None)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def _heaviest(affinity: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [one for _, one in entries(affinity, kind, _PREFERRED)]
    return sorted(found, key=lambda one: -(number(one, "weight") or 0))


def _demanded(affinity: Mapping[str, Any], kind: str) -> tuple[Near, ...]:
    return tuple(_near(one) for _, one in entries(affinity, kind, _REQUIRED))


def _wished(affinity: Mapping[str, Any], kind: str) -> tuple[Near, ...]:
    return tuple(_near(mapping(one, "podAffinityTerm")) for one in _heaviest(affinity, kind))


def _near(term: Mapping[str, Any]) -> Near:
    namespaces = tuple(value for _, value in texts(term, "namespaces"))
    where = value_at(term, "namespaceSelector")
    return Near(
        key=text(term, "topologyKey"),
        selector=_selector(term),
        namespaces=namespaces if namespaces or where is not None else None,
        where=where,
    )


def _spread(constraint: Mapping[str, Any], labels: Mapping[str, str]) -> Spread:
    selector = _selector(constraint)
    by_label = [value for _, value in texts(constraint, "matchLabelKeys") if value in labels]
    if selector is not None and by_label:
        same = [{"key": key, "operator": "In", "values": [labels[key]]} for key in by_label]
        selector = {**selector, "matchExpressions": [*selector.get("matchExpressions", []), *same]}
    return Spread(
        key=text(constraint, "topologyKey"),
        selector=selector,
        skew=number(constraint, "maxSkew") or 1,
        hard=text(constraint, "whenUnsatisfiable") != "ScheduleAnyway",
        domains=number(constraint, "minDomains"),
        heeds_taints=text(constraint, "nodeTaintsPolicy") == "Honor",
        heeds_affinity=text(constraint, "nodeAffinityPolicy") != "Ignore",
    )


def _selector(of: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = value_at(of, "labelSelector")
    return found if isinstance(found, dict) else None


def _host_ports(spec: Mapping[str, Any]) -> Iterable[HostPort]:
    for _, container in entries(spec, "containers"):
        for _, port in entries(container, "ports"):
            taken = number(port, "hostPort") or (number(port, "containerPort") if spec.get("hostNetwork") else None)
            if taken:
                yield text(port, "hostIP"), taken, text(port, "protocol") or "TCP"


def _same(one: HostPort, other: HostPort) -> bool:
    return one[1:] == other[1:] and (one[0] == other[0] or one[0] in _ANY_ADDRESS or other[0] in _ANY_ADDRESS)
