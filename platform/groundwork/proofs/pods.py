"""Every pod that a cluster will run: of the tree's workloads, and of what charts and operators make.

Placement, fit and quota all judge these. A pod set is the pods of one template, with the pod's spec as the API server admits
it and how many there may be.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from groundwork.catalog.operator_facts import Made
from groundwork.catalog.pod_facts import PodShape
from groundwork.catalog.templates import written
from groundwork.proofs import resources
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, value_at
from groundwork.proofs.resources import Amounts
from groundwork.proofs.world import World, noted, pod_templates
from groundwork.tree.manifest import Manifest

__all__ = ["PodSet", "Scale", "pod_sets"]

# What an operator makes of a resource, and the resource's fields.
_Operator = tuple[Made, Mapping[str, Any]]

# Kubernetes' own numbers where an object leaves them out.
_DEFAULT_SURGE = "25%"
_KEDA_MOST = 100
_RAY_MOST = 2**31 - 1
_RAY = ("spec", "rayClusterConfig")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How many pods of a set there are: at least, at most when the autoscaler wants all it may, and beyond that in a rollout."""

    least: int = 1
    most: int = 1
    surge: int = 0

    @property
    def peak(self) -> int:
        return self.most + self.surge


@dataclass(frozen=True, kw_only=True)
class PodSet:
    """The pods of one template.

    `controller` is the kind that makes them (Deployment, DaemonSet, Job, ...); a DaemonSet's `scale` is per node. `part` tells
    sets of one object apart ("leader", "workers"). `source` is the object of the tree they come from, `at` the pointer of the pod
    spec in it, empty where a chart or an operator writes the spec; `assumed` then says that nobody has verified it.
    """

    name: str
    namespace: str
    controller: str
    labels: Mapping[str, str]
    spec: Mapping[str, Any]
    scale: Scale
    source: Manifest
    at: Pointer = ()
    part: str = ""
    assumed: bool = False

    @property
    def daemon(self) -> bool:
        """Whether every node that admits it runs one."""
        return self.controller == "DaemonSet"

    @functools.cached_property
    def requests(self) -> Amounts:
        """What one pod asks for, in thousandths."""
        return resources.requests(self.spec)

    @functools.cached_property
    def limits(self) -> Amounts:
        """The most that one pod may use, in thousandths."""
        return resources.limits(self.spec)

    def __str__(self) -> str:
        part = f" ({self.part})" if self.part else ""
        return f"{self.controller} {self.namespace}/{self.name}{part}"


@noted
def pod_sets(world: World) -> list[PodSet]:
    """The pod sets of a cluster, in the tree's order, then those of charts and operators."""
    ranges = _limit_ranges(world)
    found = [*_of_workloads(world), *_of_charts(world), *_of_operators(world)]
    return [_admitted(one, ranges.get(one.namespace, [])) for one in found]


def _admitted(one: PodSet, ranges: list[dict[str, Any]]) -> PodSet:
    spec = resources.admitted(one.spec, ranges)
    return one if spec is one.spec else replace(one, spec=spec)


def _limit_ranges(world: World) -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in world.objects("LimitRange"):
        found[one.namespace].append(one.body)
    return found


def _of_workloads(world: World) -> Iterator[PodSet]:
    bounds = _autoscaled(world)
    operators: dict[PurePosixPath, list[_Operator]] = defaultdict(list)
    for source, made, fields in world.instances:
        operators[source.path].append((made, fields))
    for one in world.manifests:
        if not one.synced:
            continue
        for at, template in pod_templates(one):
            least, most = bounds.get((one.kind, one.namespace, one.name), _replicas(one))
            part, scale = _part(one, at, least, most)
            yield PodSet(
                name=one.name,
                namespace=one.namespace,
                controller="Job" if one.kind == "CronJob" else one.kind,
                labels=mapping(template, "metadata", "labels"),
                spec=_completed(mapping(template, "spec"), at, operators.get(one.path, ())),
                scale=scale,
                source=one,
                at=(*at, "spec"),
                part=part,
            )


def _of_charts(world: World) -> Iterator[PodSet]:
    for chart in world.installed:
        for namespace, pods in chart.pods:
            shape = pods.resolved(chart.values)
            yield PodSet(
                name=pods.name,
                namespace=namespace,
                controller=pods.controller,
                labels=pods.labels,
                spec=shape.spec,
                scale=_shaped(shape),
                source=chart.source,
                assumed=pods.trust == "assumed",
            )


def _of_operators(world: World) -> Iterator[PodSet]:
    for source, made, fields in world.instances:
        for pods in made.pods:
            if not pods.made(fields):
                continue
            shape = pods.resolved(fields)
            yield PodSet(
                name=source.name,
                namespace=source.namespace,
                controller=pods.controller,
                labels={key: written(value, fields) for key, value in pods.labels.items()},
                spec=shape.spec,
                scale=_shaped(shape),
                source=source,
                part=pods.part,
                assumed=made.trust == "assumed",
            )


def _shaped(shape: PodShape) -> Scale:
    return Scale(least=shape.replicas, most=shape.most, surge=_share(shape.surge, shape.most))


def _replicas(one: Manifest) -> tuple[int, int]:
    if one.kind in ("Job", "CronJob"):
        return _parallel(one)
    replicas = number(one.body, "spec", "replicas")
    return (1, 1) if replicas is None or one.kind in ("DaemonSet", "Pod") else (replicas, replicas)


