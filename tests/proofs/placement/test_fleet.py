"""Where pods go: pools by weight, wishes given up one by one, machines shared, limits kept."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from groundwork.proofs.placement.pod import Pod
from groundwork.proofs.placement.requirements import Requirement, Requirements
from tests.proofs.placement.cases import (
    HOST,
    NODE_AFFINITY,
    ZONE,
    ZONES,
    apart,
    fleet,
    need,
    node_class,
    pod,
    pool,
    pool_of,
    why_not,
)

FAMILY = "karpenter.k8s.aws/instance-family"
GPUS = {"nvidia.com/gpu": "1"}


def test_the_heaviest_pool_that_fits_is_taken() -> None:
    """Of equal ones, the last by name."""
    there = fleet(
        pool("a", weight=1), pool("b"), pool("c"), pool("d", need(FAMILY, "g6"), taints=["x:NoSchedule"], weight=9)
    )
    assert "a" == pool_of(there.place(pod()))
    assert ["a", "c", "b"] == [one.name for one in there.takers(pod())]


def test_the_cheapest_machine_that_holds_pod_and_daemons_comes_first() -> None:
    """A DaemonSet that runs on a node takes its share; one that its labels keep away takes none."""
    types = ["m6i.large", "m6i.xlarge", "m6i.2xlarge"]
    agent = pod("agent", asks={"cpu": "1"})
    elsewhere = pod("other", asks={"cpu": "1"}, nodeSelector={"kubernetes.io/arch": "arm64"})

    alone = fleet(pool("p"), types=types).place(pod(asks={"cpu": "1500m"}))
    shared = fleet(pool("p"), types=types, daemons=[agent, elsewhere]).place(pod(asks={"cpu": "1500m"}))

    assert ["m6i.large", "m6i.xlarge", "m6i.2xlarge"] == [one.name for one in alone.machines]
    assert ["m6i.xlarge", "m6i.2xlarge"] == [one.name for one in shared.machines]


def test_what_a_miss_asks_for_counts_the_daemons() -> None:
    """As Karpenter logs it: the pod, and what would stand beside it."""
    there = fleet(pool("p"), types=["m6i.large"], daemons=[pod("agent", asks={"cpu": "500m", "memory": "1Gi"})])
    problem = why_not(there.place(pod(asks={"cpu": "1500m"})))
    assert problem.endswith('resources={"cpu":"2","memory":"1Gi","pods":"2"}')


def test_types_that_run_fewer_daemons_leave_more_room() -> None:
    """Karpenter counts DaemonSets by instance type."""
    on_gpus = pod("dcgm", asks={"cpu": "3"}, nodeSelector={"karpenter.k8s.aws/instance-gpu-name": "l4"})
    there = fleet(pool("p"), types=["g6.xlarge", "m6i.xlarge"], daemons=[on_gpus])
    assert ["m6i.xlarge"] == [one.name for one in there.place(pod(asks={"cpu": "2"})).machines]


@pytest.mark.parametrize(
    ("asks", "problem", "short"),
    [
        ({"nvidia.com/gpu": "9"}, "no instance type has enough resources", {"nvidia.com/gpu": 8000}),
        ({"cpu": "900"}, "no instance type has enough resources", {"cpu": 191450}),
        (
            {"nvidia.com/gpu": "1", "example.com/fpga": "1"},
            "no instance type has enough resources",
            {"example.com/fpga": 0},
        ),
    ],
)
def test_what_no_machine_holds_is_told_with_what_the_largest_has(
    asks: dict[str, str], problem: str, short: dict[str, int]
) -> None:
    """In thousandths."""
    verdict = fleet(pool("p", need(FAMILY, "g6", "p5en"))).place(pod(asks=asks))
    assert why_not(verdict).startswith(problem)
    assert short == verdict.misses[0].short


def test_misses_come_nearest_first() -> None:
    """A pool that would fit but for its machines is nearer than one whose labels differ, and that than a taint."""
    there = fleet(
        pool("tainted", taints=["gpu=true:NoSchedule"], weight=3),
        pool("other", labels={"team": "blue"}, weight=2),
        pool("small", need("node.kubernetes.io/instance-type", "m6i.large"), labels={"team": "red"}),
    )
    verdict = there.place(pod(asks={"cpu": "8"}, nodeSelector={"team": "red"}))
    assert ["small", "other", "tainted"] == [miss.pool for miss in verdict.misses]


def test_of_pools_with_other_labels_those_with_such_machines_are_nearer() -> None:
    """And of these, those that have the label."""
    there = fleet(
        pool("a-general", need("karpenter.k8s.aws/instance-category", "c", "m"), weight=3),
        pool("b-bare", need(FAMILY, "g6"), weight=2),
        pool("c-other", need(FAMILY, "g6"), labels={"accelerator": "l5"}),
    )
    verdict = there.place(pod(asks=GPUS, nodeSelector={"accelerator": "l4"}))
    assert ["c-other", "b-bare", "a-general"] == [miss.pool for miss in verdict.misses]


def test_terms_of_node_affinity_are_alternatives() -> None:
    """The first is tried on all pools before the second."""
    terms = [{"matchExpressions": [need("team", value)]} for value in ("green", "blue")]
    affinity = {"nodeAffinity": {NODE_AFFINITY: {"nodeSelectorTerms": terms}}}
    there = fleet(pool("p", labels={"team": "blue"}), pool("q", labels={"team": "red"}))
    assert "p" == pool_of(there.place(pod(affinity=affinity)))


def test_a_wish_counts_until_nothing_fits() -> None:
    """Then it is given up."""

    def wishing(team: str) -> dict[str, Any]:
        preferred = {"weight": 1, "preference": {"matchExpressions": [need("team", team)]}}
        return {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]}}

    there = fleet(pool("heavy", weight=9), pool("blue", labels={"team": "blue"}))
    assert "blue" == pool_of(there.place(pod(affinity=wishing("blue"))))
    assert "heavy" == pool_of(there.place(pod(affinity=wishing("green"))))


def test_a_taint_that_only_asks_is_heeded_until_nothing_fits() -> None:
    """PreferNoSchedule."""
    asking = pool("asking", taints=["quiet:PreferNoSchedule"], weight=9)
    assert "plain" == pool_of(fleet(asking, pool("plain")).place(pod()))
    assert "asking" == pool_of(fleet(asking).place(pod()))


def test_labels_of_karpenters_own_may_be_asked_for_though_no_pool_speaks_of_them() -> None:
    """Any pool will do that has such machines; of another dialect's none has."""
    there = fleet(pool("p"))
    chosen = there.place(pod(nodeSelector={"karpenter.k8s.aws/instance-family": "m7g"}))
    assert {"m7g"} == {one.family for one in chosen.machines}
    assert "does not have known values" in why_not(
        there.place(pod(nodeSelector={"eks.amazonaws.com/instance-family": "m7g"}))
    )


