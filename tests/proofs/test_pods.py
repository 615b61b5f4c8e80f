"""Pod sets: every pod that a cluster will run, how many of it there may be, and what one asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.proofs.pods import PodSet, Scale, pod_sets
from groundwork.proofs.world import World
from groundwork.tree.reader import Tree

WorldOf = Callable[..., World]
POD = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]},
}


def workload(kind: str, *, version: str = "apps/v1", name: str = "a", **spec: Any) -> dict[str, Any]:
    """An object in a namespace of its own kind."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "team"}, "spec": spec}


def scaler(**spec: Any) -> dict[str, Any]:
    """A ScaledObject of the Deployment `a`."""
    return workload("ScaledObject", version="keda.sh/v1alpha1", scaleTargetRef={"name": "a"}, **spec)


def only(world: World) -> PodSet:
    """The one pod set of a world."""
    (found,) = pod_sets(world)
    return found


@pytest.mark.parametrize(
    ("kind", "spec", "scale"),
    [
        ("Deployment", {}, Scale(least=1, most=1, surge=1)),
        ("Deployment", {"replicas": 10}, Scale(least=10, most=10, surge=3)),
        ("Deployment", {"replicas": 0}, Scale(least=0, most=0, surge=0)),
        ("Deployment", {"replicas": 4, "strategy": {"type": "Recreate"}}, Scale(least=4, most=4)),
        ("Deployment", {"replicas": 4, "strategy": {"rollingUpdate": {"maxSurge": 0}}}, Scale(least=4, most=4)),
        (
            "Deployment",
            {"replicas": 4, "strategy": {"rollingUpdate": {"maxSurge": 2}}},
            Scale(least=4, most=4, surge=2),
        ),
        (
            "Deployment",
            {"replicas": 3, "strategy": {"rollingUpdate": {"maxSurge": "50%"}}},
            Scale(least=3, most=3, surge=2),
        ),
        ("StatefulSet", {"replicas": 3}, Scale(least=3, most=3)),
        ("ReplicaSet", {"replicas": 3}, Scale(least=3, most=3)),
        ("DaemonSet", {}, Scale()),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxSurge": "10%"}}}, Scale(surge=1)),
    ],
)
def test_replicas_and_surge_follow_the_workload(
    world_of: WorldOf, kind: str, spec: dict[str, Any], scale: Scale
) -> None:
    """A Deployment rolls by 25 % more unless it says otherwise; a StatefulSet by none; a DaemonSet counts per node."""
    assert only(world_of(workload(kind, template=POD, **spec))).scale == scale


@pytest.mark.parametrize(
    ("job", "at_once"),
    [
        ({}, 1),
        ({"parallelism": 4}, 4),
        ({"parallelism": 4, "completions": 2}, 2),
        ({"completions": 5}, 1),
        ({"parallelism": 0}, 0),
    ],
)
def test_a_job_runs_as_many_at_once_as_it_may(world_of: WorldOf, job: dict[str, Any], at_once: int) -> None:
    """No more than are to complete."""
    assert only(world_of(workload("Job", version="batch/v1", template=POD, **job))).scale == Scale(
        least=at_once, most=at_once
    )


@pytest.mark.parametrize(("policy", "peak"), [("Forbid", 2), ("Replace", 4), ("Allow", 4), (None, 4)])
def test_a_cron_job_s_runs_may_overlap_unless_forbidden(world_of: WorldOf, policy: str | None, peak: int) -> None:
    """Between two runs there is none; a run may begin while the one before it still goes on, or is still ending."""
    said = {"concurrencyPolicy": policy} if policy else {}
    one = workload("CronJob", version="batch/v1", jobTemplate={"spec": {"template": POD, "parallelism": 2}}, **said)

    found = only(world_of(one))

    assert (found.controller, found.scale.least, found.scale.peak) == ("Job", 0, peak)


