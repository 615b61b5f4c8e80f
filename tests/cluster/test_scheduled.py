"""Scheduled: real Karpenter makes the nodes and the real scheduler binds, and every pod lands where the placement proof says.

A pod that two pools would take may land on a node that another pod caused. So the workloads come in groups, by the pool that
is expected of them, each with new nodes; the DaemonSets are there from the beginning.
"""

from __future__ import annotations

import copy
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundwork.proofs.placement.homes import Home, fleet, homes
from groundwork.proofs.placement.pod import Pod
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.world import World
from tests.cluster.box import WORKLOADS, Box
from tests.cluster.conftest import SEED
from tests.cluster.trial import PLACED, remove, said, until_none
from tests.cluster.workloads import SET, pods_of, surroundings, workload_of

PATIENCE = 180
# Of a pool's limits: what comes at once is to stay far from them, or it lands on the next pool.
SHARE = 0.4
FAULTS = 15


@dataclass(frozen=True)
class Expected:
    """A pod set with its number, what makes its pods, and the pool that the proof expects."""

    number: int
    pods: PodSet
    pool: str
    body: dict[str, Any]


@dataclass
class Tally:
    """What was compared, and where the two sides differ."""

    pods: int = 0
    pools: set[str] = field(default_factory=set)
    agreed: int = 0
    apart: list[str] = field(default_factory=list)


def test_every_pod_lands_on_the_pool_that_the_proof_says(living_box: Box, told: dict[str, list[str]]) -> None:
    """Each set of pods, and each of its pods; no pod is left without a node."""
    world = World(living_box.tree, living_box.name)
    sets = pod_sets(world)
    expected = [Expected(number, one, "", workload_of(one, number)) for number, one in enumerate(sets) if one.daemon]
    numbers = {id(one): number for number, one in enumerate(sets)}
    tally = Tally()
    _create(living_box, [*surroundings(world), *(one.body for one in expected)])
    for pool, group in _groups(world, homes(world), numbers):
        with living_box.progress.step(f"{living_box.name}: {pool}, {len(group)} sets of pods"):
            _create(living_box, [one.body for one in group])
            _compare(group, _landed(living_box, group), tally)
            _clear(living_box)

    told.setdefault("placement proof / scheduler and Karpenter, on the tree", []).append(
        f"{living_box.name}: {tally.pods} pods on {len(tally.pools)} pools; "
        f"{tally.agreed} sets agreed, {len(tally.apart)} apart"
    )
    assert not tally.apart, "\n".join(tally.apart)
    assert tally.agreed == sum(not one.daemon for one in sets)


def test_a_fault_in_the_tree_is_refused_by_both(living_box: Box) -> None:
    """What should no longer find a machine is told by the proof and by Karpenter; what still does, by both as well."""
    world = World(living_box.tree, living_box.name)
    there = fleet(world)
    assert there
    chance = random.Random(SEED)
    drawn = chance.sample([one for one in pod_sets(world) if not one.daemon], FAULTS)
    pods = [_faulty(one, number, FAULTY[number % len(FAULTY)]) for number, one in enumerate(drawn)]
    _create(living_box, pods)
    until_none(lambda: sorted({_name(one) for one in pods} - said(living_box.api).keys()), "pods without a verdict")
    words = said(living_box.api)
    theirs = [words[_name(one)][0] == PLACED for one in pods]
    ours = [there.place(Pod.of(one)).pool is not None for one in pods]
    for one in pods:
        living_box.api.delete(one)
    _clear(living_box)

    assert [f"{_name(one)}: {words[_name(one)]}" for one, a, b in zip(pods, ours, theirs, strict=True) if a != b] == []
    assert ours.count(False) >= FAULTS // 2