def test_a_pool_that_karpenter_does_not_take_is_no_pool() -> None:
    """The API server takes it; Karpenter finds two taints of one key and effect, or a label of its own that it does not know."""
    twice = pool("p", taints=["team=a:NoSchedule", "team=b:NoSchedule"])
    labelled = pool("p", labels={"karpenter.sh/team": "a"})
    careless = pod(tolerations=[{"operator": "Exists"}])

    assert "duplicate taint Key/Effect pair team=NoSchedule" == why_not(fleet(twice).place(careless))
    assert "using label karpenter.sh/team is not allowed" in why_not(fleet(labelled).place(careless))


def test_auto_mode_has_labels_of_its_own() -> None:
    """A requirement in the other dialect silently matches nothing there."""
    auto = pool("p", need("eks.amazonaws.com/instance-family", "g6"))
    auto["spec"]["template"]["spec"]["nodeClassRef"] = {
        "group": "eks.amazonaws.com",
        "kind": "NodeClass",
        "name": "default",
    }
    foreign = copy.deepcopy(auto)
    foreign["spec"]["template"]["spec"]["requirements"] = [need(FAMILY, "g6")]

    assert {"g6"} == {
        one.family for one in fleet(auto).place(pod(nodeSelector={"eks.amazonaws.com/compute-type": "auto"})).machines
    }
    assert "is not allowed" in why_not(
        fleet(pool("p")).place(pod(nodeSelector={"karpenter.k8s.aws/compute-type": "auto"}))
    )
    assert "is on no machine of Auto Mode" in why_not(fleet(foreign).place(pod()))


