"""Homes: where every pod set of a cluster lands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from groundwork.proofs.placement.homes import Home, crowded, fleet, homes, queued
from groundwork.proofs.placement.taints import tolerations, untolerated
from groundwork.proofs.pods import pod_sets
from groundwork.proofs.world import World, worlds
from groundwork.tree.reader import Tree
from tests.proofs.placement.cases import ZONE, apart, need, node_class, pool, spread

WorldOf = Callable[..., World]

CONFIG: dict[str, Any] = {
    "apiVersion": "eksctl.io/v1alpha5",
    "kind": "ClusterConfig",
    "metadata": {"name": "here", "region": "us-east-1", "version": "1.35"},
    "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
}
GENERAL = pool("general", need("karpenter.k8s.aws/instance-category", "c", "m", "r"))


def workload(
    name: str, *, kind: str = "Deployment", replicas: int = 1, asks: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """A workload with one container."""
    container = {"name": "one", "image": "i", "resources": {"requests": asks or {"cpu": "1"}}}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "template": template},
    }


def home(world: World, name: str) -> Home:
    """The home of the pods of that name."""
    return next(one for one in homes(world) if one.pods.name == name)


@pytest.fixture(scope="module")
def clusters(tree: Tree) -> list[World]:
    """The committed clusters."""
    return worlds(tree)


def test_every_pod_of_the_committed_tree_has_a_home(clusters: list[World]) -> None:
    """With a machine that can be bought, and none is crowded out."""
    assert len(clusters) == 3
    for world in clusters:
        assert len(homes(world)) == sum(not one.daemon for one in pod_sets(world)) > 40
        assert [] == [str(one.pods) for one in homes(world) if one.why_not or not one.machine]
        assert [] == crowded(world)


def test_models_of_the_committed_tree_land_on_their_accelerators(clusters: list[World]) -> None:
    """Pool, type and price, as the catalogue has them."""
    found = {
        (world.cluster, one.pods.name): (
            one.pool,
            one.machine.name if one.machine else "",
            one.offering and one.offering.usd_per_hour,
        )
        for world in clusters
        for one in homes(world)
    }
    assert ("gpu-l4", "g6.12xlarge", Decimal("4.601600")) == found["prod-us-east-1", "qwen3-14b"]
    assert ("gpu-h200", "p5en.48xlarge", Decimal("63.296000")) == found["prod-us-east-2", "glm-5-fp8"]
    assert "neuron-inferentia2" == found["prod-us-east-1", "llama31-8b"][0]
    assert "system" == found["prod-us-east-2", "karpenter"][0]


def test_taints_of_the_committed_tree_are_heeded(clusters: list[World]) -> None:
    """Whoever lands on a pool tolerates its taints."""
    for world in clusters:
        there = fleet(world)
        assert there is not None
        pools = {one.name: one for one in there.pools}
        from_spec = [(one, untolerated(pools[one.pool].taints, tolerations(one.pods.spec))) for one in homes(world)]
        assert [] == [str(one.pods) for one, minded in from_spec if minded]


def test_a_home_knows_all_pools_and_machines_that_would_do(world_of: WorldOf) -> None:
    """By preference, and by price."""
    spare = pool("spare", need("karpenter.k8s.aws/instance-family", "r7i"), weight=1)
    found = home(world_of(CONFIG, GENERAL, spare, node_class(), workload("web")), "web")
    assert ("spare", ("spare", "general")) == (found.pool, found.pools)
    assert found.machine == found.machines[0]
    assert found.offering
    assert ("us-east-1a", "us-east-1b", "us-east-1c") == found.offering.zones
    assert "spot" == found.offering.capacity_type


def test_without_a_region_there_are_no_homes(world_of: WorldOf) -> None:
    """Nobody knows what can be bought."""
    elsewhere = {**CONFIG, "metadata": {"name": "here", "region": "moon-1"}}
    assert fleet(world_of(GENERAL, workload("web"))) is None
    assert [] == homes(world_of(elsewhere, GENERAL, workload("web")))


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"nodeName": "node-1"}, "nodeName"),
        ({"schedulerName": "neuron-scheduler"}, "none called neuron-scheduler"),
        ({"schedulingGates": [{"name": "example.com/gate"}]}, "lifts the gate"),
    ],
)
def test_pods_that_no_scheduler_looks_at(world_of: WorldOf, spec: dict[str, Any], why: str) -> None:
    """Nothing of the cluster would place them."""
    world = world_of(CONFIG, GENERAL, workload("web", **spec), workload("like"))
    (miss,) = home(world, "web").why_not
    assert why in miss.problem
    assert "general" == home(world, "like").pool


def test_pods_near_others_are_placed_with_them(world_of: WorldOf) -> None:
    """What a pod looks for comes first, also over several steps."""
    world = world_of(
        CONFIG,
        GENERAL,
        workload("cache", affinity=apart(ZONE, app="web", kind="podAffinity")),
        workload("web", affinity=apart(ZONE, app="db", kind="podAffinity")),
        workload("db"),
        workload("lost", affinity=apart(ZONE, app="nobody", kind="podAffinity")),
    )
    assert ["general", "general", "general", ""] == [one.pool for one in homes(world)]
    assert "pod affinity" in home(world, "lost").why_not[0].problem


def test_volumes_decide_zones(world_of: WorldOf) -> None:
    """A StatefulSet's claims, by their class or the default one."""
    database = workload("db", kind="StatefulSet")
    database["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": {"storageClassName": "zonal"}}]
    zonal = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "zonal"},
        "provisioner": "ebs.csi.aws.com",
        "allowedTopologies": [{"matchLabelExpressions": [{"key": ZONE, "values": ["us-east-1b"]}]}],
    }
    found = home(world_of(CONFIG, GENERAL, database, zonal), "db")
    assert found.offering
    assert ("us-east-1b",) == found.offering.zones


