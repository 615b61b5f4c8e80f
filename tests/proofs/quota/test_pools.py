"""NodePools against the machines of the peak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from groundwork.proofs.quota import pools
from groundwork.proofs.world import World
from tests.proofs.quota.small import cluster_config, deployment, node_pool, obj, template

WorldOf = Callable[..., World]
SOLD = {"capacity_type": ["on-demand"], "instance_family": ["m7i"], "instance_size": ["2xlarge", "4xlarge"]}


def pool(name: str = "general", weight: int = 0, **limits: str) -> dict[str, Any]:
    """A pool of machines with 8 or 16 cores."""
    found = node_pool(name, limits, arch=["amd64"], **SOLD)
    found["spec"]["weight"] = weight
    return found


def findings(world: World) -> list[tuple[str, str]]:
    """The problem and the way out of each finding."""
    return [(one.problem, one.fix) for one in pools.check(world)]


def test_limits_count_whole_machines(world_of: WorldOf) -> None:
    """Pods of nine cores take a machine of sixteen each: their requests are 27, the limit must be 48."""
    pods = deployment(replicas=3, surge=0, requests={"cpu": "9"})

    assert findings(world_of(cluster_config(), pods, pool(cpu="48"))) == []
    ((problem, fix),) = findings(world_of(cluster_config(), pods, pool(cpu="47")))

    assert problem == "the NodePool general allows 47 cpu; at the peak 48 are asked for, 1 too much"
    assert fix.startswith("Set limits.cpu to 48 or more")


def test_the_surge_of_a_rollout_takes_a_machine_too(world_of: WorldOf) -> None:
    """The old pods leave when the new ones are there."""
    assert findings(world_of(cluster_config(), deployment(replicas=3, surge=1, requests={"cpu": "9"}), pool(cpu="48")))


def test_daemon_sets_make_machines_larger(world_of: WorldOf) -> None:
    """Seven and a half cores fit a machine of eight, until each has to run a DaemonSet of one core."""
    pods = deployment(replicas=2, surge=0, requests={"cpu": "7500m"})
    agent = obj("DaemonSet", "agent", api="apps/v1", spec={"template": template({"cpu": "1"})})

    assert findings(world_of(cluster_config(), pods, pool(cpu="16"))) == []
    assert findings(world_of(cluster_config(), pods, agent, pool(cpu="16")))


def test_pods_that_may_go_to_another_pool_go_there_when_the_first_is_full(world_of: WorldOf) -> None:
    """Only what fits nowhere is too much."""
    pods = deployment(replicas=4, surge=0, requests={"cpu": "9"})
    first, second = pool("first", weight=10, cpu="32"), pool("second", cpu="32")

    assert findings(world_of(cluster_config(), pods, first, second)) == []
    assert findings(world_of(cluster_config(), pods, first))


def test_in_each_round_a_machine_may_turn_out_smaller_than_it_might(world_of: WorldOf) -> None:
    """Karpenter reckons with the largest type until it has bought the cheapest; what waited gets its turn then."""
    assert (
        findings(world_of(cluster_config(), deployment(replicas=3, surge=0, requests={"cpu": "7"}), pool(cpu="24")))
        == []
    )


def test_devices_are_limited_as_cores_are(world_of: WorldOf) -> None:
    """Two replicas of four GPUs need eight."""
    gpus = node_pool(
        "gpu", {"nvidia.com/gpu": "7"}, arch=["amd64"], capacity_type=["on-demand"], instance_family=["g6"]
    )
    model = deployment("model", replicas=2, surge=0, limits={"nvidia.com/gpu": "4"})

    ((problem, _),) = findings(world_of(cluster_config(), model, gpus))

    assert problem == "the NodePool gpu allows 7 nvidia.com/gpu; at the peak 8 are asked for, 1 too much"


def test_an_autoscaler_without_a_bound_is_too_much_for_any_pool(world_of: WorldOf) -> None:
    """And is no reason to compute for ever."""
    scaler = obj(
        "ScaledObject",
        "s",
        api="keda.sh/v1alpha1",
        spec={"scaleTargetRef": {"name": "web"}, "maxReplicaCount": 2**31 - 1},
    )

    assert findings(world_of(cluster_config(), deployment(requests={"cpu": "4"}), scaler, pool(cpu="640")))


def test_a_pod_that_no_machine_takes_is_no_affair_of_limits(world_of: WorldOf) -> None:
    """The placement proof names it."""
    assert findings(world_of(cluster_config(), deployment(requests={"cpu": "64"}), pool(cpu="16"))) == []


def test_a_tree_that_does_not_say_where_it_stands_has_no_machines(world_of: WorldOf) -> None:
    """The placement proof says that once."""
    assert findings(world_of(deployment(requests={"cpu": "64"}), pool(cpu="1"))) == []


def test_who_asks_for_most_is_named_with_what_machines_keep(world_of: WorldOf) -> None:
    """Shares add up to whole machines."""
    world = world_of(cluster_config(), deployment(replicas=3, surge=0, requests={"cpu": "9"}), pool(cpu="47"))

    (one,) = pools.budgets(world)

    assert one.askers() == "Deployment team/web 3 x 9 = 27; DaemonSets, kubelets and what stays unused 21"


def test_the_committed_tree_s_pools_hold_its_peak(tree: Any, intent: Any) -> None:
    """Everything at its most, everything rolled at once."""
    for cluster in tree.clusters:
        world = World(tree, cluster, intent)
        assert len(pools.budgets(world)) > 5
        assert findings(world) == []
        assert all(machine.allowed for machine in pools.machines(world) if not machine.pool.fixed)
