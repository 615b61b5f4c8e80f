"""NodePools against the peak: the machines that Karpenter buys when every pod that may run wants to run at once.

The pods are placed as the placement proof places them, all at once and as long as Karpenter finds places. What finds no room
within the limits is placed without them, so that the finding can say what the limits would have to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from groundwork.catalog.instances import InstanceType
from groundwork.findings import Finding, Rule
from groundwork.proofs import resources
from groundwork.proofs.placement.fleet import Verdict
from groundwork.proofs.placement.homes import fleet, homes, pod_of
from groundwork.proofs.placement.pod import Pod
from groundwork.proofs.placement.pools import Pool
from groundwork.proofs.pods import PodSet
from groundwork.proofs.quota.budget import Budget, Share, exceeded
from groundwork.proofs.resources import Amounts
from groundwork.proofs.world import World, noted

__all__ = ["RULES", "Machine", "budgets", "check", "machines", "pools", "runs_on"]

RULES = (
    TOO_LOW := Rule(
        id="quota/node-pool",
        title="A NodePool's limits allow the machines that all its pods need at once",
        why="Karpenter buys nothing more, and the pods stay pending: the autoscaler or the rollout that wants them gets stuck.",
        fix="Raise the pool's limits, or let less run.",
        explanation="""\
Limits count whole machines, with what DaemonSets, the kubelet and the hypervisor take of them and what stays unused. Placed are all
pods at their peak: every autoscaler at its most, every Deployment in a rollout, every Job. Pods that may run in several pools
go to the next one when the first is full.

Bad:    limits: {cpu: "32"}     # three pods of 8 cores each take a machine of 16 cores
Good:   limits: {cpu: "48"}""",
    ),
)

_NODES = "nodes"
# An autoscaler without a bound wants any number: this many are more than any limit allows.
_MOST = 300


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine of the peak, of the cheapest type that holds its pods. `allowed` is whether its pool's limits have room for it."""

    pool: Pool
    type: InstanceType
    pods: tuple[PodSet, ...]
    allowed: bool = True

    @property
    def capacity(self) -> Amounts:
        """What it counts against limits."""
        return {**self.pool.kind.capacity(self.type), **self.pool.overlaid.capacity(self.type)}

    def unused(self, resource: str) -> int:
        """What its pods leave of a resource; DaemonSets and the kubelet take some of that."""
        return self.capacity.get(resource, 0) - sum(one.requests.get(resource, 0) for one in self.pods)


def check(world: World) -> Iterator[Finding]:
    """What the limits of pools would leave pending."""
    for one in budgets(world):
        if one.over:
            yield exceeded(
                TOO_LOW, one, f"Set limits.{one.resource} to {one.text(one.peak)} or more, or let less run at once."
            )


@noted
def budgets(world: World) -> list[Budget]:
    """Every limit of every NodePool, with who asks for it."""
    found = []
    for pool in world.objects("NodePool", "karpenter.sh"):
        own = [one for one in machines(world) if one.pool.name == pool.name]
        for resource, limit in resources.read(pool.spec.get("limits")).items():
            title, at = f"the NodePool {pool.name}", ("spec", "limits", resource)
            found.append(Budget.of(title, resource, _shares(own, resource), limit=limit, source=pool, at=at))
    return found


def pools(world: World) -> tuple[Pool, ...]:
    """Everything that buys machines, or has them; nothing where nobody knows in which region the cluster stands."""
    there = fleet(world)
    return there.pools if there else ()


@noted
def machines(world: World) -> list[Machine]:
    """The machines of the peak; none where nobody knows in which region the cluster stands."""
    there = fleet(world)
    if there is None:
        return []
    # Who finds no machine at all is the placement proof's affair.
    waiting = [
        (home.pods, pod)
        for home in homes(world)
        if home.pool
        for pod in [pod_of(home.pods, world)] * min(home.pods.scale.peak, _MOST)
    ]
    verdicts = there.settle([pod for _, pod in waiting])
    left = [one for one, verdict in zip(waiting, verdicts, strict=True) if verdict.pool is None]
    beyond = there.place_all([pod for _, pod in left], limited=False)
    return [*_bought(waiting, verdicts), *(replace(one, allowed=one.pool.fixed) for one in _bought(left, beyond))]


def runs_on(world: World, daemon: PodSet) -> int:
    """How many machines of the peak run a DaemonSet's pod."""
    pod = pod_of(daemon, world)
    count = 0
    for pool, type_ in ((one.pool, one.type) for one in machines(world)):
        bit = 1 << pool.market.shelf.types.index(type_)
        count += any(group.types & bit and group.daemons for group in pool.with_daemons([pod]).overheads)
    return count


def _bought(placed: Sequence[tuple[PodSet, Pod]], verdicts: Sequence[Verdict]) -> list[Machine]:
    """The machines of a run of Karpenter's scheduler, each with the pods that share it."""
    together: dict[int, list[PodSet]] = {}
    bought: dict[int, tuple[Pool, InstanceType]] = {}
    for (one, _), verdict in zip(placed, verdicts, strict=True):
        if verdict.pool is not None and verdict.node is not None:
            together.setdefault(verdict.node, []).append(one)
            bought[verdict.node] = verdict.pool, verdict.machines[0]
    return [Machine(pool=pool, type=kind, pods=tuple(together[node])) for node, (pool, kind) in bought.items()]


def _shares(own: Sequence[Machine], resource: str) -> Iterator[Share]:
    """What each pod set asks for, and the rest of the machines."""
    sets = {str(one): one for machine in own for one in machine.pods}
    counts = Counter(str(one) for machine in own for one in machine.pods)
    asked = 0
    for who, count in counts.items():
        each = sets[who].requests.get(resource, 0)
        asked += each * count
        yield Share(who=who, each=each, count=count)
    whole = sum(one.capacity.get(resource, 1000 if resource == _NODES else 0) for one in own)
    yield Share(who="DaemonSets, kubelets and what stays unused", each=max(0, whole - asked))
