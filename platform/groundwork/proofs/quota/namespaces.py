"""ResourceQuotas of namespaces against the peak of what runs in them, as the quota admission plugin will count it.

The peak has every autoscaler at its most, every Deployment in a rollout (a change of channel rolls everything at once) and every
Job running; finished pods count no more. Pods on their way out do, so a rollout that takes the old one first may have to wait
for it: the API server refuses the new one until then, and the controller asks again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from groundwork.findings import Finding, Rule, Severity
from groundwork.proofs.fields import Pointer, mapping, value_at
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.quota.budget import Budget, Share, exceeded
from groundwork.proofs.quota.kueue import queue_of, queues_into
from groundwork.proofs.quota.objects import countable, objects_of
from groundwork.proofs.quota.pools import runs_on
from groundwork.proofs.quota.usage import counted_of_pods, counts, unspecified, usage
from groundwork.proofs.resources import read
from groundwork.proofs.world import World, noted
from groundwork.tree.manifest import Manifest

__all__ = ["RULES", "budgets", "check"]

RULES = (
    TOO_SMALL := Rule(
        id="quota/namespace",
        title="A namespace's quota has room for all that may run in it at once",
        why="The API server refuses the pod, and its Deployment waits with fewer replicas than its autoscaler or its rollout wants.",
        fix="Raise the quota, or let less run.",
        explanation="""\
Counted are requests and limits as the API server fills them in (LimitRange), init containers and sidecars, every autoscaler at its
most, every Deployment in a rollout with its surge, every Job, and what charts and operators make. A change of channel rolls
everything at once, so all surges count together. Quotas are what stops what nobody declared; they must not stop what somebody did.

Bad:    hard: {requests.cpu: "4"}      # 3 x 2 replicas and a surge of 1 ask for 8
Good:   hard: {requests.cpu: "10"}""",
    ),
    UNSAID := Rule(
        id="quota/must-specify",
        title="Where a quota counts cpu or memory, every container says how much it needs",
        why='The API server refuses the pod ("must specify"), however much room the quota has.',
        fix="Say it for the container, or give the namespace a LimitRange with a default.",
        explanation="""\
A quota on requests.cpu, requests.memory, limits.cpu or limits.memory makes Kubernetes ask every container for that very
amount, init containers too. A LimitRange of the namespace fills in what is missing before.

Bad:    resources: {requests: {memory: 1Gi}}                         # in a namespace whose quota counts limits.memory
Good:   resources: {requests: {memory: 1Gi}, limits: {memory: 1Gi}}""",
    ),
    UNKNOWN := Rule(
        id="quota/unknown",
        title="What a quota counts is known before it runs",
        why="Controllers of Kubernetes and operators make more of it than the tree says, so nobody knows whether the quota holds.",
        fix="Count something that is declared, or watch the quota in the running cluster.",
        severity=Severity.UNDECIDED,
        explanation="""\
How many ReplicaSets, Endpoints or Events there will be follows from what happens in the cluster; how large the disks of a
database are, from its operator.""",
    ),
)


def check(world: World) -> Iterator[Finding]:
    """What the quotas of a cluster's namespaces would refuse."""
    for one in budgets(world):
        if one.running > one.limit:
            yield exceeded(
                TOO_SMALL, one, f"Set {one.at[-1]} to {one.text(one.peak)} or more, or let less run at once."
            )
    for quota in world.objects("ResourceQuota"):
        yield from _unsaid(world, quota)
        yield from _unknown(world, quota)


@noted
def budgets(world: World) -> list[Budget]:
    """Every line of every ResourceQuota, with who asks for it; what nobody can count is left out."""
    return [
        _line(world, quota, resource, limit)
        for quota in world.objects("ResourceQuota")
        for resource, limit in read(value_at(quota.body, "spec", "hard")).items()
        if _known(world, quota, resource)
    ]


def _line(world: World, quota: Manifest, resource: str, limit: int) -> Budget:
    if counted_of_pods(resource):
        shares = [*_running(world, quota, resource), *_promised(world, quota, resource)]
    else:
        shares = objects_of(world, quota.namespace, resource)
    title, at = f"the namespace {quota.namespace}", ("spec", "hard", resource)
    return Budget.of(title, resource, shares, limit=limit, source=quota, at=at)


def _running(world: World, quota: Manifest, resource: str) -> Iterator[Share]:
    for one in _counted(world, quota):
        if queue_of(world, one) is None:
            yield Share(who=_called(one), each=usage(one).get(resource, 0), count=_pods_at_peak(world, one))


def _called(one: PodSet) -> str:
    """Its name without the namespace, which the budget says."""
    return str(one).replace(f" {one.namespace}/", " ", 1)


def _promised(world: World, quota: Manifest, resource: str) -> Iterator[Share]:
    """What queues may admit into the namespace. A job's limits are at least its requests."""
    counted = resource.removeprefix("requests.").removeprefix("limits.")
    for queue in queues_into(world, quota.namespace):
        if counted in queue.resources:
            yield Share(who=str(queue), each=queue.admits(counted), promised=True)


def _counted(world: World, quota: Manifest) -> list[PodSet]:
    """The pod sets that a quota counts."""
    found = _by_namespace(world).get(quota.namespace, ())
    return [one for one in found if counts(quota.body, one, _default_priority(world))]


def _pods_at_peak(world: World, one: PodSet) -> int:
    return one.scale.peak * (runs_on(world, one) if one.daemon else 1)


@noted
def _by_namespace(world: World) -> Mapping[str, list[PodSet]]:
    found: dict[str, list[PodSet]] = defaultdict(list)
    for one in pod_sets(world):
        found[one.namespace].append(one)
    return found


@noted
def _default_priority(world: World) -> str:
    classes = world.objects("PriorityClass", "scheduling.k8s.io")
    return next((one.name for one in classes if one.body.get("globalDefault") is True), "")


def _unsaid(world: World, quota: Manifest) -> Iterator[Finding]:
    """One finding per container; where a chart or an operator writes the pod, at what installs or asks for it."""
    hard = mapping(quota.body, "spec", "hard")
    for one in _counted(world, quota):
        missing: dict[Pointer, list[str]] = defaultdict(list)
        names: dict[Pointer, str] = {}
        for resource, container, place in unspecified(hard, one):
            missing[place].append(resource)
            names[place] = container
        for place, resources in missing.items():
            problem = f"the container {names[place]} of {one} must say {', '.join(resources)}, which the ResourceQuota {quota.name} counts"
            yield one.source.breaks(UNSAID, problem, (*one.at, *place, "resources") if one.at else ())


def _unknown(world: World, quota: Manifest) -> Iterator[Finding]:
    for resource in mapping(quota.body, "spec", "hard"):
        if not _known(world, quota, resource):
            problem = f"how much {resource} there will be in {quota.namespace} is not in the tree"
            yield quota.breaks(UNKNOWN, problem, ("spec", "hard", resource))


def _known(world: World, quota: Manifest, resource: str) -> bool:
    return counted_of_pods(resource) or countable(world, quota.namespace, resource)
