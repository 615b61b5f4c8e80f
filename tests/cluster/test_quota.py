"""Quota: with everything at its most, a real API server counts what the proof counts, and refuses where the proof says so."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

from groundwork.proofs.fields import entries, mapping
from groundwork.proofs.pods import pod_sets
from groundwork.proofs.quota import limit_ranges, namespaces
from groundwork.proofs.quota.budget import amount_text
from groundwork.proofs.resources import read
from groundwork.proofs.world import World
from groundwork.tree.manifest import Identity, Manifest
from groundwork.tree.reader import Tree
from tests.cluster.box import Box
from tests.cluster.conftest import SEED
from tests.cluster.peak import Hit, Peak, hits, used

TITLE = "quotas at the peak: the proof / the API server"
# How many trials of each kind a cluster gets.
TRIALS = 2
_JUDGED = ("ResourceQuota", "LimitRange")
# A maximum is no smaller than the defaults of our LimitRanges.
_LEAST = 512 * 1024**2 * 1000


@dataclass
class Trial:
    """The cluster with a fault: objects that are different, or gone (None). `masking` is whether one refusal may hide another."""

    fault: str
    changes: dict[Identity, dict[str, Any] | None] = field(default_factory=dict)
    masking: bool = False

    def tree(self, tree: Tree) -> Tree:
        changed = [(one, self.changes.get(one.identity, one.body)) for one in tree]
        kept = [Manifest(one.cluster, one.component, one.path, body) for one, body in changed if body is not None]
        return Tree(tree.root, kept)


@pytest.fixture
def quota_box(controlled_box: Box) -> Generator[Box]:
    """The cluster with the controllers; afterwards with its own quotas again."""
    yield controlled_box
    for one in controlled_box.tree:
        if one.kind in _JUDGED:
            controlled_box.api.apply(one.body)


def test_at_the_peak_the_server_counts_what_the_proof_counts(quota_box: Box, told: dict[str, list[str]]) -> None:
    """Number by number, and nothing is refused: autoscalers at their most, every rollout at once, every Job."""
    world = World(quota_box.tree, quota_box.name)
    with quota_box.progress.step(f"{quota_box.name}: everything at its most"), Peak(quota_box.api, world).scaled():
        refused, counted = hits(quota_box.api), used(quota_box.api)

    ours = {(one.source.namespace, one.resource): Fraction(one.running, 1000) for one in namespaces.budgets(world)}
    theirs = {(where, line): amount for where, lines in counted.items() for line, amount in lines.items()}
    pods = sum(amount for (_, line), amount in theirs.items() if line == "pods")
    alike = sum(ours[at] == theirs.get(at) for at in ours)
    told.setdefault(TITLE, []).append(
        f"{quota_box.name}: {pods} pods; of {len(ours)} lines of {len(counted)} quotas {alike} counted alike; refused: {len(refused)}"
    )
    assert refused == set()
    assert {at: (amount, theirs.get(at)) for at, amount in ours.items() if theirs.get(at) != amount} == {}
    assert len(ours) > 20


def test_the_server_refuses_where_the_proof_says_so(quota_box: Box, told: dict[str, list[str]]) -> None:
    """Exactly there: quotas a little too low, more replicas than there is room for, a container that says too little."""
    disagreements, hit = [], 0
    for trial in _trials(World(quota_box.tree, quota_box.name), random.Random(f"{SEED} {quota_box.name}")):
        named, refused = _judged(quota_box, trial)
        agreed = refused <= named and _where(refused) == _where(named) if trial.masking else refused == named
        told.setdefault(TITLE, []).append(f"{quota_box.name}: {trial.fault}: {len(named)} / {len(refused)}")
        hit += bool(named)
        if not agreed:
            disagreements.append((trial.fault, named, refused))

    assert disagreements == []
    # There may be room for a few more replicas; any other fault is one.
    assert hit >= 3 * TRIALS


def _judged(box: Box, trial: Trial) -> tuple[set[Hit], set[Hit]]:
    """What the proof names, and what the server refuses by."""
    world = World(trial.tree(box.tree), box.name)
    found = [*namespaces.check(world), *limit_ranges.check(world)]
    named = {_line(one.subject.namespace, one.pointer, one.problem) for one in found if one.subject}
    for one in box.tree:
        if one.kind in _JUDGED:
            body = trial.changes.get(one.identity, one.body)
            box.api.delete(one.body) if body is None else box.api.apply(body)
    with box.progress.step(f"{box.name}: {trial.fault}"), Peak(box.api, world).scaled():
        return named, hits(box.api)


def _line(namespace: str, pointer: tuple[str | int, ...], problem: str) -> Hit:
    """The line of a quota that a finding is about; where a container says too little or too much, what is asked of it."""
    if pointer[:2] == ("spec", "hard"):
        return namespace, str(pointer[-1])
    if " at most" in problem:
        return namespace, f"max {problem.partition(' at most')[0].split()[-1]}"
    return namespace, problem.partition("must say ")[2].partition(", which")[0]


def _where(found: set[Hit]) -> set[str]:
    return {namespace for namespace, _ in found}


def _trials(world: World, chance: random.Random) -> Iterator[Trial]:
    judged = {one.source.namespace for one in namespaces.budgets(world)}
    workloads = [one for one in world.objects("Deployment", "apps") if one.namespace in judged]
    yield from (_lowered(world, chance) for _ in range(TRIALS))
    yield from (_raised(world, one) for one in chance.sample(workloads, TRIALS))
    yield from (_silent(world, one) for one in chance.sample(workloads, TRIALS))
    largest = _largest(world)
    yield from (_bounded(world, name, largest[name]) for name in chance.sample(sorted(largest), TRIALS))


def _lowered(world: World, chance: random.Random) -> Trial:
    """In half of the namespaces one line of the quota lacks what the least of all pods asks for."""
    trial = Trial("quotas lowered")
    lines = [one for one in namespaces.budgets(world) if one.running]
    for namespace in sorted({one.source.namespace for one in lines}):
        if chance.random() < 0.5 or not trial.changes:
            one = chance.choice([line for line in lines if line.source.namespace == namespace])
            body = copy.deepcopy(one.source.body)
            least = min(share.each for share in one.shares if not share.promised)
            body["spec"]["hard"][one.resource] = one.text(one.running - least)
            trial.changes[one.source.identity] = body
    return trial


def _raised(world: World, one: Manifest) -> Trial:
    """A Deployment has ten times its replicas, or its autoscaler may give it as many."""
    scaled = {
        mapping(each.body, "spec", "scaleTargetRef").get("name"): each
        for each in world.objects("ScaledObject", "keda.sh")
    }
    target, name = (scaled[one.name], "maxReplicaCount") if one.name in scaled else (one, "replicas")
    body = copy.deepcopy(target.body)
    body["spec"][name] = 10 * body["spec"].get(name, 1)
    return Trial(f"{one.name} with {body['spec'][name]} replicas", {target.identity: body}, masking=True)


def _silent(world: World, one: Manifest) -> Trial:
    """A container says nothing of memory, and no LimitRange says it instead."""
    body = copy.deepcopy(one.body)
    for _, container in entries(body, "spec", "template", "spec", "containers")[:1]:
        del container["resources"]["limits"]["memory"]
    ranges: Mapping[Identity, None] = {
        each.identity: None for each in world.objects("LimitRange") if each.namespace == one.namespace
    }
    return Trial(f"{one.name} without a limit of memory", {one.identity: body, **ranges})


def _bounded(world: World, namespace: str, largest: int) -> Trial:
    """No container of a namespace may have as much memory as the largest has."""
    (one,) = (each for each in world.objects("LimitRange") if each.namespace == namespace)
    body = copy.deepcopy(one.body)
    body["spec"]["limits"][0]["max"] = {"memory": amount_text("memory", largest - _LEAST // 4)}
    return Trial(f"{namespace} with less memory for each container", {one.identity: body})


def _largest(world: World) -> Mapping[str, int]:
    """The memory of the largest container in each namespace with a LimitRange, where it is more than that one's defaults."""
    found: dict[str, int] = defaultdict(int)
    ranged = {one.namespace for one in world.objects("LimitRange")}
    for pods in pod_sets(world):
        for _, container in entries(pods.spec, "containers") if pods.namespace in ranged and pods.scale.peak else ():
            memory = read(mapping(container, "resources", "limits")).get("memory", 0)
            found[pods.namespace] = max(found[pods.namespace], memory)
    return {namespace: memory for namespace, memory in found.items() if memory > _LEAST}
