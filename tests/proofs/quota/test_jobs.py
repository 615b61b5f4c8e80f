"""What Kueue may admit, against what the jobs' namespaces and machines have room for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.findings import Finding
from groundwork.proofs.quota import jobs, namespaces
from groundwork.proofs.quota.kueue import pools_of, queues
from groundwork.proofs.world import World
from tests.proofs.quota.small import cluster_config, deployment, node_pool, obj, quota, template

WorldOf = Callable[..., World]
GPU = "nvidia.com/gpu"
_API = "kueue.x-k8s.io/v1beta2"


def queue(
    name: str, amounts: dict[str, dict[str, str]], *, cohort: str = "jobs", flavor: str = "general"
) -> dict[str, Any]:
    """A ClusterQueue of one flavor; the amounts of a resource are the fields of its quota."""
    resources = [{"name": resource, **fields} for resource, fields in amounts.items()]
    groups = [{"coveredResources": [*amounts], "flavors": [{"name": flavor, "resources": resources}]}]
    spec = {"resourceGroups": groups} | ({"cohortName": cohort} if cohort else {})
    return obj("ClusterQueue", name, api=_API, namespace=None, spec=spec)


def local(name: str = "default", queue: str = "team") -> dict[str, Any]:
    """A LocalQueue of the namespace."""
    return obj("LocalQueue", name, api=_API, spec={"clusterQueue": queue})


def flavor(name: str = "general", **spec: Any) -> dict[str, Any]:
    """A ResourceFlavor."""
    return obj("ResourceFlavor", name, api=_API, namespace=None, spec=spec)


def found(world: World) -> list[Finding]:
    """What Kueue would admit in vain."""
    return list(jobs.check(world))


@pytest.mark.parametrize(
    ("fields", "admits"),
    [
        ({"nominalQuota": "4"}, 10),
        ({"nominalQuota": "4", "borrowingLimit": "2"}, 6),
        ({"nominalQuota": "4", "borrowingLimit": "0"}, 4),
        ({"nominalQuota": "4", "lendingLimit": "1"}, 10),
    ],
)
def test_a_queue_admits_its_own_and_what_others_lend_it(world_of: WorldOf, fields: dict[str, str], admits: int) -> None:
    """All that the cohort has, unless it says how much it borrows."""
    world = world_of(queue("team", {"cpu": fields}), queue("other", {"cpu": {"nominalQuota": "6"}}))

    assert queues(world)["team"].admits("cpu") == admits * 1000


def test_what_a_queue_keeps_nobody_borrows(world_of: WorldOf) -> None:
    """`lendingLimit` bounds what others may have of it."""
    world = world_of(
        queue("team", {"cpu": {"nominalQuota": "4"}}),
        queue("other", {"cpu": {"nominalQuota": "6", "lendingLimit": "1"}}),
    )

    assert queues(world)["team"].admits("cpu") == 5000


def test_cohorts_lend_each_other_through_their_parents(world_of: WorldOf) -> None:
    """And what a cohort has itself is for all its queues."""
    own = [
        {
            "coveredResources": ["cpu"],
            "flavors": [{"name": "general", "resources": [{"name": "cpu", "nominalQuota": "3"}]}],
        }
    ]
    world = world_of(
        queue("team", {"cpu": {"nominalQuota": "4"}}, cohort="a"),
        queue("other", {"cpu": {"nominalQuota": "6"}}, cohort="b"),
        obj("Cohort", "a", api=_API, namespace=None, spec={"parentName": "all"}),
        obj("Cohort", "b", api=_API, namespace=None, spec={"parentName": "all", "resourceGroups": own}),
    )

    assert queues(world)["team"].admits("cpu") == 13_000


def test_a_queue_without_a_cohort_has_its_own(world_of: WorldOf) -> None:
    """Nobody lends it anything."""
    world = world_of(
        queue("team", {"cpu": {"nominalQuota": "4"}}, cohort=""),
        queue("other", {"cpu": {"nominalQuota": "6"}}, cohort=""),
    )

    assert queues(world)["team"].admits("cpu") == 4000


def test_cohorts_in_a_circle_are_no_reason_to_hang(world_of: WorldOf) -> None:
    """Kueue refuses them; the proof comes back."""
    world = world_of(
        queue("team", {"cpu": {"nominalQuota": "4"}}, cohort="a"),
        obj("Cohort", "a", api=_API, namespace=None, spec={"parentName": "b"}),
        obj("Cohort", "b", api=_API, namespace=None, spec={"parentName": "a"}),
    )

    assert queues(world)["team"].admits("cpu") == 4000


def test_a_borrowed_gpu_that_the_namespace_s_quota_refuses(world_of: WorldOf) -> None:
    """The job is admitted, its pods are not: it holds what others wait for."""
    world = world_of(
        queue("team", {GPU: {"nominalQuota": "2"}}),
        queue("other", {GPU: {"nominalQuota": "6"}}),
        local(),
        quota({f"requests.{GPU}": "2"}),
    )

    (finding,) = found(world)

    assert finding.rule == "quota/kueue"
    assert finding.subject is not None
    assert (finding.subject.kind, finding.subject.name) == ("ClusterQueue", "team")
    assert finding.pointer == ("spec", "resourceGroups", 0, "flavors", 0, "resources", 0, "nominalQuota")
    assert finding.problem == (
        f"the ClusterQueue team admits jobs of 8 {GPU} at once (2 of its own, 6 borrowed); the quota of team leaves 2 for them"
    )
    assert f"or set requests.{GPU} of the namespace's quota to 8" in finding.fix


def test_a_namespace_has_room_for_jobs_beside_what_runs_there(world_of: WorldOf) -> None:
    """The tenant's agents and its jobs share the quota."""
    objects = [
        queue("team", {"cpu": {"nominalQuota": "4"}}, cohort=""),
        local(),
        deployment(replicas=1, requests={"cpu": "500m"}),
    ]

    assert found(world_of(*objects, quota({"requests.cpu": "5"}))) == []
    (finding,) = found(world_of(*objects, quota({"requests.cpu": "4"})))

    assert finding.problem == "the ClusterQueue team admits jobs of 4 cpu at once; the quota of team leaves 3 for them"
    assert list(namespaces.check(world_of(*objects, quota({"requests.cpu": "4"})))) == []