def test_a_runtime_class_adds_overhead_and_its_nodes(world_of: WorldOf) -> None:
    """As admission does."""
    kata = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "kata"},
        "handler": "kata",
        "overhead": {"podFixed": {"cpu": "3"}},
        "scheduling": {"nodeSelector": {"kubernetes.io/arch": "arm64"}, "tolerations": [{"operator": "Exists"}]},
    }
    found = home(
        world_of(CONFIG, pool("p", taints=["x:NoSchedule"]), kata, workload("web", runtimeClassName="kata")), "web"
    )
    assert found.machine
    assert ("arm64", True) == (found.machine.arch, found.machine.vcpu >= 4)


def test_overlays_are_heeded_where_karpenter_is_told_to(world_of: WorldOf) -> None:
    """They are behind a feature gate of its chart; without its chart, as on Auto Mode, nobody can turn them off."""
    overlay = {
        "apiVersion": "karpenter.sh/v1alpha1",
        "kind": "NodeOverlay",
        "metadata": {"name": "slices"},
        "spec": {"requirements": [], "capacity": {"example.com/slice": "7"}},
    }
    sliced = workload("sliced", asks={"example.com/slice": "1"})

    def karpenter(*, told: bool) -> dict[str, Any]:
        values = {"settings": {"featureGates": {"nodeOverlay": told}}}
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "karpenter", "namespace": "argocd"},
            "spec": {
                "source": {"chart": "karpenter", "helm": {"valuesObject": values}},
                "destination": {"namespace": "karpenter"},
            },
        }

    worlds_by_gate = {told: world_of(CONFIG, GENERAL, sliced, overlay, karpenter(told=told)) for told in (True, False)}
    assert {True: "general", False: ""} == {told: home(world, "sliced").pool for told, world in worlds_by_gate.items()}
    assert "general" == home(world_of(CONFIG, GENERAL, sliced, overlay), "sliced").pool


def test_replicas_that_want_more_zones_than_there_are(world_of: WorldOf) -> None:
    """One has a home, all have not: how many do is known."""
    world = world_of(
        CONFIG,
        GENERAL,
        workload(
            "apart",
            replicas=5,
            affinity=apart(ZONE, app="apart"),
            topologySpreadConstraints=[spread(ZONE, app="apart")],
        ),
        workload("spread", replicas=5, topologySpreadConstraints=[spread(ZONE, app="spread", minDomains=5)]),
        workload("soft", replicas=5, affinity=apart(ZONE, app="soft", required=False)),
    )
    assert all(one.pool for one in homes(world))
    assert {"apart", "spread"} == {one.name for one, _, _ in crowded(world)}
    assert 3 == next(placed for one, _, placed in crowded(world) if one.name == "spread")


def test_pods_near_a_leader_come_after_it(world_of: WorldOf) -> None:
    """Karpenter places them once the leader's zone is certain, and none is crowded out meanwhile."""
    near = apart(ZONE, app="leader", kind="podAffinity")
    large = {"cpu": "90"}
    followed = world_of(
        CONFIG,
        GENERAL,
        workload("leader", asks=large),
        workload("worker", replicas=2, asks=large, affinity=near),
    )
    alone = world_of(CONFIG, GENERAL, workload("worker", affinity=near))

    assert ["general", "general"] == [one.pool for one in homes(followed)]
    assert [] == crowded(followed)
    assert "topology" in homes(alone)[0].why_not[0].reason


def test_a_node_group_has_room_for_what_goes_nowhere_else(world_of: WorldOf) -> None:
    """All pods of all such sets together, beside DaemonSets."""
    config = {
        **CONFIG,
        "managedNodeGroups": [{"name": "system", "instanceTypes": ["m7g.large"], "desiredCapacity": 2, "minSize": 1}],
    }
    tied: dict[str, Any] = {"nodeSelector": {"eks.amazonaws.com/nodegroup": "system"}}

    roomy = world_of(config, GENERAL, workload("karpenter", replicas=2, **tied))
    tight = world_of(config, GENERAL, workload("karpenter", replicas=2, **tied), workload("dns", replicas=2, **tied))

    assert [] == crowded(roomy)
    ((one, misses, placed),) = crowded(tight)
    assert ("dns", 0, "limits") == (one.name, placed, misses[0].reason)


def test_queues_of_kueue_are_pods_to_come(world_of: WorldOf) -> None:
    """Each flavor with its labels and tolerations."""
    flavor = {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "ResourceFlavor",
        "metadata": {"name": "l4"},
        "spec": {"nodeLabels": {"team": "ml"}, "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]},
    }
    (pod,) = queued(world_of(CONFIG, flavor))
    assert "team In [ml]" == str(pod.demands)
    assert pod.tolerations
