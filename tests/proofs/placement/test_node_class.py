"""What a node class makes of its machines."""

from __future__ import annotations

import pytest

from groundwork.catalog.instances import instance_type
from groundwork.proofs.placement.node_class import NodeClass
from tests.proofs.placement.cases import fleet, node_class, pod, pool

GI = 1024**3 * 1000
PLAIN, STRIPED = instance_type("m7g.large"), instance_type("g6.12xlarge")


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        ({}, 20),
        ({"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "80Gi"}}]}, 80),
        ({"blockDeviceMappings": [{"deviceName": "/dev/sdb", "ebs": {"volumeSize": "80Gi"}}]}, 20),
        ({"blockDeviceMappings": [{"deviceName": "/dev/sdb", "rootVolume": True, "ebs": {"volumeSize": "80Gi"}}]}, 80),
        (
            {
                "amiSelectorTerms": [{"alias": "bottlerocket@v1.50.0"}],
                "blockDeviceMappings": [
                    {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "4Gi"}},
                    {"deviceName": "/dev/xvdb", "ebs": {"volumeSize": "60Gi"}},
                ],
            },
            60,
        ),
    ],
)
def test_the_disk_is_that_of_pods_files(spec: dict[str, object], size: int) -> None:
    """Bottlerocket has a second one for them; of all, a tenth is kept from eviction, and a GiB for the kubelet."""
    kind = NodeClass.of(node_class(**spec))
    assert size * GI == kind.capacity(PLAIN)["ephemeral-storage"]
    assert size * GI - GI - size * GI // 10 == kind.allocatable(PLAIN)["ephemeral-storage"]


def test_a_machines_own_disks_take_the_place_of_the_volume() -> None:
    """RAID0 makes one of them; on Auto Mode that goes without saying."""
    raid = NodeClass.of(node_class(instanceStorePolicy="RAID0"))
    auto = NodeClass.of({"kind": "NodeClass", "spec": {"ephemeralStorage": {"size": "100Gi"}}})
    for kind, plain in ((raid, 20), (auto, 100)):
        assert plain * GI == kind.capacity(PLAIN)["ephemeral-storage"]
        assert 3760 * 10**12 == kind.capacity(STRIPED)["ephemeral-storage"]


def test_a_class_that_says_nothing_has_the_disk_of_its_kind() -> None:
    """Auto Mode's is larger, and the machine's own disks where it has some."""
    assert (20 * GI, 80 * GI) == tuple(
        NodeClass.plain(kind).capacity(PLAIN)["ephemeral-storage"] for kind in ("EC2NodeClass", "NodeClass")
    )


def test_a_disk_too_small_for_the_kubelet_holds_no_pod() -> None:
    """Not even one that asks for nothing of it."""
    tiny = node_class(blockDeviceMappings=[{"rootVolume": True, "ebs": {"volumeSize": "1Gi"}}])
    verdict = fleet(pool("p"), types=["m7g.large"], of=tiny).place(pod())
    assert "no instance type has enough resources" in verdict.misses[0].problem


def test_pods_per_node_may_be_fewer() -> None:
    """Told by number, or by core."""
    assert 29000 == NodeClass.of(node_class()).allocatable(PLAIN)["pods"]
    assert 10000 == NodeClass.of(node_class(kubelet={"maxPods": 10})).allocatable(PLAIN)["pods"]
    assert 8000 == NodeClass.of(node_class(kubelet={"maxPods": 10, "podsPerCore": 4})).allocatable(PLAIN)["pods"]


def test_what_the_kubelet_keeps_is_taken_away() -> None:
    """More than by itself, and for the system beside; the threshold of eviction by amount or share."""
    plain = NodeClass.of(node_class()).allocatable(PLAIN)
    kept = NodeClass.of(
        node_class(
            kubelet={
                "systemReserved": {"cpu": "100m", "memory": "200Mi"},
                "evictionHard": {"memory.available": "300Mi", "nodefs.available": "20%"},
            }
        )
    ).allocatable(PLAIN)
    assert 100 == plain["cpu"] - kept["cpu"]
    assert 400 * 1024**2 * 1000 == plain["memory"] - kept["memory"]
    assert 2 * GI == plain["ephemeral-storage"] - kept["ephemeral-storage"]
    assert 1900 == NodeClass.of(node_class(kubelet={"kubeReserved": {"cpu": "100m"}})).allocatable(PLAIN)["cpu"]
