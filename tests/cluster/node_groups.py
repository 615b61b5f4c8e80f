"""Managed node groups: the machines that eksctl makes before anything else, as Nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.catalog.instances import instance_type
from groundwork.tree.manifest import Manifest

__all__ = ["nodes_of"]


def nodes_of(config: Manifest) -> Iterator[dict[str, Any]]:
    """The Nodes of a ClusterConfig's groups at their desired size, spread over its zones, labelled as EKS does."""
    zones: list[str] = config.body["availabilityZones"]
    for group in config.body.get("managedNodeGroups", ()):
        for number in range(group["desiredCapacity"]):
            yield _node(config, group, f"{group['name']}-{number}", zones[number % len(zones)])


def _node(config: Manifest, group: dict[str, Any], name: str, zone: str) -> dict[str, Any]:
    machine = instance_type(group["instanceTypes"][0])
    labels = {
        "alpha.eksctl.io/cluster-name": config.name,
        "alpha.eksctl.io/nodegroup-name": group["name"],
        "eks.amazonaws.com/nodegroup": group["name"],
        "eks.amazonaws.com/capacityType": "SPOT" if group.get("spot") else "ON_DEMAND",
        "kubernetes.io/arch": machine.arch,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": machine.name,
        "topology.kubernetes.io/region": config.body["metadata"]["region"],
        "topology.kubernetes.io/zone": zone,
        **group.get("labels", {}),
    }
    offered = {
        "cpu": f"{machine.allocatable_cpu_millis}m",
        "memory": f"{machine.allocatable_memory_mib}Mi",
        "pods": str(machine.allocatable_pods),
        "ephemeral-storage": f"{group.get('volumeSize', 80)}Gi",
        **{name: str(count) for name, count in machine.extended_resources.items()},
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": f"aws:///{zone}/{name}", "taints": group.get("taints", [])},
        "status": {"capacity": offered, "allocatable": offered},
    }
