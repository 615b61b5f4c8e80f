"""EC2 instance types, from `instance_types.csv`: size, devices, what EKS leaves for pods, price in us-east-1.

The table is carried over from aws/karpenter-provider-aws (Apache-2.0): its generated instance-type reference and its
price table of 2026-07-20, collected 2026-11-20. A type without a price is sold by reservation only, or was not in that
table.

Allocatable figures are Karpenter's: capacity less what the kubelet and the system reserve, before DaemonSets.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

__all__ = ["InstanceType", "instance_type", "instance_types", "of_families", "usd_per_core", "with_gpu"]

_FILE = Path(__file__).with_name("instance_types.csv")


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceType:
    """One instance type. `gpus` counts whole GPUs: fractional ones (g6f) have a GPU's name and a count of 0."""

    name: str
    category: str
    family: str
    generation: int
    size: str
    arch: str
    cpu_manufacturer: str
    hypervisor: str
    vcpu: int
    memory_mib: int
    local_nvme_gb: int
    network_mbps: int
    ebs_mbps: int
    gpu_manufacturer: str
    gpu_name: str
    gpus: int
    gpu_memory_mib: int
    accelerator_manufacturer: str
    accelerator_name: str
    neuron_chips: int
    neuron_cores: int
    efa: int
    encryption_in_transit: bool
    capability_flex: bool
    allocatable_cpu_millis: int
    allocatable_memory_mib: int
    allocatable_pods: int
    usd_per_hour: Decimal | None

    @property
    def extended_resources(self) -> dict[str, int]:
        """What its device plugins offer to pods, by resource name."""
        offered = {
            "nvidia.com/gpu": self.gpus if self.gpu_manufacturer == "nvidia" else 0,
            "aws.amazon.com/neuron": self.neuron_chips,
            "aws.amazon.com/neuroncore": self.neuron_cores,
            "vpc.amazonaws.com/efa": self.efa,
        }
        return {name: count for name, count in offered.items() if count}


@functools.cache
def instance_types() -> dict[str, InstanceType]:
    """Every instance type by name."""
    return {one.name: one for one in _parse(_rows())}


def instance_type(name: str) -> InstanceType:
    """The instance type of that name.

    Raises:
        LookupError: the table does not have it.
    """
    for one in of_families((name.partition(".")[0],)):
        if one.name == name:
            return one
    raise LookupError(f"catalog/instance_types.csv has no '{name}'")


@functools.cache
def of_families(families: tuple[str, ...]) -> tuple[InstanceType, ...]:
    """The types of some families, in the table's order. Reads only their rows, so the loader can afford it."""
    prefixes = tuple(f"{family}." for family in families)
    return tuple(_parse(row for row in _rows() if row.startswith(prefixes)))


def with_gpu(gpu_name: str) -> tuple[InstanceType, ...]:
    """The types that have at least one whole GPU of that name, as Karpenter's label `instance-gpu-name` spells it."""
    return tuple(one for one in instance_types().values() if one.gpu_name == gpu_name and one.gpus)


@functools.cache
def usd_per_core(family: str) -> Decimal:
    """What a core of a family costs an hour on demand; AWS prices the sizes of a family in proportion.

    Raises:
        LookupError: the table has no price for the family.
    """
    prices = [one.usd_per_hour / one.vcpu for one in of_families((family,)) if one.usd_per_hour is not None]
    if not prices:
        raise LookupError(f"catalog/instance_types.csv has no price for {family}")
    return min(prices)


@functools.cache
def _lines() -> tuple[str, ...]:
    return tuple(line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def _rows() -> tuple[str, ...]:
    return _lines()[1:]


def _parse(rows: Iterable[str]) -> Iterable[InstanceType]:
    header = _lines()[0].split(",")
    for values in csv.reader(rows):
        yield _instance_type(dict(zip(header, values, strict=True)))


def _instance_type(row: dict[str, str]) -> InstanceType:
    price = row["usd_per_hour_us_east_1"]
    return InstanceType(
        name=row["instance_type"],
        category=row["category"],
        family=row["family"],
        generation=int(row["generation"]),
        size=row["size"],
        arch=row["arch"],
        cpu_manufacturer=row["cpu_manufacturer"],
        hypervisor=row["hypervisor"],
        vcpu=int(row["vcpu"]),
        memory_mib=int(row["memory_mib"]),
        local_nvme_gb=int(row["local_nvme_gb"] or 0),
        network_mbps=int(row["network_mbps"] or 0),
        ebs_mbps=int(row["ebs_mbps"] or 0),
        gpu_manufacturer=row["gpu_manufacturer"],
        gpu_name=row["gpu_name"],
        gpus=int(row["gpu_count"] or 0),
        gpu_memory_mib=int(row["gpu_memory_mib"] or 0),
        accelerator_manufacturer=row["accelerator_manufacturer"],
        accelerator_name=row["accelerator_name"],
        neuron_chips=int(row["aws_neuron"] or 0),
        neuron_cores=int(row["aws_neuroncore"] or 0),
        efa=int(row["efa"] or 0),
        encryption_in_transit=row["encryption_in_transit"] == "true",
        capability_flex=row["capability_flex"] == "true",
        allocatable_cpu_millis=int(row["allocatable_cpu_m"]),
        allocatable_memory_mib=int(row["allocatable_memory_mib"]),
        allocatable_pods=int(row["allocatable_pods"]),
        usd_per_hour=Decimal(price) if price else None,
    )