def test_what_finds_no_place_at_first_may_find_one_beside_others() -> None:
    """Karpenter's first word, and what comes of it once the machines are there."""
    seeker = pod("seeker", asks={"cpu": "3"}, affinity=apart(ZONE, app="web", kind="podAffinity"))
    there = fleet(pool("p"))
    assert ["", "p"] == [pool_of(one) for one in there.place_all([seeker, pod()])]
    first, second = there.settle([seeker, pod()])
    assert ("p", "p", first.zones) == (pool_of(first), pool_of(second), second.zones)


def test_a_node_cannot_be_chosen_by_its_name() -> None:
    """Karpenter ignores such a pod, and one that asks for a label of its own domain that does not exist."""
    there = fleet(pool("p"))
    assert "is not allowed" in why_not(there.place(pod(nodeSelector={HOST: "node-1"})))
    assert "is not allowed" in why_not(there.place(pod(nodeSelector={"karpenter.sh/provisioner-name": "default"})))


def test_min_values_want_a_choice() -> None:
    """Among the types that are left for the pod."""
    flexible = pool("p", need(FAMILY, "m6i", "m7i", least=2))
    assert "p" == pool_of(fleet(flexible, types=["m6i.large", "m7i.xlarge"]).place(pod()))
    assert "minValues" in why_not(fleet(flexible, types=["m6i.large", "m7i.xlarge"]).place(pod(asks={"cpu": "3"})))


def test_a_limit_counts_whole_machines() -> None:
    """A limit of 2 GPUs buys no machine with 4; and what one pod takes is gone for the next."""

    def limited(gpus: str) -> Any:
        return fleet(
            pool("p", need("node.kubernetes.io/instance-type", "g6.12xlarge"), limits={"nvidia.com/gpu": gpus})
        )

    four = pod(asks={"nvidia.com/gpu": "4"})
    assert "all available instance types exceed limits" in why_not(limited("2").place(four))
    assert ["p", ""] == [pool_of(one) for one in limited("4").place_all([four, four])]
    assert ["p", "p"] == [pool_of(one) for one in limited("4").place_all([four, four], limited=False)]


def test_a_pod_that_fits_nowhere_is_told_why_before_the_limit() -> None:
    """A pool that is full would not have done either."""
    there = fleet(pool("p", limits={"cpu": "0"}))
    assert "did not" not in why_not(there.place(pod()))
    assert "does not have known values" in why_not(there.place(pod(nodeSelector={"team": "blue"})))


def test_pods_share_a_machine_as_long_as_there_is_room() -> None:
    """The machine's types narrow with each."""
    verdicts = fleet(pool("p"), types=["m6i.large", "m6i.xlarge"]).place_all([pod(asks={"cpu": "1"})] * 4)
    assert [1, 1, 1, 2] == sorted(one.node or 0 for one in verdicts)
    assert ["m6i.xlarge"] == [one.name for one in verdicts[0].machines]


