"""Where each pod set of a cluster lands: on which pool, on which machines, for how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from groundwork.catalog.auto_mode import built_in_pools
from groundwork.catalog.instances import InstanceType
from groundwork.catalog.regions import Region, regions
from groundwork.proofs.fields import entries, mapping, text, texts, value_at
from groundwork.proofs.placement.claims import Miss
from groundwork.proofs.placement.fleet import Fleet, Verdict
from groundwork.proofs.placement.machines import HOSTNAME, Market
from groundwork.proofs.placement.pod import Near, Pod
from groundwork.proofs.placement.pools import Pool
from groundwork.proofs.placement.requirements import Requirements
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.world import World, matches, noted

__all__ = ["Home", "Offering", "crowded", "escorted", "fleet", "homes", "pod_of", "queued"]

# Whether pods of a set get in each other's way shows with fewer.
_ENOUGH = 24
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, kw_only=True)
class Offering:
    """How a machine is bought: in one of these zones, paid in this way.

    `usd_per_hour` is the price on demand in us-east-1, unless a NodeOverlay says otherwise: spot costs less, and nobody knows
    how much. It is None where a type is sold by reservation only.
    """

    zones: tuple[str, ...]
    capacity_type: str
    usd_per_hour: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where the pods of a set land.

    `pools` are all that would take them, by preference, and `pool` the first of these; a node group is one, too. `machine` is the
    cheapest type there that has room for one of them and the DaemonSets, `machines` are all such types. Where no pool takes
    them, `why_not` says so of each, nearest miss first.
    """

    pods: PodSet
    pool: str = ""
    pools: tuple[str, ...] = ()
    machine: InstanceType | None = None
    offering: Offering | None = None
    machines: tuple[InstanceType, ...] = ()
    why_not: tuple[Miss, ...] = ()


@noted
def homes(world: World) -> list[Home]:
    """The home of every pod set, in their order. DaemonSets have none of their own: they go where machines are."""
    there = fleet(world)
    if there is None:
        return []
    # Most pods differ in their names only.
    known: dict[str, Home] = {}
    found = []
    for one, pod in _unattached(world):
        shape = repr(replace(pod, name="", namespace="", labels={})) if pod.alone else str(one)
        stuck = _stuck(one.spec)
        if stuck is None and shape not in known:
            known[shape] = _home(one, escorted(one, world), there)
        found.append(replace(known[shape], pods=one) if stuck is None else Home(pods=one, why_not=(stuck,)))
    return found


@noted
def crowded(world: World) -> list[tuple[PodSet, tuple[Miss, ...], int]]:
    """Sets of which one pod has a place, but not all: with why, and how many do.

    Pods that keep apart or near may want more zones than there are; those that only node groups take share their machines.
    Limits of NodePools are another proof's affair.
    """
    there = fleet(world)
    if there is None:
        return []
    settled = [home for home in homes(world) if home.pool]
    fixed = {pool.name for pool in there.pools if pool.fixed}
    confined = [home.pods for home in settled if fixed.issuperset(home.pools)]
    choosy = [home.pods for home in settled if _choosy(pod_of(home.pods, world))]
    sought = [pod for one in choosy for pod in escorted(one, world)[:-1]]
    leading = {str(one) for one, pod in _unattached(world) if pod in sought}
    together = [home.pods for home in settled if home.pods in choosy or str(home.pods) in leading]
    return [
        *_overflow(confined, there, world),
        *_overflow([one for one in together if one not in confined], there, world),
    ]


@noted
def fleet(world: World) -> Fleet | None:
    """The pools of a cluster; None where the tree does not say in which region it stands."""
    config = next(iter(world.objects("ClusterConfig", "eksctl.io")), None)
    region = _region(config.body) if config else None
    if config is None or region is None:
        return None
    zones = [zone for _, zone in texts(config.body, "availabilityZones")]
    own = [one.body for one in world.objects("NodePool", "karpenter.sh")]
    built_in = [name for _, name in texts(config.body, "autoModeConfig", "nodePools")]
    return Fleet.of(
        market=Market.of(region, zones),
        pools=[*own, *(body for body in built_in_pools() if text(body, "metadata", "name") in built_in)],
        classes=[
            one.body
            for one in (
                *world.objects("EC2NodeClass", "karpenter.k8s.aws"),
                *world.objects("NodeClass", "eks.amazonaws.com"),
            )
        ],
        overlays=_overlays(world),
        groups=[one for _, one in entries(config.body, "managedNodeGroups")],
        daemons=[pod_of(one, world) for one in pod_sets(world) if one.daemon],
        namespaces=world.namespaces,
    )


