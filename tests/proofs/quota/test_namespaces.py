"""ResourceQuotas against the peak of their namespaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.findings import Finding, Severity
from groundwork.proofs.quota import namespaces
from groundwork.proofs.world import World
from tests.proofs.quota.small import GI, cluster_config, container, deployment, node_pool, obj, quota, template

WorldOf = Callable[..., World]


def found(world: World) -> list[Finding]:
    """What the quotas of the world would refuse."""
    return list(namespaces.check(world))


def peak(world: World, resource: str) -> int:
    """What is asked of a quota's line."""
    (one,) = (one for one in namespaces.budgets(world) if one.resource == resource)
    return one.peak


def test_a_rollout_at_the_autoscaler_s_most_has_room(world_of: WorldOf) -> None:
    """Three replicas and one more: four cores are enough, and three are one too few."""
    pods = deployment(requests={"cpu": "1"})

    assert found(world_of(pods, quota({"requests.cpu": "4"}))) == []
    (finding,) = found(world_of(pods, quota({"requests.cpu": "3"})))

    assert finding.rule == "quota/namespace"
    assert finding.pointer == ("spec", "hard", "requests.cpu")
    assert finding.problem == "the namespace team allows 3 requests.cpu; at the peak 4 are asked for, 1 too much"
    assert finding.counterexample == "Deployment web 4 x 1 = 4"
    assert finding.fix.startswith("Set requests.cpu to 4 or more")


def test_all_rollouts_count_at_once_and_the_largest_asker_is_named_first(world_of: WorldOf) -> None:
    """A change of channel rolls everything."""
    world = world_of(
        *(deployment(f"d{number}", replicas=number, requests={"memory": "1Gi"}) for number in range(1, 6)),
        quota({"requests.memory": "19Gi"}),
    )

    (finding,) = found(world)

    assert peak(world, "requests.memory") == (1 + 2 + 3 + 4 + 5 + 5) * GI
    assert finding.counterexample == (
        "Deployment d5 6 x 1Gi = 6Gi; Deployment d4 5 x 1Gi = 5Gi; Deployment d3 4 x 1Gi = 4Gi; 2 more 5Gi"
    )


def test_what_limit_ranges_fill_in_counts(world_of: WorldOf) -> None:
    """The quota counts what the API server stores."""
    filling = obj("LimitRange", "l", spec={"limits": [{"type": "Container", "default": {"memory": "2Gi"}}]})

    assert peak(world_of(deployment(), filling, quota({"limits.memory": "1Gi"})), "limits.memory") == 8 * GI


def test_pods_of_other_namespaces_do_not_count(world_of: WorldOf) -> None:
    """A quota is its namespace's."""
    elsewhere = deployment(requests={"cpu": "8"}) | {"metadata": {"name": "web", "namespace": "other"}}

    assert found(world_of(elsewhere, quota({"requests.cpu": "1", "pods": "1"}))) == []


def test_every_line_is_judged_by_itself(world_of: WorldOf) -> None:
    """Pods, devices and cores each have a limit of their own."""
    pods = deployment(requests={"cpu": "1", "nvidia.com/gpu": "1"})

    lines = {
        one.pointer[-1]
        for one in found(world_of(pods, quota({"pods": "3", "requests.nvidia.com/gpu": "2", "cpu": "9"})))
    }

    assert lines == {"pods", "requests.nvidia.com/gpu"}


@pytest.mark.parametrize(("scopes", "counted"), [(["BestEffort"], False), (["NotBestEffort"], True)])
def test_a_quota_of_some_pods_counts_these_only(world_of: WorldOf, scopes: list[str], counted: bool) -> None:  # noqa: FBT001
    """Its scopes say which."""
    assert bool(found(world_of(deployment(requests={"cpu": "1"}), quota({"pods": "1"}, scopes=scopes)))) is counted


def test_a_container_that_says_nothing_is_named(world_of: WorldOf) -> None:
    """However much room there is, the API server refuses the pod."""
    (finding,) = found(
        world_of(deployment(requests={"memory": "1Gi"}), quota({"limits.memory": "1Ti", "requests.cpu": "99"}))
    )

    assert finding.rule == "quota/must-specify"
    assert finding.problem == (
        "the container c of Deployment team/web must say requests.cpu, limits.memory, which the ResourceQuota quota counts"
    )
    assert finding.pointer == ("spec", "template", "spec", "containers", 0, "resources")


