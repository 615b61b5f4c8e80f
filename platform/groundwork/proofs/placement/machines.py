"""What can be bought: instance types with the labels, the capacity and the room for pods that Karpenter expects of them.

After pkg/providers/instancetype/types.go of aws/karpenter-provider-aws v1.14.1 (read 2026-11-21). A set of instance types is an
integer with a bit for each, so that a label, a taint or an amount rules out all it rules out at once.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundwork.catalog.instances import InstanceType, instance_types
from groundwork.catalog.regions import Region
from groundwork.proofs.placement.requirements import Requirement
from groundwork.proofs.resources import Amounts

__all__ = [
    "ARCH",
    "CAPACITY_TYPE",
    "HOSTNAME",
    "INSTANCE_TYPE",
    "ZONE",
    "Amounting",
    "Labels",
    "Market",
    "Shelf",
    "allocatable",
    "capacity",
    "matching",
    "members",
    "well_known",
]

ARCH = "kubernetes.io/arch"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
HOSTNAME = "kubernetes.io/hostname"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
ZONE = "topology.kubernetes.io/zone"
_REGION = "topology.kubernetes.io/region"
_OS = "kubernetes.io/os"
_BUILD = "node.kubernetes.io/windows-build"
_MIB = 1024**2
# Of a machine's memory, what the hypervisor keeps: Karpenter's setting vmMemoryOverheadPercent, unless told.
_HYPERVISOR = 0.075
# Graviton reserves this for itself.
_GRAVITON_MIB = 64

# A label's values, each with the types that have it, and the types that have none.
Labels = tuple[Mapping[str, int], int]


def members(mask: int) -> Iterator[int]:
    """The positions of the bits that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


@dataclass(frozen=True)
class Shelf:
    """Instance types in a fixed order, found by their labels (those of AWS without the domain in front)."""

    types: tuple[InstanceType, ...]

    @classmethod
    @functools.cache
    def whole(cls) -> Shelf:
        """All that the catalogue knows."""
        return cls(tuple(instance_types().values()))

    @functools.cached_property
    def everything(self) -> int:
        return (1 << len(self.types)) - 1

    @functools.cached_property
    def priced(self) -> int:
        """Those that are sold by the hour; the others only as a reservation."""
        return self.mask(one.usd_per_hour is not None for one in self.types)

    @functools.cached_property
    def labels(self) -> Mapping[str, Labels]:
        """Every label that a machine's type decides. What the catalogue does not know of a type counts as missing."""
        index: dict[str, dict[str, int]] = {label: {} for label in (_BUILD, *_OF_AWS)}
        for position, one in enumerate(self.types):
            for label, value in _labels(one):
                values = index.setdefault(label, {})
                values[value] = values.get(value, 0) | 1 << position
        return {label: (values, self.everything & ~_union(values.values())) for label, values in index.items()}

    def mask(self, chosen: Iterable[bool]) -> int:
        """The set of types for which it is true, in their order."""
        return sum(1 << position for position, one in enumerate(chosen) if one)


@dataclass(frozen=True)
class Market:
    """What one cluster can buy: the types sold in its region, in the zones that it has subnets in."""

    shelf: Shelf
    sold: int
    region: str
    zones: tuple[str, ...]

    @classmethod
    def of(cls, region: Region, zones: Sequence[str] = (), machines: Sequence[InstanceType] | None = None) -> Market:
        """The types of a region, all that the catalogue knows unless given; accelerated ones only of its own families."""
        shelf = Shelf.whole() if machines is None else Shelf(tuple(machines))
        sold = shelf.mask(
            one.family in region.families or not (one.gpu_name or one.accelerator_name) for one in shelf.types
        )
        return cls(shelf, sold, region.name, tuple(zones) or region.zones)

    def labels(self, reserved: int = 0) -> Mapping[str, Labels]:
        """Labels of every type that do not follow from it alone. `reserved` are the types that reservations may hold."""
        everything = self.shelf.everything
        capacity = {"on-demand": self.shelf.priced, "spot": self.shelf.priced, "reserved": reserved}
        return {
            ZONE: (dict.fromkeys(self.zones, everything), 0),
            _REGION: ({self.region: everything}, 0),
            _OS: ({"linux": everything}, 0),
            CAPACITY_TYPE: (capacity, everything & ~self.shelf.priced & ~reserved),
            # EC2 would take either; none is dedicated unless somebody asks.
            "instance-tenancy": ({"default": everything, "dedicated": everything}, 0),
        }


class Amounting:
    """The types of a set, sorted by how much they have of each resource, so that a question is a search."""

    def __init__(self, amounts: Mapping[int, Amounts]) -> None:
        self._amounts = amounts
        self._everything = sum(1 << position for position in amounts)
        self._sorted: dict[str, tuple[list[int], list[int]]] = {}

    def at_least(self, wanted: Amounts) -> int:
        """The types that have as much of everything."""
        found = self._everything
        for resource, amount in wanted.items():
            if amount > 0:
                steps, below = self._steps(resource)
                found &= ~below[bisect_left(steps, amount)]
        return found

    def at_most(self, bounds: Amounts) -> int:
        """The types that have no more of anything that is bounded."""
        found = self._everything
        for resource, amount in bounds.items():
            steps, below = self._steps(resource)
            found &= below[bisect_right(steps, amount)]
        return found

    def largest(self, resource: str, among: int) -> int:
        """The most that any of them has of a resource."""
        steps, below = self._steps(resource)
        return next((steps[at] for at in reversed(range(len(steps))) if among & below[at + 1] & ~below[at]), 0)

    def smallest(self, resource: str, among: int) -> int:
        """The least that any of them has of a resource."""
        steps, below = self._steps(resource)
        return next((steps[at] for at in range(len(steps)) if among & below[at + 1] & ~below[at]), 0)

    def _steps(self, resource: str) -> tuple[list[int], list[int]]:
        """The amounts that occur, ascending, and at each place the types that have less than what stands there."""
        if resource not in self._sorted:
            holders: dict[int, int] = defaultdict(int)
            for position, amounts in self._amounts.items():
                holders[amounts.get(resource, 0)] |= 1 << position
            steps, below = sorted(holders), [0]
            for step in steps:
                below.append(below[-1] | holders[step])
            self._sorted[resource] = steps, below
        return self._sorted[resource]