def escorted(one: PodSet, world: World) -> list[Pod]:
    """A pod of a set, and before it one of each set that has to be there for it to be near."""
    pod = pod_of(one, world).unattached()
    return [*_company(pod, world), pod]


def pod_of(one: PodSet, world: World) -> Pod:
    """A pod of a set, as the API server admits it."""
    body = {
        "metadata": {"name": one.name, "namespace": one.namespace, "labels": dict(one.labels)},
        "spec": _with_runtime_class(one.spec, world),
    }
    return Pod.of(body, volumes=_volumes(one, world))


@noted
def queued(world: World) -> list[Pod]:
    """What Kueue may send to nodes: a pod of each ResourceFlavor, which asks for nothing but its nodes."""
    return [
        Pod.of(
            {
                "metadata": {"name": one.name},
                "spec": {
                    "nodeSelector": mapping(one.body, "spec", "nodeLabels"),
                    "tolerations": [toleration for _, toleration in entries(one.body, "spec", "tolerations")],
                },
            }
        )
        for one in world.objects("ResourceFlavor", "kueue.x-k8s.io")
    ]


def _overflow(sets: Sequence[PodSet], there: Fleet, world: World) -> Iterable[tuple[PodSet, tuple[Miss, ...], int]]:
    """Place all pods of some sets at once; those sets of which some pods find no place."""
    batch = [(one, pod_of(one, world)) for one in sets for _ in range(min(one.scale.most, _ENOUGH))]
    verdicts = there.settle([pod for _, pod in batch], limited=False)
    for one in sets:
        own = [verdict for (other, _), verdict in zip(batch, verdicts, strict=True) if other is one]
        missed = next((verdict.misses for verdict in own if verdict.pool is None), None)
        if missed:
            yield one, tuple(missed), sum(verdict.pool is not None for verdict in own)


def _choosy(pod: Pod) -> bool:
    """Whether further pods of a set may find no place where the first one did."""
    return bool(pod.near or any(one.key != HOSTNAME for one in pod.apart)) or any(
        one.hard and one.key != HOSTNAME for one in pod.spreads
    )


@noted
def _unattached(world: World) -> list[tuple[PodSet, Pod]]:
    """Every pod set but DaemonSets, each with a pod of it that has no wishes about others left."""
    return [(one, pod_of(one, world).unattached()) for one in pod_sets(world) if not one.daemon]


def _company(pod: Pod, world: World) -> list[Pod]:
    """Pods that have to be there before a pod can be near them: one of each set that it, or one of them, looks for."""
    found: list[Pod] = []
    seekers = [pod]
    while seekers:
        near = seekers.pop().near
        for _, other in _unattached(world) if near else ():
            if other != pod and other not in found and any(_meant(one, pod, other, world) for one in near):
                found.append(other)
                seekers.append(other)
    return found


def _meant(near: Near, pod: Pod, other: Pod, world: World) -> bool:
    namespaces = near.namespaces if near.namespaces is not None else (pod.namespace,)
    inside = other.namespace in namespaces or (
        near.where is not None and matches(near.where, world.namespaces.get(other.namespace, {}))
    )
    return inside and near.selector is not None and matches(near.selector, other.labels)


def _stuck(spec: Mapping[str, Any]) -> Miss | None:
    """What keeps a pod from every scheduler that the cluster has."""
    if text(spec, "nodeName"):
        problem = "spec.nodeName names a node, and nobody knows a machine's name before it is bought"
    elif text(spec, "schedulerName") not in ("", "default-scheduler"):
        problem = f"spec.schedulerName: EKS runs the default scheduler only, and none called {spec['schedulerName']}"
    elif entries(spec, "schedulingGates"):
        problem = "spec.schedulingGates: nothing in the tree lifts the gate"
    else:
        return None
    return Miss(pool="", reason="pool", problem=problem)