@pytest.mark.parametrize(
    ("by", "least", "most"),
    [
        (scaler(minReplicaCount=2, maxReplicaCount=8), 2, 8),
        (scaler(maxReplicaCount=8), 0, 8),
        (scaler(), 0, 100),
        (
            workload(
                "HorizontalPodAutoscaler",
                version="autoscaling/v2",
                scaleTargetRef={"kind": "Deployment", "name": "a"},
                maxReplicas=8,
            ),
            1,
            8,
        ),
    ],
)
def test_an_autoscaler_s_bounds_stand_for_replicas(
    world_of: WorldOf, by: dict[str, Any], least: int, most: int
) -> None:
    """At its peak the Deployment rolls with the autoscaler's most; what is left out is KEDA's and Kubernetes' own."""
    scale = only(world_of(workload("Deployment", template=POD, replicas=3), by)).scale

    assert (scale.least, scale.most, scale.surge) == (least, most, most // 4)


def test_a_group_is_a_leader_and_workers(world_of: WorldOf) -> None:
    """A LeaderWorkerSet makes `replicas` groups of `size` pods, and rolls by whole groups."""
    group = {"size": 4, "leaderTemplate": POD, "workerTemplate": POD}
    one = workload(
        "LeaderWorkerSet",
        version="leaderworkerset.x-k8s.io/v1",
        replicas=2,
        leaderWorkerTemplate=group,
        rolloutStrategy={"rollingUpdateConfiguration": {"maxSurge": 1}},
    )

    assert {found.part: found.scale for found in pod_sets(world_of(one))} == {
        "leader": Scale(least=2, most=2, surge=1),
        "workers": Scale(least=6, most=6, surge=3),
    }


def test_a_group_without_a_leader_s_template_has_workers_only(world_of: WorldOf) -> None:
    """The workers' template makes every pod."""
    one = workload(
        "LeaderWorkerSet",
        version="leaderworkerset.x-k8s.io/v1",
        leaderWorkerTemplate={"size": 4, "workerTemplate": POD},
    )

    assert only(world_of(one)).scale == Scale(least=4, most=4)


def ray(group: dict[str, Any], *, scales: bool = True, upgrade: str = "NewCluster", **more: Any) -> dict[str, Any]:
    """A RayService with one group of workers."""
    return workload(
        "RayService",
        version="ray.io/v1",
        upgradeStrategy={"type": upgrade},
        rayClusterConfig={
            "enableInTreeAutoscaling": scales,
            "headGroupSpec": {"template": POD},
            "workerGroupSpecs": [{"groupName": "w", "template": POD, **group}],
            **more,
        },
    )


@pytest.mark.parametrize(
    ("one", "scale"),
    [
        (ray({"minReplicas": 1, "maxReplicas": 3}), Scale(least=1, most=3, surge=3)),
        (ray({"minReplicas": 1, "maxReplicas": 3, "numOfHosts": 2}), Scale(least=2, most=6, surge=6)),
        (ray({"minReplicas": 1, "maxReplicas": 3}, upgrade="None"), Scale(least=1, most=3)),
        (ray({"minReplicas": 1, "maxReplicas": 3, "replicas": 2}, scales=False), Scale(least=2, most=2, surge=2)),
        (ray({"minReplicas": 1, "maxReplicas": 3, "replicas": 9}, scales=False), Scale(least=3, most=3, surge=3)),
        (ray({"minReplicas": 1}, upgrade="None"), Scale(least=1, most=2**31 - 1)),
    ],
)
def test_workers_of_ray_are_as_many_as_its_autoscaler_may_want(
    world_of: WorldOf, one: dict[str, Any], scale: Scale
) -> None:
    """An upgrade makes a second cluster beside the first, unless it says otherwise."""
    (workers,) = (found for found in pod_sets(world_of(one)) if found.part == "w")

    assert workers.scale == scale


@pytest.mark.parametrize(
    ("more", "cpu"),
    [
        ({}, 1500),
        ({"autoscalerOptions": {"resources": {"requests": {"cpu": "200m"}}}}, 1200),
        ({"enableInTreeAutoscaling": False}, 1000),
    ],
)
def test_the_head_of_ray_has_its_autoscaler_beside_it(world_of: WorldOf, more: dict[str, Any], cpu: int) -> None:
    """KubeRay adds the container; the resource may say what it asks for."""
    (head,) = (found for found in pod_sets(world_of(ray({}, **more))) if found.part == "head")

    assert head.requests == {"cpu": cpu} | ({"memory": 512 * 1024**2 * 1000} if cpu == 1500 else {})


def test_pods_are_admitted_by_the_limit_ranges_of_their_namespace(world_of: WorldOf) -> None:
    """Those of other namespaces have no say."""
    filling = workload("LimitRange", version="v1", limits=[{"type": "Container", "default": {"memory": "1Gi"}}])
    other = {
        **filling,
        "metadata": {"name": "b", "namespace": "other"},
        "spec": {"limits": [{"type": "Container", "default": {"memory": "9Gi"}}]},
    }

    found = only(world_of(workload("Deployment", template=POD), filling, other))

    assert found.limits == {"memory": 1024**3 * 1000}


def test_what_a_person_applies_once_is_no_pod_of_the_cluster(world_of: WorldOf) -> None:
    """bootstrap/ is not synced."""
    assert pod_sets(world_of(workload("Deployment", template=POD), component="bootstrap")) == []


def test_every_kind_of_maker_is_counted(tree: Tree) -> None:
    """Workloads of the tree, what charts make, and what operators make of custom resources."""
    found = {str(one): one for one in pod_sets(World(tree, "prod-us-east-2"))}

    assert found["Deployment ai-inference/glm-5-fp8"].requests["nvidia.com/gpu"] == 8000
    assert found["Deployment ai-inference/glm-5-fp8"].at == ("spec", "template", "spec")
    assert found["Deployment kueue-system/kueue-controller-manager"].source.kind == "Application"
    assert found["DaemonSet istio-system/ztunnel"].daemon
    assert any(one.source.kind == "Cluster" and one.namespace == "ai-data" for one in found.values())
    assert any(one.source.kind == "Agent" and one.namespace == "tenant-team-a" for one in found.values())


def test_a_set_is_called_by_what_makes_it(world_of: WorldOf) -> None:
    """Findings and tables name it so."""
    assert {str(one) for one in pod_sets(world_of(ray({})))} == {"RayService team/a (head)", "RayService team/a (w)"}