def _faulty(one: PodSet, number: int, fault: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """A pod of a set by itself, with a fault."""
    wanted = ("nodeSelector", "tolerations", "affinity")
    spec = copy.deepcopy({key: one.spec[key] for key in wanted if key in one.spec})
    spec["containers"] = [{"name": "main", "image": "main", "resources": _resources(one)}]
    fault(spec)
    metadata = {"name": f"faulty-{number}", "namespace": "default", "labels": dict(one.labels)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _resources(one: PodSet) -> dict[str, Any]:
    asked = {name: f"{amount}m" for name, amount in one.requests.items() if name in ("cpu", "memory")}
    devices = {name: str(amount // 1000) for name, amount in one.requests.items() if "/" in name}
    return {"requests": {**asked, **devices}, "limits": devices}


def _without_tolerations(spec: dict[str, Any]) -> None:
    spec.pop("tolerations", None)


def _in_the_other_dialect(spec: dict[str, Any]) -> None:
    spec["nodeSelector"] = {"karpenter.k8s.aws/instance-family": "m7g", "eks.amazonaws.com/instance-family": "m7g"}


def _beyond_every_machine(spec: dict[str, Any]) -> None:
    spec["containers"][0]["resources"]["requests"]["cpu"] = "500"


def _for_a_gpu_that_no_pool_buys(spec: dict[str, Any]) -> None:
    spec["nodeSelector"] = {**spec.get("nodeSelector", {}), "groundwork.dev/accelerator": "a100"}


def _on_windows(spec: dict[str, Any]) -> None:
    spec["nodeSelector"] = {**spec.get("nodeSelector", {}), "kubernetes.io/os": "windows"}


FAULTY = (
    _without_tolerations,
    _in_the_other_dialect,
    _beyond_every_machine,
    _for_a_gpu_that_no_pool_buys,
    _on_windows,
)


def _name(body: dict[str, Any]) -> str:
    return str(body["metadata"]["name"])


def _groups(world: World, found: Sequence[Home], numbers: Mapping[int, int]) -> Iterator[tuple[str, list[Expected]]]:
    by_pool: dict[str, list[Expected]] = defaultdict(list)
    for home in found:
        number = numbers[id(home.pods)]
        by_pool[home.pool].append(Expected(number, home.pods, home.pool, workload_of(home.pods, number)))
    limits = {one.name: one.body["spec"].get("limits", {}) for one in world.objects("NodePool", "karpenter.sh")}
    for pool, group in sorted(by_pool.items()):
        room = int(limits.get(pool, {}).get("cpu", "1000000")) * 1000 * SHARE
        portion: list[Expected] = []
        for one in group:
            if portion and _cpu([*portion, one]) > room:
                yield pool, portion
                portion = []
            portion.append(one)
        yield pool, portion


def _cpu(group: Sequence[Expected]) -> int:
    return sum(one.pods.requests.get("cpu", 0) * pods_of(one.body) for one in group)


def _create(box: Box, bodies: Sequence[dict[str, Any]]) -> None:
    for body in bodies:
        answer = box.api.apply(body)
        assert answer.taken, f"{body['kind']} {body['metadata']}: {answer.says}"


def _landed(box: Box, group: Sequence[Expected]) -> Mapping[str, list[dict[str, Any]]]:
    """The pods of a group by the number of their set, once all of them, and those of DaemonSets, run."""
    until = time.monotonic() + PATIENCE
    while True:
        pods = box.api.every("v1", "Pod")
        by_set: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in pods:
            by_set[one["metadata"]["labels"].get(SET, "")].append(one)
        missing = [str(one.pods) for one in group if len(by_set[str(one.number)]) < pods_of(one.body)]
        waiting = [one["metadata"]["name"] for one in pods if one["status"]["phase"] != "Running"]
        if not missing and not waiting:
            return by_set
        if time.monotonic() > until:
            raise TimeoutError(f"not made: {missing}\nnot running: {waiting}\n" + "\n".join(_reasons(box, waiting)))
        time.sleep(0.5)


def _reasons(box: Box, waiting: Sequence[str]) -> Iterator[str]:
    for event in box.api.every("v1", "Event"):
        if event["involvedObject"]["name"] in waiting or event["reason"] == "FailedCreate":
            yield f"{event['involvedObject']['name']}: {event['reason']}: {event['message'][:600]}"


def _compare(group: Sequence[Expected], landed: Mapping[str, list[dict[str, Any]]], tally: Tally) -> None:
    for one in group:
        pods = landed[str(one.number)]
        pools = {_pool_of(pod["spec"]["nodeName"]) for pod in pods}
        tally.pods += len(pods)
        tally.pools |= pools
        if pools == {one.pool}:
            tally.agreed += 1
        else:
            tally.apart.append(
                f"{one.pods}: the proof: {one.pool or 'nowhere'}; it landed on {', '.join(sorted(pools))}"
            )


def _pool_of(node: str) -> str:
    """Nodes are named after their pool, or their node group, and a word of their own."""
    return node.rpartition("-")[0]


def _clear(box: Box) -> None:
    """Take the workloads away but for DaemonSets, then the nodes that they caused."""
    for version, kind in WORKLOADS:
        if kind != "DaemonSet":
            box.api.empty(version, kind)
    until_none(
        lambda: [_name(one) for one in box.api.every("v1", "Pod") if _owner(one) != "DaemonSet"], "pods that stay"
    )
    for version, kind in (
        ("v1", "PersistentVolumeClaim"),
        ("v1", "PersistentVolume"),
        ("karpenter.sh/v1", "NodeClaim"),
    ):
        remove(box.api, version, kind)
    box.api.empty("v1", "Event")


def _owner(pod: dict[str, Any]) -> str:
    owners = pod["metadata"].get("ownerReferences")
    return str(owners[0]["kind"]) if owners else ""
