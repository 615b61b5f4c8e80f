"""Bodies of pools, node classes and pods, as short as a test wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from groundwork.catalog.instances import instance_type
from groundwork.catalog.regions import region
from groundwork.proofs.placement.fleet import Fleet, Verdict
from groundwork.proofs.placement.machines import Market
from groundwork.proofs.placement.pod import Pod

__all__ = [
    "HOST",
    "NODE_AFFINITY",
    "ZONE",
    "ZONES",
    "apart",
    "fleet",
    "need",
    "node_class",
    "pod",
    "pool",
    "pool_of",
    "spread",
    "why_not",
]

HOST = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
NODE_AFFINITY = "requiredDuringSchedulingIgnoredDuringExecution"
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
Body = dict[str, Any]


def need(key: str, *values: str, operator: str = "In", least: int | None = None) -> Body:
    """An expression; `least` is minValues."""
    flexible = {} if least is None else {"minValues": least}
    return {"key": key, "operator": operator, "values": list(values), **flexible}


def pool(
    name: str,
    *requirements: Body,
    taints: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
    limits: Mapping[str, str] | None = None,
    weight: int | None = None,
) -> Body:
    """A NodePool of self-managed Karpenter; a taint is written key=value:effect."""
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {
            "template": {
                "metadata": {"labels": dict(labels or {})},
                "spec": {
                    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"},
                    "requirements": list(requirements),
                    "taints": [_taint(one) for one in taints],
                },
            },
            "limits": dict(limits or {}),
            **({} if weight is None else {"weight": weight}),
        },
    }


def node_class(**spec: Any) -> Body:
    """The EC2NodeClass of all pools."""
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": "default"},
        "spec": spec,
    }


def pod(
    name: str = "web", *, labels: Mapping[str, str] | None = None, asks: Mapping[str, str] | None = None, **spec: Any
) -> Pod:
    """A pod with one container that asks for that much."""
    return Pod.of(
        {
            "metadata": {"name": name, "namespace": "here", "labels": dict(labels or {"app": name})},
            "spec": {"containers": [{"name": "one", "resources": {"requests": dict(asks or {"cpu": "1"})}}], **spec},
        }
    )


def spread(key: str, *, app: str = "web", when: str = "DoNotSchedule", **more: Any) -> Body:
    """A topology spread constraint with a skew of 1."""
    return {
        "topologyKey": key,
        "maxSkew": 1,
        "whenUnsatisfiable": when,
        "labelSelector": {"matchLabels": {"app": app}},
        **more,
    }


def apart(key: str, *, app: str = "web", kind: str = "podAntiAffinity", required: bool = True) -> Body:
    """An affinity of pods to those of an app: to be apart from them, or near."""
    term = {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}}
    if required:
        return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    return {kind: {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}]}}


def fleet(
    *pools: Body,
    types: Sequence[str] | None = None,
    zones: Sequence[str] = ZONES,
    where: str = "us-east-1",
    of: Body | None = None,
    **more: Any,
) -> Fleet:
    """The pools of a cluster in that region; `types` are all that can be bought there, `of` is the pools' node class."""
    machines = None if types is None else [instance_type(one) for one in types]
    market = Market.of(region(where), zones, machines)
    return Fleet.of(market=market, pools=pools, classes=[of or node_class()], **more)


def pool_of(verdict: Verdict) -> str:
    """The name of the pool that a pod goes to."""
    return verdict.pool.name if verdict.pool else ""


def why_not(verdict: Verdict) -> str:
    """The nearest miss of a pod that goes nowhere."""
    assert verdict.pool is None
    return verdict.misses[0].problem


def _taint(written: str) -> Body:
    said, _, effect = written.rpartition(":")
    key, _, value = said.partition("=")
    return {"key": key, "effect": effect, **({"value": value} if value else {})}
