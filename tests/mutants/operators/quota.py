"""Quota: limits a little too low for the peak, and a peak a little too high for the limits."""

from __future__ import annotations

import math
from collections.abc import Iterator

from groundwork.catalog.quantities import parse_quantity
from groundwork.proofs.fields import Pointer, entries, mapping, number, text
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, add, change, drop, operator
from tests.mutants.operators.workloads import containers

# Nothing runs there unless somebody starts a job.
_EMPTY = ("ai-pipelines", "tenant-team-b")


def _times(factor: float, amount: object) -> str:
    """A quantity as a whole number of its unit, smaller or larger."""
    return str(math.floor(float(parse_quantity(str(amount))) * factor))


@operator("quota", "ResourceQuota")
def quota_halved(one: Manifest) -> Iterator[Edit]:
    for name in ("requests.memory", "limits.memory", "requests.nvidia.com/gpu"):
        if parse_quantity(str(mapping(one.body, "spec", "hard").get(name, "0"))):
            yield change(("spec", "hard", name), _times(0.5, one.spec["hard"][name]))


@operator("quota", "ResourceQuota")
def quota_too_small(one: Manifest) -> Iterator[Edit]:
    if "pods" in mapping(one.body, "spec", "hard") and one.namespace not in _EMPTY:
        yield change(("spec", "hard", "pods"), "1")


@operator("quota", "ResourceQuota")
def quota_of_what_nobody_says(one: Manifest) -> Iterator[Edit]:
    if one.namespace not in _EMPTY:
        yield add(("spec", "hard", "limits.cpu"), "1000")


@operator("quota", "ScaledObject")
def scaled_further(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "maxReplicaCount"), 10 * (number(one.body, "spec", "maxReplicaCount") or 1))


@operator("quota", "Deployment")
def replicas_times_twenty(one: Manifest) -> Iterator[Edit]:
    replicas = number(one.body, "spec", "replicas")
    if replicas and one.namespace.startswith("ai-"):
        yield change(("spec", "replicas"), 20 * replicas)


@operator("quota", "Deployment", "StatefulSet")
def request_times_forty(one: Manifest) -> Iterator[Edit]:
    for at, container in containers(one):
        asked = mapping(container, "resources", "requests")
        if at[-2] == "containers" and "cpu" in asked and parse_quantity(str(asked["cpu"])) >= 1:
            yield change((*at, "resources", "requests", "cpu"), _times(40, asked["cpu"]))


@operator("quota", "NodePool")
def pool_limited_to_a_third(one: Manifest) -> Iterator[Edit]:
    accelerated = [name for name in mapping(one.body, "spec", "limits") if "/" in name]
    for name in accelerated:
        least = math.floor(int(one.spec["limits"][name]) / 3)
        if least:
            yield change(("spec", "limits", name), str(least))


@operator("quota", "ClusterQueue")
def queue_promises_more_than_machines_have(one: Manifest) -> Iterator[Edit]:
    for at, _ in _quotas(one):
        yield change((*at, "nominalQuota"), "5Pi" if "memory" in _of(one, at) else "5000")


@operator("quota", "ClusterQueue")
def tenant_borrows(one: Manifest) -> Iterator[Edit]:
    for at, body in _quotas(one):
        if "borrowingLimit" in body and _of(one, at) == "cpu":
            yield drop((*at, "borrowingLimit"))


@operator("quota", "ClusterConfig")
def node_groups_grow(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "managedNodeGroups"):
        yield change((*place, "maxSize"), 500)


def _quotas(one: Manifest) -> Iterator[tuple[Pointer, dict[str, object]]]:
    for group, _ in entries(one.body, "spec", "resourceGroups"):
        for place, _ in entries(one.body, *group, "flavors"):
            yield from entries(one.body, *place, "resources")


def _of(one: Manifest, at: Pointer) -> str:
    """The resource whose quota stands there."""
    return text(one.body, *at, "name")