def test_ports_of_the_node_are_taken_once() -> None:
    """By pods, and by DaemonSets before them."""
    listening = pod(containers=[{"name": "one", "ports": [{"containerPort": 80, "hostPort": 80}]}])
    there = fleet(pool("p"))
    assert 2 == len({one.node for one in there.place_all([listening, listening])})
    assert "no instance type" in why_not(fleet(pool("p"), daemons=[listening]).place(listening))


def test_a_limit_of_machines_counts_those_that_are_there() -> None:
    """In one go Karpenter exceeds it; whoever comes later finds it exhausted."""
    apart_from_others = [pod(affinity=apart(HOST))] * 3
    there = fleet(pool("p", limits={"nodes": "1"}))
    assert all(one.pool for one in there.place_all(apart_from_others))
    assert "node limits have been exhausted" in why_not(fleet(pool("p", limits={"nodes": "0"})).place(pod()))


def test_volumes_may_be_in_one_of_several_places() -> None:
    """Each is an alternative; none may contradict the pod."""

    def stored(*zones: str, **spec: Any) -> Pod:
        body = {"metadata": {"name": "db"}, "spec": {"containers": [{"name": "one"}], **spec}}
        return Pod.of(body, volumes=[Requirements.of([Requirement.of(ZONE, "In", [zone])]) for zone in zones])

    there = fleet(pool("p", need(ZONE, ZONES[0], ZONES[1])))
    assert [ZONES[1]] == there.place(stored(ZONES[2], ZONES[1])).zones
    assert "incompatible volume requirements" in why_not(there.place(stored(ZONES[2])))


def test_reservations_are_bought_from_only_where_the_node_class_selects_some() -> None:
    """A type without a price is sold in no other way."""
    reserving = node_class(capacityReservationSelectorTerms=[{"tags": {"team": "ml"}}])
    only = pool(
        "p",
        need("node.kubernetes.io/instance-type", "p5e.48xlarge"),
        need("karpenter.sh/capacity-type", "reserved", "spot"),
    )
    asking = pod(asks={"nvidia.com/gpu": "8"})

    assert "filtered out all available instance types" in why_not(fleet(only, where="us-east-2").place(asking))
    found = fleet(only, where="us-east-2", zones=["us-east-2a"], of=reserving).place(asking)
    assert (["p5e.48xlarge"], True) == ([one.name for one in found.machines], "reserved" in found.capacity_types)


def test_a_node_group_is_there_before_anything_is_bought() -> None:
    """It has so many machines, and pods of Karpenter's own go nowhere else."""
    group = {
        "name": "system",
        "instanceTypes": ["m7g.large"],
        "desiredCapacity": 2,
        "taints": [{"key": "system", "effect": "NoSchedule"}],
    }
    away = {
        "nodeAffinity": {
            NODE_AFFINITY: {
                "nodeSelectorTerms": [{"matchExpressions": [need("karpenter.sh/nodepool", operator="DoesNotExist")]}]
            }
        }
    }
    there = fleet(pool("p"), groups=[group])
    tolerating: dict[str, Any] = {"tolerations": [{"key": "system", "operator": "Exists"}]}

    assert "p" == pool_of(there.place(pod()))
    assert "system" == pool_of(there.place(pod(**tolerating)))
    karpenter = pod("karpenter", affinity={**away, **apart(HOST, app="karpenter")}, **tolerating)
    assert ["system", "system", ""] == sorted((pool_of(one) for one in there.place_all([karpenter] * 3)), reverse=True)
    assert "node limits have been exhausted" in why_not(there.place_all([karpenter] * 3)[2])


def test_a_node_group_may_be_called_like_a_pool() -> None:
    """Each has its own limits."""
    group = {"name": "system", "instanceTypes": ["m7g.large"], "desiredCapacity": 1}
    there = fleet(pool("system", limits={"cpu": "2000"}), groups=[group])
    verdicts = there.place_all([pod(affinity=apart(HOST))] * 3)
    assert [True, False, False] == [one.pool.fixed for one in verdicts if one.pool]
    assert not there.bought("system").fixed
