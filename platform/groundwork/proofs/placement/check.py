"""Placement judged: pods without a pool, pools without pods or machines, DaemonSets that miss their nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from groundwork.findings import Finding
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.fields import Pointer, entries, text, texts
from groundwork.proofs.placement import rules
from groundwork.proofs.placement.advice import advice, place_of, shortly
from groundwork.proofs.placement.claims import Miss, amount_text
from groundwork.proofs.placement.fleet import Fleet
from groundwork.proofs.placement.homes import crowded, fleet, homes, pod_of, queued
from groundwork.proofs.placement.machines import ZONE, Shelf
from groundwork.proofs.placement.pod import Pod
from groundwork.proofs.placement.pools import Pool
from groundwork.proofs.placement.requirements import Requirements
from groundwork.proofs.placement.taints import untolerated
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

__all__ = ["check"]

_REQUIREMENTS = ("spec", "template", "spec", "requirements")
_TAINTS = ("spec", "template", "spec", "taints")
# Labels that programs give to nodes once they run, after what these have.
_GIVEN_LATER = ("feature.node.kubernetes.io/", "nvidia.com/", "node-role.kubernetes.io/")


def check(world: World) -> Iterator[Finding]:
    """Everything that keeps pods of a cluster from machines."""
    there = fleet(world)
    if there is None:
        if any(True for _ in pod_sets(world)):
            problem = f"{world.cluster}: no ClusterConfig says in which region of the catalogue the cluster stands"
            yield rules.UNDECIDED.finding(problem)
        return
    yield from _pods(world, there)
    yield from _pools(world, there)
    yield from _daemons(world, there)


def _pods(world: World, there: Fleet) -> Iterator[Finding]:
    for home in homes(world):
        if home.why_not and home.pods.scale.peak:
            yield _homeless(home.pods, home.why_not, world, there)
    for one, misses, placed in crowded(world):
        yield _homeless(one, misses, world, there, beyond=placed)


def _homeless(one: PodSet, misses: Sequence[Miss], world: World, there: Fleet, beyond: int = 0) -> Finding:
    """A pod set without a pool; or of which only so many pods have one."""
    nearest = misses[0]
    who = f"only {beyond} of {one.scale.most} pods of {one} have a place" if beyond else f"{one} has no place"
    others = f"; {shortly(misses[1:])}" if len(misses) > 1 else ""
    resting = " (what it asks for is assumed: nobody has verified it)" if one.assumed else ""
    problem = f"{who}: {nearest if nearest.pool else nearest.problem}{others}{resting}"
    if nearest.reason == "limits":
        limited = world.find("NodePool", nearest.pool, group="karpenter.sh")
        if limited is not None:
            return _exceeded(limited, one, problem, there)
        return one.source.breaks(
            rules.LIMIT, problem, place_of(one, nearest.reason, nearest.short), fix="Give the node group more machines."
        )
    fix = advice(pod_of(one, world), nearest, there)
    return one.source.breaks(rules.NO_POOL, problem, place_of(one, nearest.reason, nearest.short), fix=fix)


def _exceeded(limited: Manifest, one: PodSet, problem: str, there: Fleet) -> Finding:
    """A pool whose limits rule out every machine that would do for a pod."""
    pool = there.bought(limited.name)
    for resource, limit in pool.limits.items():
        smallest = pool.capacity.smallest(resource, pool.room.at_least(one.requests))
        if smallest > limit:
            needed = amount_text(resource, smallest)
            fix = f"Raise the limit of {resource} to {needed} or more: the smallest machine that would do has as much."
            return limited.breaks(rules.LIMIT, problem, ("spec", "limits", resource), fix=fix)
    return limited.breaks(rules.LIMIT, problem, ("spec", "limits"))


def _pools(world: World, there: Fleet) -> Iterator[Finding]:
    pods = [pod_of(one, world) for one in pod_sets(world) if not one.daemon]
    used = {name for home in homes(world) for name in home.pools}
    queues = queued(world)
    for one in world.objects("NodePool", "karpenter.sh"):
        pool = there.bought(one.name)
        yield from _values(one, pool)
        if not pool.options:
            yield one.breaks(rules.NO_MACHINE, *_impossible(one, pool))
        elif pool.name not in used and not any(pool in there.takers(queue) for queue in queues):
            yield _idle(one, pool, [*pods, *queues])


def _values(one: Manifest, pool: Pool) -> Iterator[Finding]:
    """Values of requirements that no instance type has, wherever it is sold."""
    for place, requirement in entries(one.body, *_REQUIREMENTS):
        label = text(requirement, "key").removeprefix(f"{pool.domain}/")
        known = Shelf.whole().labels.get(label, ({}, 0))[0] if label != ZONE else dict.fromkeys(pool.market.zones, 0)
        for at, value in texts(requirement, "values") if text(requirement, "operator") == "In" and known else ():
            if value not in known:
                where = f"a zone of {one.cluster}" if label == ZONE else f"what any instance type has as {label}"
                problem = f"'{value}' is not {where}{did_you_mean(value, known)}"
                yield one.breaks(rules.UNKNOWN_VALUE, problem, (*place, *at))


def _impossible(one: Manifest, pool: Pool) -> tuple[str, Pointer]:
    """Why a pool has no machine, and the requirement without which it had some."""
    if pool.invalid:
        return f"Karpenter does not take the pool: {pool.invalid}", _REQUIREMENTS
    problem = f"no instance type that is sold in {pool.market.region} meets {pool.requirements}"
    for place, requirement in entries(one.body, *_REQUIREMENTS):
        rest = Requirements.of(other for key, other in pool.requirements.items() if key != text(requirement, "key"))
        if pool.matching(rest, pool.market.sold) & pool.offered(rest):
            return problem, place
    return problem, _REQUIREMENTS


def _idle(one: Manifest, pool: Pool, pods: Sequence[Pod]) -> Finding:
    for at, taint in enumerate(pool.taints):
        if all(untolerated([taint], pod.tolerations) for pod in pods):
            problem = f"nothing in the tree tolerates the taint {taint} of the pool {pool.name}"
            return one.breaks(rules.UNTOLERATED_TAINT, problem, (*_TAINTS, at))
    return one.breaks(rules.UNUSED_POOL, f"nothing in the tree can run on the pool {pool.name}", ("spec", "template"))


def _daemons(world: World, there: Fleet) -> Iterator[Finding]:
    for one in pod_sets(world):
        if not one.daemon:
            continue
        pod = pod_of(one, world)
        asked = [pod.selector, *pod.terms]
        if any(key.startswith(_GIVEN_LATER) for requirements in asked for key in requirements):
            continue
        chosen = [pool for pool in there.pools if pool.chooses(pod)]
        avoided = [pool for pool in chosen if untolerated(pool.taints, pod.tolerations)]
        if avoided and any(_particular(requirements, there) for requirements in asked):
            names = ", ".join(f"{pool.name} ({untolerated(pool.taints, pod.tolerations)[0]})" for pool in avoided)
            problem = f"{one} chooses machines of pools whose taints it does not tolerate: {names}"
            yield one.source.breaks(rules.ABSENT_DAEMON, problem, place_of(one, "taint"))
        elif not chosen:
            problem = f"{one} chooses machines that no pool has: {pod.demands}"
            yield one.source.breaks(rules.ABSENT_DAEMON, problem, place_of(one, "requirements"))


def _particular(requirements: Requirements, there: Fleet) -> bool:
    """Whether it asks for something that not every pool has."""
    return any(pool.options and not pool.every(requirements) for pool in there.pools)
