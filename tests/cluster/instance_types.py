"""The catalogue of instance types as tools/karpenter reads it: what Karpenter's AWS provider would say of each.

Labels and capacity follow karpenter-provider-aws v1.14.1, pkg/providers/instancetype/types.go (read 2026-11-21). Written
apart from the placement proof, which is judged by what Karpenter makes of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.catalog import instances
from groundwork.catalog.instances import InstanceType
from groundwork.catalog.regions import region

__all__ = ["AUTO", "SELF_MANAGED", "Offer", "labels_of"]

# Whose labels a cluster's machines have, and the group of its node classes.
SELF_MANAGED = "karpenter.k8s.aws"
AUTO = "eks.amazonaws.com"

# AWS sets spot prices by the hour; what matters here is that spot is cheaper.
_SPOT = 0.4
# Of a machine's memory, what the hypervisor keeps: Karpenter's setting vmMemoryOverheadPercent, unless told.
_HYPERVISOR = 0.075
# Graviton reserves this for itself.
_GRAVITON_MIB = 64


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is sold to one cluster: every type with a price, or `only` some, in each of its zones, on demand and spot."""

    domain: str
    region: str
    zones: tuple[str, ...]
    only: frozenset[str] = frozenset()

    @property
    def types(self) -> list[InstanceType]:
        """Accelerated families only where the region has them."""
        sold = region(self.region).families
        return [
            one
            for one in instances.instance_types().values()
            if one.usd_per_hour is not None
            and (one.family in sold or not _accelerated(one))
            and (one.name in self.only or not self.only)
        ]

    def write(self, file: Path) -> Path:
        """The file that tools/karpenter reads."""
        body = {
            "domain": self.domain,
            "region": self.region,
            "zones": list(self.zones),
            "types": [_machine(one) for one in self.types],
        }
        file.write_text(json.dumps(body))
        return file


def _accelerated(one: InstanceType) -> bool:
    return bool(one.gpu_name or one.accelerator_name)


def _machine(one: InstanceType) -> dict[str, Any]:
    price = float(one.usd_per_hour or 0)
    memory = _memory_mib(one)
    return {
        "name": one.name,
        "arch": one.arch,
        "labels": {f"instance-{name}": values for name, values in labels_of(one)},
        "capacity": {
            "cpu": str(one.vcpu),
            "memory": f"{memory}Mi",
            "pods": str(one.allocatable_pods),
            **{name: str(count) for name, count in one.extended_resources.items()},
        },
        "overhead": {
            "cpu": f"{one.vcpu * 1000 - one.allocatable_cpu_millis}m",
            "memory": f"{memory - one.allocatable_memory_mib}Mi",
        },
        "nvme": f"{one.local_nvme_gb}G" if one.local_nvme_gb else "",
        "prices": {"on-demand": price, "spot": price * _SPOT},
    }


def _memory_mib(one: InstanceType) -> int:
    visible = one.memory_mib - (_GRAVITON_MIB if one.arch == "arm64" else 0)
    return visible - math.ceil(visible * _HYPERVISOR)


def labels_of(one: InstanceType) -> Iterable[tuple[str, list[str]]]:
    """Without their domain; what a machine has nothing of is not among them."""
    yield "category", [one.category]
    yield "family", [one.family]
    yield "generation", [str(one.generation)]
    yield "size", [one.size]
    yield "cpu", [str(one.vcpu)]
    yield "cpu-manufacturer", [one.cpu_manufacturer]
    yield "memory", [str(one.memory_mib)]
    yield "hypervisor", [one.hypervisor]
    yield "encryption-in-transit-supported", [str(one.encryption_in_transit).lower()]
    yield "capability-flex", [str(one.capability_flex).lower()]
    yield "tenancy", ["default", "dedicated"]
    for name, amount in (
        ("local-nvme", one.local_nvme_gb),
        ("network-bandwidth", one.network_mbps),
        ("ebs-bandwidth", one.ebs_mbps),
    ):
        if amount:
            yield name, [str(amount)]
    if one.gpu_name:
        yield "gpu-name", [one.gpu_name]
        yield "gpu-manufacturer", [one.gpu_manufacturer]
        yield "gpu-count", [str(one.gpus)]
        yield "gpu-memory", [str(one.gpu_memory_mib)]
    if one.accelerator_name:
        yield "accelerator-name", [one.accelerator_name]
        yield "accelerator-manufacturer", [one.accelerator_manufacturer]
        yield "accelerator-count", [str(one.neuron_chips)]
