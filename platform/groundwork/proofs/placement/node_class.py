"""What a node class says of its machines: the room on their disks, the kubelet's share of them, whether reservations serve it.

After pkg/providers/instancetype/types.go of aws/karpenter-provider-aws v1.14.1 and the NodeClass page of the EKS user guide (both
read 2026-11-21). EKS Auto Mode's NodeClass lets nobody set the kubelet, and joins a machine's own disks by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundwork.catalog.instances import InstanceType
from groundwork.proofs import resources
from groundwork.proofs.fields import entries, mapping, number, text, value_at
from groundwork.proofs.placement import machines
from groundwork.proofs.resources import Amounts

__all__ = ["NodeClass"]

_DISK = "ephemeral-storage"
_GIB = 1024**3 * 1000
_MIB = 1024**2 * 1000
_AUTO_DISK = 80 * _GIB
_DEFAULT_DISK = 20 * _GIB
# Before the kubelet evicts: 100 MiB of memory, a tenth of the disk.
_EVICTION = {"memory": 100 * _MIB}


@dataclass(frozen=True, kw_only=True)
class NodeClass:
    """`disk` is the volume's size in thousandths of bytes; `striped` machines use their own disks instead, where they have some."""

    disk: int = _DEFAULT_DISK
    striped: bool = False
    reserves: bool = False
    kubelet: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> NodeClass:
        """From an EC2NodeClass or a NodeClass of Auto Mode."""
        spec = mapping(body, "spec")
        reserves = bool(entries(spec, "capacityReservationSelectorTerms"))
        if text(body, "kind") == "NodeClass":
            size = resources.read(mapping(spec, "ephemeralStorage")).get("size", _AUTO_DISK)
            return cls(disk=size, striped=True, reserves=reserves)
        return cls(
            disk=_root_volume(spec),
            striped=text(spec, "instanceStorePolicy") == "RAID0",
            reserves=reserves,
            kubelet=mapping(spec, "kubelet"),
        )

    @classmethod
    def plain(cls, kind: str) -> NodeClass:
        """One of that kind that says nothing."""
        return cls.of({"kind": kind})

    def capacity(self, one: InstanceType) -> Amounts:
        """What a machine has, in thousandths."""
        return {**machines.capacity(one), _DISK: self._disk(one), "pods": self._pods(one) * 1000}

    def allocatable(self, one: InstanceType) -> Amounts:
        """What pods can have of it, in thousandths, before DaemonSets."""
        disk = self._disk(one)
        found = {**machines.allocatable(one), _DISK: disk - _GIB - math.ceil(disk / 10), "pods": self._pods(one) * 1000}
        return found if not self.kubelet else self._kept(one, found)

    def _disk(self, one: InstanceType) -> int:
        return one.local_nvme_gb * 10**12 if self.striped and one.local_nvme_gb else self.disk

    def _pods(self, one: InstanceType) -> int:
        most, per_core = number(self.kubelet, "maxPods"), number(self.kubelet, "podsPerCore")
        count = one.allocatable_pods if most is None else most
        return count if not per_core else min(count, per_core * one.vcpu)

    def _kept(self, one: InstanceType, found: Amounts) -> Amounts:
        """What is left where a kubelet is told to keep more or less than it would by itself."""
        capacity = self.capacity(one)
        reserved = resources.read(mapping(self.kubelet, "kubeReserved"))
        system = resources.read(mapping(self.kubelet, "systemReserved"))
        default = {
            "cpu": capacity["cpu"] - found["cpu"],
            "memory": capacity["memory"] - found["memory"] - _EVICTION["memory"],
            _DISK: _GIB,
        }
        evicted = {**_EVICTION, _DISK: math.ceil(capacity[_DISK] / 10), **self._eviction(capacity)}
        kept = resources.added({**default, **reserved}, system, evicted)
        return {**found, **{name: capacity[name] - kept[name] for name in default}}

    def _eviction(self, capacity: Amounts) -> Amounts:
        told = mapping(self.kubelet, "evictionHard")
        found = {}
        for signal, name in (("memory.available", "memory"), ("nodefs.available", _DISK)):
            threshold = text(told, signal)
            if threshold.endswith("%") and threshold[:-1].isdecimal():
                found[name] = math.ceil(capacity[name] / 100 * int(threshold[:-1]))
            elif threshold:
                found |= resources.read({name: threshold})
        return found


def _root_volume(spec: Mapping[str, Any]) -> int:
    """The size of the volume that pods' files are on; Bottlerocket keeps them on its second one."""
    disks = [one for _, one in entries(spec, "blockDeviceMappings")]
    aliases = [text(one, "alias") for _, one in entries(spec, "amiSelectorTerms")]
    bottlerocket = text(spec, "amiFamily") == "Bottlerocket" or any(one.startswith("bottlerocket@") for one in aliases)
    device = "/dev/xvdb" if bottlerocket else "/dev/xvda"
    chosen = next((one for one in disks if value_at(one, "rootVolume") is True), None)
    chosen = chosen or next((one for one in disks if text(one, "deviceName") == device), {})
    return resources.read(mapping(chosen, "ebs")).get("volumeSize", _DEFAULT_DISK)
