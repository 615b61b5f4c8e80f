"""Kueue's queues: how much they may admit at once.

Tenants' jobs are in no tree. What bounds them is: a queue admits its nominal quota, and what others of its cohort may lend it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundwork.proofs.fields import Pointer, entries, mapping, text
from groundwork.proofs.placement.machines import well_known
from groundwork.proofs.placement.requirements import Requirements
from groundwork.proofs.placement.taints import Toleration, taints, tolerations, untolerated
from groundwork.proofs.pods import PodSet
from groundwork.proofs.resources import read
from groundwork.proofs.world import World, noted
from groundwork.tree.manifest import Manifest

__all__ = ["GROUP", "Queue", "pools_of", "queue_of", "queues", "queues_into"]

GROUP = "kueue.x-k8s.io"
_LABEL = f"{GROUP}/queue-name"
# A job that names no queue joins its namespace's queue of this name.
_DEFAULT = "default"
_TEMPLATE = ("spec", "template")
_KNOWN = well_known("karpenter.k8s.aws") | well_known("eks.amazonaws.com")

# A flavor, and a resource of it.
_Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A ClusterQueue. Amounts are thousandths by flavor and resource, `at` is the place of each nominal quota.

    `most` is what it may admit at once: its own, and what others of its cohort may lend it.
    """

    source: Manifest
    nominal: Mapping[_Key, int]
    most: Mapping[_Key, int]
    at: Mapping[_Key, Pointer]

    def __str__(self) -> str:
        return f"jobs of the ClusterQueue {self.source.name}"

    @property
    def resources(self) -> list[str]:
        """What it counts; a resource that it does not name it admits no job for."""
        return list(dict.fromkeys(resource for _, resource in self.nominal))

    def admits(self, resource: str) -> int:
        """The most of a resource that its jobs may have at once, over all flavors."""
        return sum(amount for (_, name), amount in self.most.items() if name == resource)

    def borrows(self, resource: str) -> int:
        """How much of that is others'."""
        return self.admits(resource) - sum(amount for (_, name), amount in self.nominal.items() if name == resource)

    def place(self, resource: str) -> Pointer:
        """Where it says its quota of a resource, for the first flavor that has it."""
        return next(at for (_, name), at in self.at.items() if name == resource)


@noted
def queues(world: World) -> Mapping[str, Queue]:
    """Every ClusterQueue by name."""
    lent: dict[str, Counter[_Key]] = {}
    for one in (*world.objects("ClusterQueue", GROUP), *world.objects("Cohort", GROUP)):
        lent.setdefault(_cohort(world, one), Counter()).update({key: _lends(body) for key, _, body in _lines(one)})
    return {one.name: _queue(one, lent[_cohort(world, one)]) for one in world.objects("ClusterQueue", GROUP)}


def queues_into(world: World, namespace: str) -> list[Queue]:
    """The ClusterQueues whose jobs may be of this namespace: those that a LocalQueue there draws on."""
    known = queues(world)
    return [known[name] for name in dict.fromkeys(_local_queues(world).get(namespace, {}).values()) if name in known]


def queue_of(world: World, one: PodSet) -> Queue | None:
    """The ClusterQueue that decides when these pods start, if any does: a Job's, by its label or by default."""
    if one.controller != "Job":
        return None
    local = _local_queues(world).get(one.namespace, {})
    name = text(one.source.body, "metadata", "labels", _LABEL) or one.labels.get(_LABEL) or _DEFAULT
    return queues(world).get(local.get(str(name), ""))


@noted
def _local_queues(world: World) -> Mapping[str, Mapping[str, str]]:
    """The ClusterQueue of every LocalQueue, by namespace and name."""
    found: dict[str, dict[str, str]] = {}
    for one in world.objects("LocalQueue", GROUP):
        found.setdefault(one.namespace, {})[one.name] = text(one.body, "spec", "clusterQueue")
    return found


def _queue(one: Manifest, lent: Counter[_Key]) -> Queue:
    lines = [(key, at, body) for key, at, body in _lines(one)]
    nominal = {key: _amount(body, "nominalQuota") for key, _, body in lines}
    alone = not text(one.body, "spec", "cohortName")
    most = {}
    for key, _, body in lines:
        others = 0 if alone else lent[key] - _lends(body)
        most[key] = nominal[key] + (
            min(others, _amount(body, "borrowingLimit")) if "borrowingLimit" in body else others
        )
    return Queue(source=one, nominal=nominal, most=most, at={key: at for key, at, _ in lines})


def _lines(one: Manifest) -> Iterator[tuple[_Key, Pointer, dict[str, object]]]:
    """What a queue or a cohort says of each resource of each flavor, with the place of its quota."""
    for group, _ in entries(one.body, "spec", "resourceGroups"):
        for place, flavor in entries(one.body, *group, "flavors"):
            for at, body in entries(one.body, *place, "resources"):
                yield (text(flavor, "name"), text(body, "name")), (*at, "nominalQuota"), body


def _lends(body: Mapping[str, object]) -> int:
    nominal = _amount(body, "nominalQuota")
    return min(nominal, _amount(body, "lendingLimit")) if "lendingLimit" in body else nominal


def _amount(body: Mapping[str, object], field: str) -> int:
    return read({field: body.get(field)}).get(field, 0)


def _cohort(world: World, one: Manifest) -> str:
    """The topmost of the cohorts that a queue or cohort belongs to; one that belongs to none is a cohort of its own."""
    parents = {cohort.name: text(cohort.body, "spec", "parentName") for cohort in world.objects("Cohort", GROUP)}
    top = one.name if one.kind == "Cohort" else text(one.body, "spec", "cohortName") or f"{one.kind}/{one.name}"
    seen: set[str] = set()
    while parents.get(top) and top not in seen:
        seen.add(top)
        top = parents[top]
    return top


def pools_of(world: World, flavor: str) -> list[Manifest]:
    """The NodePools whose machines jobs of a flavor may run on: with its labels, and no taint that it does not tolerate."""
    one = world.find("ResourceFlavor", flavor, group=GROUP)
    if one is None:
        return []
    wanted = Requirements.of_labels(mapping(one.body, "spec", "nodeLabels"))
    tolerated = tolerations(one.spec)
    return [pool for pool in world.objects("NodePool", "karpenter.sh") if _takes(pool, wanted, tolerated)]


def _takes(pool: Manifest, wanted: Requirements, tolerated: Sequence[Toleration]) -> bool:
    offered = Requirements.of_labels(mapping(pool.body, *_TEMPLATE, "metadata", "labels")).adding(
        Requirements.of_expressions(pool.body, *_TEMPLATE, "spec", "requirements").values()
    )
    barred = untolerated(taints(pool.body, *_TEMPLATE, "spec", "taints"), tolerated)
    return not barred and not offered.refusal(wanted, _KNOWN)
