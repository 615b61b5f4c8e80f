"""Accelerators by the name that declarations use (`accelerators.yaml`).

Memory, instance families, node labels, and what they can compute.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import yaml

from groundwork.catalog.instances import InstanceType, of_families

__all__ = ["Accelerator", "Evidence", "accelerator", "accelerators"]

_FILE = Path(__file__).with_name("accelerators.yaml")
_RESOURCES = {"nvidia": "nvidia.com/gpu", "neuron": "aws.amazon.com/neuron"}
_LABELS = {"nvidia": "instance-gpu-name", "neuron": "instance-accelerator-name"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Where a fact was read, when, and whether it is `verified` or `assumed`."""

    read: str
    date: str
    sure: Literal["verified", "assumed"]


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """One kind of GPU or Neuron chip. Memory is per device; `slices` are MIG profiles, with how many one device is divided into."""

    name: str
    vendor: Literal["nvidia", "neuron"]
    label: str
    families: tuple[str, ...]
    memory_mib: int
    usable_mib: int
    dtypes: frozenset[str]
    source: Evidence
    capability: tuple[int, int] | None = None
    cores: int = 1
    nvlink: bool = False
    slices: Mapping[str, int] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """The extended resource that pods ask for; one unit is one device."""
        return _RESOURCES[self.vendor]

    @property
    def label_key(self) -> str:
        """The node label that holds `label`, without its prefix.

        The prefix is karpenter.k8s.aws/, or eks.amazonaws.com/ on EKS Auto Mode.
        """
        return _LABELS[self.vendor]

    @property
    def computes_fp8(self) -> bool:
        """Whether fp8 is computed natively. Elsewhere fp8 weights are widened first: they save memory, not time."""
        return self.capability is not None and self.capability >= (8, 9)

    @functools.cached_property
    def instance_types(self) -> tuple[InstanceType, ...]:
        """The instance types that carry it, fewest devices first."""
        return tuple(sorted(of_families(self.families), key=lambda one: (self.devices(one), one.vcpu)))

    @functools.cached_property
    def most_per_node(self) -> int:
        """How many devices the largest instance type has."""
        return max(self.devices(one) for one in self.instance_types)

    def usd_per_hour(self, count: int) -> Decimal | None:
        """What so many devices cost on demand: their share of the cheapest node that has them; None by reservation only."""
        offers = [
            one.usd_per_hour * count / self.devices(one)
            for one in self.instance_types
            if one.usd_per_hour is not None and self.devices(one) >= count
        ]
        return min(offers, default=None)

    def devices(self, instance_type: InstanceType) -> int:
        """How many devices of this kind an instance type has."""
        return instance_type.gpus if self.vendor == "nvidia" else instance_type.neuron_chips


@functools.cache
def accelerators() -> dict[str, Accelerator]:
    """Every accelerator by name."""
    loaded: dict[str, dict[str, Any]] = yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)
    return {name: _accelerator(name, entry) for name, entry in loaded.items()}


def accelerator(name: str, vendor: str | None = None) -> Accelerator:
    """The accelerator of that name; with `vendor`, one of that vendor only.

    Raises:
        LookupError: there is none; says which there are.
    """
    offered = {one.name: one for one in accelerators().values() if vendor in (None, one.vendor)}
    if name in offered:
        return offered[name]
    close = get_close_matches(name, offered, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(offered)}"
    raise LookupError(f"no accelerator is called '{name}' ({hint})")


def _accelerator(name: str, entry: dict[str, Any]) -> Accelerator:
    major, _, minor = entry.get("capability", "").partition(".")
    return Accelerator(
        name=name,
        vendor=entry["vendor"],
        label=entry["label"],
        families=tuple(entry["families"]),
        memory_mib=entry["memoryMib"],
        usable_mib=entry["usableMib"],
        dtypes=frozenset(entry["dtypes"]),
        source=Evidence(read=entry["source"]["read"], date=str(entry["source"]["date"]), sure=entry["source"]["sure"]),
        capability=(int(major), int(minor)) if major else None,
        cores=entry.get("cores", 1),
        nvlink=entry.get("nvlink", False),
        slices=entry.get("slices", {}),
    )