def _parallel(one: Manifest) -> tuple[int, int]:
    """How many pods a Job runs at once; no more than are to complete."""
    job = mapping(one.body, "spec") if one.kind == "Job" else mapping(one.body, "spec", "jobTemplate", "spec")
    parallelism, completions = number(job, "parallelism"), number(job, "completions")
    at_once = 1 if parallelism is None else parallelism
    at_once = at_once if completions is None else min(at_once, completions)
    return (0 if one.kind == "CronJob" else at_once), at_once


def _autoscaled(world: World) -> Mapping[tuple[str, str, str], tuple[int, int]]:
    """What KEDA and HorizontalPodAutoscalers may choose between, by kind, namespace and name."""
    found = {}
    for one in world.objects("ScaledObject", "keda.sh"):
        target = mapping(one.body, "spec", "scaleTargetRef")
        least, most = number(one.body, "spec", "minReplicaCount"), number(one.body, "spec", "maxReplicaCount")
        key = (text(target, "kind") or "Deployment", one.namespace, text(target, "name"))
        found[key] = (least or 0, _KEDA_MOST if most is None else most)
    for one in world.objects("HorizontalPodAutoscaler", "autoscaling"):
        target = mapping(one.body, "spec", "scaleTargetRef")
        least, most = number(one.body, "spec", "minReplicas"), number(one.body, "spec", "maxReplicas")
        found[text(target, "kind"), one.namespace, text(target, "name")] = (1 if least is None else least, most or 1)
    return found


def _part(one: Manifest, at: Pointer, least: int, most: int) -> tuple[str, Scale]:
    """Which part of its object a template is, and how many pods that gives for so many replicas."""
    if one.kind == "LeaderWorkerSet":
        return _of_group(one, at, least, most)
    if one.kind == "RayService":
        return _of_ray(one, at)
    return "", Scale(least=least, most=most, surge=_surge(one, most))


def _surge(one: Manifest, replicas: int) -> int:
    """How many pods more a rollout makes. A CronJob may begin a run while the last one still goes on."""
    if one.kind == "CronJob":
        return 0 if text(one.body, "spec", "concurrencyPolicy") == "Forbid" else replicas
    if one.kind == "DaemonSet":
        return int(_share(value_at(one.body, "spec", "updateStrategy", "rollingUpdate", "maxSurge"), 100) > 0)
    if one.kind != "Deployment" or text(one.body, "spec", "strategy", "type") == "Recreate":
        return 0
    surge = value_at(one.body, "spec", "strategy", "rollingUpdate", "maxSurge")
    return _share(_DEFAULT_SURGE if surge is None else surge, replicas)


def _share(amount: Any, of: int) -> int:
    """A number, or a percentage rounded up, as `maxSurge` is."""
    if isinstance(amount, str) and amount.removesuffix("%").isdecimal():
        share = int(amount.removesuffix("%"))
        return math.ceil(share * of / 100) if amount.endswith("%") else share
    return amount if isinstance(amount, int) else 0


def _of_group(one: Manifest, at: Pointer, least: int, most: int) -> tuple[str, Scale]:
    """A LeaderWorkerSet: `replicas` groups of `size` pods; without a template for leaders, the workers' is everybody's."""
    group = ("spec", "leaderWorkerTemplate")
    size = number(one.body, *group, "size")
    size = 1 if size is None else size
    surge = _share(value_at(one.body, "spec", "rolloutStrategy", "rollingUpdateConfiguration", "maxSurge"), most)
    led = bool(mapping(one.body, *group, "leaderTemplate"))
    pods = 1 if at[-1] == "leaderTemplate" else size - led
    part = ("leader" if at[-1] == "leaderTemplate" else "workers") if led else ""
    return part, Scale(least=pods * least, most=pods * most, surge=pods * surge)


def _of_ray(one: Manifest, at: Pointer) -> tuple[str, Scale]:
    """A RayService: a head, and workers in groups. A change makes a second cluster beside the first, unless it says otherwise."""
    doubles = text(one.body, "spec", "upgradeStrategy", "type") != "None"
    if at[-2] == "headGroupSpec":
        return "head", Scale(surge=int(doubles))
    group = mapping(one.body, *at[:-1])
    hosts = number(group, "numOfHosts") or 1
    least, most = _of_workers(group, autoscaled=bool(value_at(one.body, *_RAY, "enableInTreeAutoscaling")))
    name = text(group, "groupName")
    return name, Scale(least=least * hosts, most=most * hosts, surge=most * hosts * doubles)


def _of_workers(group: dict[str, Any], *, autoscaled: bool) -> tuple[int, int]:
    """How many workers a group may have: what its autoscaler chooses between, else its replicas within the bounds."""
    least, most = number(group, "minReplicas") or 0, number(group, "maxReplicas")
    most = _RAY_MOST if most is None else most
    if autoscaled:
        return least, most
    replicas = min(max(number(group, "replicas") or least, least), most)
    return replicas, replicas


def _completed(spec: dict[str, Any], at: Pointer, operators: Sequence[_Operator]) -> dict[str, Any]:
    """A template's pod spec with the containers that the operator of its resource adds."""
    for made, fields in operators:
        for added in made.containers:
            for name, containers in added.into(at, fields).items():
                spec = {**spec, name: [*(one for _, one in entries(spec, name)), *containers]}
    return spec