def test_a_limit_range_says_it_for_containers_that_do_not(world_of: WorldOf) -> None:
    """LimitRanger comes before quotas."""
    filling = obj("LimitRange", "l", spec={"limits": [{"type": "Container", "default": {"memory": "1Gi"}}]})

    assert found(world_of(deployment(), filling, quota({"limits.memory": "1Ti"}))) == []


def test_a_daemon_set_counts_once_for_every_machine(world_of: WorldOf) -> None:
    """Three pods of six cores each take a machine each, and every machine runs the DaemonSet's."""
    agent = obj("DaemonSet", "agent", api="apps/v1", spec={"template": template({"cpu": "100m"})})
    pods = deployment(replicas=3, surge=0, requests={"cpu": "6"})
    pool = node_pool("general", {"cpu": "64"}, arch=["amd64"], capacity_type=["on-demand"], instance_size=["2xlarge"])

    world = world_of(agent, pods, pool, cluster_config(), quota({"pods": "99"}))

    assert peak(world, "pods") == (3 + 3) * 1000


@pytest.mark.parametrize(
    ("hard", "objects", "amount"),
    [
        ("count/deployments.apps", [deployment()], 1),
        ("count/networkpolicies.networking.k8s.io", [obj("NetworkPolicy", "n", api="networking.k8s.io/v1")], 1),
        ("secrets", [obj("Secret", "s", data={})], 1),
        ("count/configmaps", [obj("ConfigMap", "c", data={})], 1),
        ("services", [obj("Service", "s", spec={"ports": [{"port": 1}]})], 1),
        ("services.loadbalancers", [obj("Service", "s", spec={"type": "LoadBalancer", "ports": [{"port": 1}]})], 1),
        (
            "services.nodeports",
            [obj("Service", "s", spec={"type": "NodePort", "ports": [{"port": 1}, {"port": 2}]})],
            2,
        ),
    ],
)
def test_objects_are_counted_by_kind(world_of: WorldOf, hard: str, objects: list[dict[str, Any]], amount: int) -> None:
    """Under the names that quotas have for them."""
    assert peak(world_of(*objects, quota({hard: "0"})), hard) == amount * 1000


@pytest.mark.parametrize(
    ("hard", "amount"),
    [
        ("persistentvolumeclaims", 4 * 1000),
        ("count/persistentvolumeclaims", 4 * 1000),
        ("requests.storage", 31 * GI),
        ("gp3.storageclass.storage.k8s.io/requests.storage", 30 * GI),
        ("io2.storageclass.storage.k8s.io/persistentvolumeclaims", 1000),
    ],
)
def test_claims_of_stateful_sets_count_once_for_every_replica(world_of: WorldOf, hard: str, amount: int) -> None:
    """Of the default class where they name none."""
    gp3 = obj(
        "StorageClass",
        "gp3",
        api="storage.k8s.io/v1",
        namespace=None,
        metadata={"name": "gp3", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    )
    claims = [{"spec": {"resources": {"requests": {"storage": "10Gi"}}}}]
    db = obj(
        "StatefulSet", "db", api="apps/v1", spec={"replicas": 3, "template": template(), "volumeClaimTemplates": claims}
    )
    one = obj(
        "PersistentVolumeClaim", "p", spec={"storageClassName": "io2", "resources": {"requests": {"storage": "1Gi"}}}
    )

    assert peak(world_of(gp3, db, one, quota({hard: "0"})), hard) == amount


def test_what_controllers_make_is_undecided(world_of: WorldOf) -> None:
    """How many ReplicaSets there will be stands in no tree."""
    (finding,) = found(world_of(deployment(), quota({"count/replicasets.apps": "3"})))

    assert (finding.rule, finding.severity) == ("quota/unknown", Severity.UNDECIDED)


def test_quotas_of_the_committed_tree_hold_their_peak(tree: Any, intent: Any) -> None:
    """Every autoscaler, every rollout, every Job."""
    for cluster in tree.clusters:
        world = World(tree, cluster, intent)
        assert len(namespaces.budgets(world)) > 20
        assert found(world) == []


def test_init_containers_must_say_it_too(world_of: WorldOf) -> None:
    """Placed at the init container."""
    pods = deployment(requests={"cpu": "1"}, initContainers=[container(name="wait")])

    (finding,) = found(world_of(pods, quota({"requests.cpu": "9"})))

    assert finding.pointer == ("spec", "template", "spec", "initContainers", 0, "resources")
