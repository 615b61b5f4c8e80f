"""Where each pod set of a cluster lands: on which pool, on which machines, for how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from groundwork.catalog.auto_mode import built_in_pools
from groundwork.catalog.instances import InstanceType
from groundwork.catalog.regions import Region, regions
from groundwork.proofs.fields import entries, mapping, text, texts, value_at
from groundwork.proofs.placement.claims import Miss
from groundwork.proofs.placement.fleet import Fleet, Verdict
from groundwork.proofs.placement.machines import Market
from groundwork.proofs.placement.pod import Pod
from groundwork.proofs.placement.pools import Pool
from groundwork.proofs.placement.requirements import Requirements
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.world import World, noted

__all__ = ["Home", "Offering", "fleet", "homes", "pod_of"]

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
    return [_home(one, there, pod_of(one, world)) for one in pod_sets(world) if not one.daemon]


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
            for one in (*world.objects("EC2NodeClass", "karpenter.k8s.aws"), *world.objects("NodeClass", "eks.amazonaws.com"))
        ],
        overlays=[one.body for one in world.objects("NodeOverlay", "karpenter.sh")],
        groups=[one for _, one in entries(config.body, "managedNodeGroups")],
        daemons=[pod_of(one, world) for one in pod_sets(world) if one.daemon],
        namespaces=world.namespaces,
    )


def pod_of(one: PodSet, world: World) -> Pod:
    """A pod of a set, as the API server admits it."""
    body = {
        "metadata": {"name": one.name, "namespace": one.namespace, "labels": dict(one.labels)},
        "spec": _with_runtime_class(one.spec, world),
    }
    return Pod.of(body, volumes=_volumes(one, world))


def _home(one: PodSet, there: Fleet, pod: Pod) -> Home:
    verdict = there.place(pod)
    if verdict.pool is None:
        return Home(pods=one, why_not=tuple(verdict.misses))
    return Home(
        pods=one,
        pool=verdict.pool.name,
        pools=(verdict.pool.name,),
        machine=verdict.machines[0],
        offering=_offering(verdict, verdict.pool),
        machines=tuple(verdict.machines),
    )


def _offering(verdict: Verdict, pool: Pool) -> Offering:
    """Karpenter takes what is reserved before spot, and spot before on demand."""
    price = pool.overlaid.price(verdict.machines[0])
    reserved = pool.kind.reserves and "reserved" in verdict.capacity_types
    paid = "reserved" if reserved else "spot" if "spot" in verdict.capacity_types else "on-demand"
    return Offering(
        zones=tuple(verdict.zones), capacity_type=paid, usd_per_hour=price if price.is_finite() else None
    )


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