def test_one_queue_and_resource_is_told_once(world_of: WorldOf) -> None:
    """However many lines of the quota hold it back."""
    world = world_of(
        queue("team", {"memory": {"nominalQuota": "4Gi"}}, cohort=""),
        local(),
        quota({"requests.memory": "1Gi", "limits.memory": "1Gi", "memory": "1Gi"}),
    )

    assert len(found(world)) == 1


def test_a_queued_job_counts_as_its_queue_s(world_of: WorldOf) -> None:
    """Kueue holds it back, so it does not come on top of what the queue may admit."""
    job = obj("Job", "j", api="batch/v1", spec={"template": template({"cpu": "2"})})
    world = world_of(
        queue("team", {"cpu": {"nominalQuota": "4"}}, cohort=""), local(), job, quota({"requests.cpu": "4"})
    )

    assert found(world) == []
    assert list(namespaces.check(world)) == []


@pytest.mark.parametrize(("name", "queued"), [("default", True), ("other", False)])
def test_a_job_that_names_no_queue_joins_the_default_one(world_of: WorldOf, name: str, queued: bool) -> None:  # noqa: FBT001
    """Where its namespace has one."""
    job = obj("Job", "j", api="batch/v1", spec={"template": template({"cpu": "9"})})

    world = world_of(queue("team", {"cpu": {"nominalQuota": "4"}}, cohort=""), local(name), job)

    assert [one.problem for one in found(world)] == (
        ["the Job j asks for 9 cpu, and its queue never has more than 4"] if queued else []
    )


L4 = node_pool("gpu", {GPU: "8"}, arch=["amd64"], capacity_type=["on-demand"], instance_gpu_name=["l4"])
L4["spec"]["template"]["metadata"] = {"labels": {"accelerator": "l4"}}
L4["spec"]["template"]["spec"]["taints"] = [{"key": GPU, "value": "true", "effect": "NoSchedule"}]
TOLERATION = {"key": GPU, "operator": "Equal", "value": "true", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("spec", "pools"),
    [
        ({"nodeLabels": {"accelerator": "l4"}, "tolerations": [TOLERATION]}, ["gpu"]),
        ({"nodeLabels": {"accelerator": "l4"}}, []),
        ({"nodeLabels": {"accelerator": "h100"}, "tolerations": [TOLERATION]}, []),
        ({"nodeLabels": {"kubernetes.io/arch": "amd64"}, "tolerations": [TOLERATION]}, ["gpu"]),
        ({}, ["general"]),
    ],
)
def test_a_flavor_stands_for_the_pools_that_its_jobs_get_into(
    world_of: WorldOf, spec: dict[str, Any], pools: list[str]
) -> None:
    """With its labels, and past their taints."""
    general = node_pool("general", {"cpu": "8"}, arch=["arm64"])

    assert [one.name for one in pools_of(world_of(L4, general, flavor("f", **spec)), "f")] == pools


def test_queues_promise_no_more_than_the_pools_may_buy(world_of: WorldOf) -> None:
    """Karpenter would buy no machine for the last of them."""
    promised = flavor("gpu", nodeLabels={"accelerator": "l4"}, tolerations=[TOLERATION])
    team, other = (
        queue(name, {GPU: {"nominalQuota": amount}}, flavor="gpu") for name, amount in (("team", "6"), ("other", "3"))
    )

    (finding,) = found(world_of(L4, promised, team, other))

    assert finding.subject is not None
    assert finding.subject.name == "team"
    assert finding.problem == (
        f"the queues promise 9 {GPU} of the flavor gpu, whose NodePools leave 8 beside the pods that are no jobs"
    )
    assert finding.fix.startswith("Lower nominalQuota by 1")


def test_models_come_before_jobs(world_of: WorldOf) -> None:
    """What the pool's other pods ask for at their peak is not there for jobs."""
    promised = flavor("gpu", nodeLabels={"accelerator": "l4"}, tolerations=[TOLERATION])
    model = deployment("model", replicas=4, surge=0, limits={GPU: "1"}, tolerations=[TOLERATION])
    jobs_of = queue("team", {GPU: {"nominalQuota": "5"}}, flavor="gpu")

    (finding,) = found(world_of(cluster_config(), L4, promised, model, jobs_of))

    assert "promise 5" in finding.problem
    assert "leave 4 beside" in finding.problem


def test_what_the_committed_tree_s_queues_admit_can_run(tree: Any, intent: Any) -> None:
    """In namespaces and on machines."""
    for cluster in tree.clusters:
        world = World(tree, cluster, intent)
        assert len(jobs.budgets(world)) == 3
        assert found(world) == []