def matching(labels: Mapping[str, Labels], requirements: Iterable[Requirement], domain: str, everything: int) -> int:
    """The types whose labels contradict none of the requirements; labels that no type has say nothing."""
    found = everything
    for one in requirements:
        known = labels.get(one.key.removeprefix(f"{domain}/"))
        if known is not None:
            found &= _satisfying(known, one)
    return found


def capacity(one: InstanceType) -> Amounts:
    """What a machine has, in thousandths, as limits of pools count it; without its disk."""
    visible = one.memory_mib - (_GRAVITON_MIB if one.arch == "arm64" else 0)
    return {
        "cpu": one.vcpu * 1000,
        "memory": (visible - math.ceil(visible * _HYPERVISOR)) * _MIB * 1000,
        "pods": one.allocatable_pods * 1000,
        **{name: count * 1000 for name, count in one.extended_resources.items()},
    }


def allocatable(one: InstanceType) -> Amounts:
    """What pods can have of it, in thousandths, before DaemonSets; without its disk."""
    return {
        "cpu": one.allocatable_cpu_millis,
        "memory": one.allocatable_memory_mib * _MIB * 1000,
        "pods": one.allocatable_pods * 1000,
        **{name: count * 1000 for name, count in one.extended_resources.items()},
    }


def well_known(domain: str) -> frozenset[str]:
    """The labels that Karpenter of that domain knows, so that a pool need not speak of one before a pod may ask for it."""
    return frozenset(
        {
            "karpenter.sh/nodepool",
            ZONE,
            _REGION,
            INSTANCE_TYPE,
            ARCH,
            _OS,
            CAPACITY_TYPE,
            _BUILD,
            "topology.k8s.aws/zone-id",
        }
        | {f"{domain}/{name}" for name in _OF_AWS}
    )


def _satisfying(known: Labels, one: Requirement) -> int:
    values, without = known
    found = without if one.lenient else 0
    if one.excludes:
        for value, holders in values.items():
            if one.allows(value):
                found |= holders
    else:
        for value in one.values:
            found |= values.get(value, 0)
    return found


def _labels(one: InstanceType) -> Iterator[tuple[str, str]]:
    yield INSTANCE_TYPE, one.name
    yield ARCH, one.arch
    yield "instance-category", one.category
    yield "instance-family", one.family
    yield "instance-generation", str(one.generation)
    yield "instance-size", one.size
    yield "instance-cpu", str(one.vcpu)
    yield "instance-cpu-manufacturer", one.cpu_manufacturer
    yield "instance-memory", str(one.memory_mib)
    yield "instance-hypervisor", one.hypervisor
    yield "instance-encryption-in-transit-supported", str(one.encryption_in_transit).lower()
    yield "instance-capability-flex", str(one.capability_flex).lower()
    if one.local_nvme_gb:
        yield "instance-local-nvme", str(one.local_nvme_gb)
    if one.network_mbps:
        yield "instance-network-bandwidth", str(one.network_mbps)
    if one.ebs_mbps:
        yield "instance-ebs-bandwidth", str(one.ebs_mbps)
    if one.gpu_name:
        yield "instance-gpu-name", one.gpu_name
        yield "instance-gpu-manufacturer", one.gpu_manufacturer
        yield "instance-gpu-count", str(one.gpus)
        yield "instance-gpu-memory", str(one.gpu_memory_mib)
    if one.accelerator_name:
        yield "instance-accelerator-name", one.accelerator_name
        yield "instance-accelerator-manufacturer", one.accelerator_manufacturer
        yield "instance-accelerator-count", str(one.neuron_chips)


def _union(masks: Iterable[int]) -> int:
    found = 0
    for one in masks:
        found |= one
    return found


# Labels of AWS that no type of ours has a value of: the catalogue does not know them, or they come with a reservation.
_UNKNOWN = (
    "instance-cpu-sustained-clock-speed-mhz",
    "capacity-reservation-id",
    "capacity-reservation-type",
    "capacity-reservation-interruptible",
    "placement-group-id",
    "placement-group-partition",
)
_OF_AWS = (
    *_UNKNOWN,
    "instance-accelerator-count",
    "instance-accelerator-manufacturer",
    "instance-accelerator-name",
    "instance-capability-flex",
    "instance-category",
    "instance-cpu",
    "instance-cpu-manufacturer",
    "instance-ebs-bandwidth",
    "instance-encryption-in-transit-supported",
    "instance-family",
    "instance-generation",
    "instance-gpu-count",
    "instance-gpu-manufacturer",
    "instance-gpu-memory",
    "instance-gpu-name",
    "instance-hypervisor",
    "instance-local-nvme",
    "instance-memory",
    "instance-network-bandwidth",
    "instance-size",
    "instance-tenancy",
)
