"""What Kueue may admit, against what the jobs' namespaces and machines have room for: an admitted job must come to run."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.findings import Finding, Rule
from groundwork.proofs.fields import texts
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.quota import namespaces
from groundwork.proofs.quota.budget import Budget, Share, amount_text
from groundwork.proofs.quota.kueue import Queue, pools_of, queue_of, queues, queues_into
from groundwork.proofs.quota.pools import machines
from groundwork.proofs.resources import read
from groundwork.proofs.world import World, noted

__all__ = ["RULES", "budgets", "check"]

RULES = (
    PROMISED := Rule(
        id="quota/kueue",
        title="Whatever Kueue admits can run: its namespace's quota and its machines have room for it",
        why="Kueue admits the job and then nothing runs it: it holds its share, and others wait behind it.",
        fix="Lower what the queue admits, or raise what holds it back.",
        explanation="""\
A ClusterQueue admits its nominal quota, and what its cohort lends it up to `borrowingLimit`; without one, all of it. The API server
knows nothing of that: it refuses the pods if the ResourceQuota of their namespace is used up, and Karpenter buys no machine beyond
a pool's limits. So what may be admitted must fit into the namespace beside what runs there anyway, and the nominal quotas of a
flavor into the limits of the NodePools that it stands for.

Bad:    ClusterQueue {nominalQuota: "2"} in a cohort of 8, ResourceQuota {requests.nvidia.com/gpu: "2"}
Good:   ClusterQueue {nominalQuota: "2", borrowingLimit: "0"}, or a ResourceQuota of 8""",
    ),
)

# The pool of EKS Auto Mode that takes any pod.
_AUTO_MODE = "general-purpose"


def check(world: World) -> Iterator[Finding]:
    """What Kueue would admit in vain."""
    yield from _beyond_namespaces(world)
    for one in budgets(world):
        if one.over:
            promised, left = one.peak - one.running, max(0, one.limit - one.running)
            problem = (
                f"the queues promise {one.text(promised)} {one.resource} of {one.title}, "
                f"whose NodePools leave {one.text(left)} beside the pods that are no jobs"
            )
            fix = f"Lower nominalQuota by {one.text(one.over)}, or raise the pools' limits to {one.text(one.peak)} together."
            yield one.source.breaks(PROMISED, problem, one.at, fix=fix, counterexample=one.askers())
    yield from _never_admitted(world)


@noted
def budgets(world: World) -> list[Budget]:
    """For each flavor and resource: what its NodePools may buy, and who asks for it. Unlimited pools hold anything."""
    found = []
    for flavor, resource in dict.fromkeys(key for queue in queues(world).values() for key in queue.nominal):
        pools = pools_of(world, flavor)
        limits = [read(pool.spec.get("limits")).get(resource) for pool in pools]
        known = [limit for limit in limits if limit is not None]
        if len(known) == len(limits) and not _unlimited(world):
            asking = [one for one in queues(world).values() if (flavor, resource) in one.nominal]
            largest = max(asking, key=lambda one: one.nominal[flavor, resource])
            shares = [Share(who=str(one), each=one.nominal[flavor, resource], promised=True) for one in asking]
            shares += _running(world, {pool.name for pool in pools}, resource)
            title, at = f"the flavor {flavor}", largest.at[flavor, resource]
            found.append(Budget.of(title, resource, shares, limit=sum(known), source=largest.source, at=at))
    return found


def _unlimited(world: World) -> bool:
    """Whether others buy machines too, without limits: Auto Mode's own pool, or nobody whom the tree knows."""
    built_in = [
        name
        for config in world.objects("ClusterConfig", "eksctl.io")
        for _, name in texts(config.body, "autoModeConfig", "nodePools")
    ]
    return _AUTO_MODE in built_in or not world.objects("NodePool", "karpenter.sh")


def _running(world: World, pools: set[str], resource: str) -> Iterator[Share]:
    """What pods of the tree ask of these pools at their peak, queued ones apart. Room that they leave on a machine is the jobs'."""
    counts: dict[str, tuple[PodSet, int]] = {}
    for one in (pods for machine in machines(world) if machine.pool.name in pools for pods in machine.pods):
        counts[str(one)] = one, counts.get(str(one), (one, 0))[1] + 1
    for who, (one, count) in counts.items():
        if queue_of(world, one) is None:
            yield Share(who=who, each=one.requests.get(resource, 0), count=count)


def _beyond_namespaces(world: World) -> Iterator[Finding]:
    """One finding per queue, namespace and resource, however many lines of the quota hold it back."""
    told: set[tuple[str, str, str]] = set()
    for one in namespaces.budgets(world):
        resource = one.resource.removeprefix("requests.").removeprefix("limits.")
        if one.running > one.limit or not one.over:
            continue
        for queue in queues_into(world, one.source.namespace):
            key = (queue.source.name, one.source.namespace, resource)
            if resource in queue.resources and key not in told:
                told.add(key)
                yield _beyond(queue, one, resource)


def _beyond(queue: Queue, one: Budget, resource: str) -> Finding:
    admits, left = queue.admits(resource), one.limit - one.running
    borrowed = queue.borrows(resource)
    how = f" ({one.text(admits - borrowed)} of its own, {one.text(borrowed)} borrowed)" if borrowed else ""
    problem = (
        f"the ClusterQueue {queue.source.name} admits jobs of {one.text(admits)} {resource} at once{how}; "
        f"the quota of {one.source.namespace} leaves {one.text(left)} for them"
    )
    fix = (
        f"Let nominalQuota and borrowingLimit add up to {one.text(left)} at most, "
        f"or set {one.resource} of the namespace's quota to {one.text(one.peak)}."
    )
    return queue.source.breaks(PROMISED, problem, queue.place(resource), fix=fix, counterexample=one.askers())


def _never_admitted(world: World) -> Iterator[Finding]:
    """Jobs of the tree that ask for more than their queue will ever have."""
    for one in pod_sets(world):
        queue = queue_of(world, one)
        for resource in queue.resources if queue else ():
            asked, admits = one.requests.get(resource, 0) * one.scale.most, queue.admits(resource) if queue else 0
            if asked > admits:
                yield _too_large(one, resource, asked, admits)


def _too_large(one: PodSet, resource: str, asked: int, admits: int) -> Finding:
    problem = (
        f"the {one.source.kind} {one.name} asks for {amount_text(resource, asked)} {resource}, "
        f"and its queue never has more than {amount_text(resource, admits)}"
    )
    return one.source.breaks(PROMISED, problem, one.at, fix=f"Ask for {amount_text(resource, admits)} at most.")