def _home(one: PodSet, pods: Sequence[Pod], there: Fleet) -> Home:
    verdict, pod = there.settle(pods)[-1], pods[-1]
    if verdict.pool is None:
        return Home(pods=one, why_not=tuple(verdict.misses))
    return Home(
        pods=one,
        pool=verdict.pool.name,
        pools=tuple(pool.name for pool in there.takers(pod)) or (verdict.pool.name,),
        machine=verdict.machines[0],
        offering=_offering(verdict, verdict.pool),
        machines=tuple(verdict.machines),
    )


def _offering(verdict: Verdict, pool: Pool) -> Offering:
    """Karpenter takes what is reserved before spot, and spot before on demand."""
    price = pool.overlaid.price(verdict.machines[0])
    reserved = pool.kind.reserves and "reserved" in verdict.capacity_types
    paid = "reserved" if reserved else "spot" if "spot" in verdict.capacity_types else "on-demand"
    return Offering(zones=tuple(verdict.zones), capacity_type=paid, usd_per_hour=price if price.is_finite() else None)


def _overlays(world: World) -> list[Mapping[str, Any]]:
    """NodeOverlays, which a Karpenter of one's own heeds only if it is told to."""
    gates = [
        mapping(one.values, "settings", "featureGates") for one in world.installed if one.facts.chart == "karpenter"
    ]
    heeded = all(one.get("nodeOverlay") is True for one in gates)
    return [one.body for one in world.objects("NodeOverlay", "karpenter.sh")] if heeded else []


def _region(config: Mapping[str, Any]) -> Region | None:
    return regions().get(text(config, "metadata", "region"))


def _with_runtime_class(spec: Mapping[str, Any], world: World) -> Mapping[str, Any]:
    """With what a RuntimeClass of the tree adds to its pods; those of charts add nothing."""
    name = text(spec, "runtimeClassName")
    found = world.find("RuntimeClass", name, group="node.k8s.io") if name else None
    if found is None:
        return spec
    return {
        **spec,
        "overhead": mapping(found.body, "overhead", "podFixed"),
        "nodeSelector": {**mapping(found.body, "scheduling", "nodeSelector"), **mapping(spec, "nodeSelector")},
        "tolerations": [
            *(one for _, one in entries(spec, "tolerations")),
            *(one for _, one in entries(found.body, "scheduling", "tolerations")),
        ],
    }


def _volumes(one: PodSet, world: World) -> tuple[Requirements, ...]:
    """Where the volumes may be that a pod's claims ask for: the alternatives that satisfy all of them."""
    found: list[Requirements] = [Requirements()]
    for claim in _claims(one, world):
        alternatives = _topologies(text(claim, "spec", "storageClassName"), world)
        if alternatives:
            found = [mine.adding(other.values()) for mine in found for other in alternatives]
    return tuple(found) if any(found) else ()


def _claims(one: PodSet, world: World) -> Iterable[Mapping[str, Any]]:
    if one.at:
        yield from (claim for _, claim in entries(one.source.body, "spec", "volumeClaimTemplates"))
    for _, volume in entries(one.spec, "volumes"):
        name = text(volume, "persistentVolumeClaim", "claimName")
        claim = world.find("PersistentVolumeClaim", name, namespace=one.namespace) if name else None
        if claim is not None:
            yield claim.body
        if value_at(volume, "ephemeral", "volumeClaimTemplate"):
            yield mapping(volume, "ephemeral", "volumeClaimTemplate")


def _topologies(name: str, world: World) -> Sequence[Requirements]:
    """The places that a storage class allows, as alternatives; none where it allows all."""
    for one in world.objects("StorageClass", "storage.k8s.io"):
        default = text(one.body, "metadata", "annotations", _DEFAULT_CLASS) == "true"
        if one.name == name or (not name and default):
            return [
                Requirements.of_expressions(
                    [{**expression, "operator": "In"} for _, expression in entries(term, "matchLabelExpressions")]
                )
                for _, term in entries(one.body, "allowedTopologies")
            ]
    return []
