"""Queues: jobs wait in a namespace's queue, that one draws on a cluster's, and that one on kinds of machines."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, mapping, text
from groundwork.proofs.world import World, matches
from groundwork.tree.manifest import Manifest

_GROUP = "kueue.x-k8s.io"
_QUEUE_LABEL = "kueue.x-k8s.io/queue-name"

RULES = (
    NO_QUEUE := Rule(
        id="references/missing-queue",
        title="A job's queue exists",
        why="Kueue keeps the job suspended: it never starts, and nothing fails.",
        fix="Correct the name, or declare the queue.",
        explanation="A job names a LocalQueue of its namespace, that one a ClusterQueue, and that one ResourceFlavors.",
    ),
    EMPTY_QUEUE := Rule(
        id="references/unused-queue",
        title="A ClusterQueue takes jobs from some namespace",
        why="Its quota is kept for nobody, and jobs of the namespace that was meant wait for ever.",
        fix="Let `namespaceSelector` match the namespace of its LocalQueues.",
        explanation="An absent namespaceSelector matches no namespace, an empty one all of them.",
    ),
)


@edges_of("LocalQueue", _GROUP)
def local_queue(one: Manifest, world: World) -> Iterator[Edge]:
    """What it draws on, and whether that lets its namespace in."""
    pointer = ("spec", "clusterQueue")
    queue = world.find("ClusterQueue", text(one.body, *pointer), group=_GROUP)
    yield from _named(one, world, pointer, "ClusterQueue", "LocalQueue -> ClusterQueue")
    if queue and not _admits(queue, world, one.namespace or ""):
        problem = f"the ClusterQueue '{queue.name}' takes no jobs from the namespace {one.namespace}"
        yield missing("LocalQueue -> ClusterQueue", pointer, NO_QUEUE, problem)


@edges_of("ClusterQueue", _GROUP)
def cluster_queue(one: Manifest, world: World) -> Iterator[Edge]:
    """The machines that it shares out, and the namespaces that it does this for."""
    for place, _ in entries(one.body, "spec", "resourceGroups"):
        for at, _ in entries(one.body, *place, "flavors"):
            yield from _named(one, world, (*at, "name"), "ResourceFlavor", "ClusterQueue -> ResourceFlavor")
    pointer = ("spec", "namespaceSelector")
    if any(_admits(one, world, name) for name in world.namespaces):
        yield held("ClusterQueue -> namespaces", pointer)
    else:
        problem = f"no namespace matches the selector of the ClusterQueue '{one.name}'"
        yield missing("ClusterQueue -> namespaces", pointer, EMPTY_QUEUE, problem)


@edges_of("Job", "batch")
def job(one: Manifest, world: World) -> Iterator[Edge]:
    """The queue that it waits in."""
    name = text(one.body, "metadata", "labels", _QUEUE_LABEL)
    if not name:
        return
    pointer = ("metadata", "labels", _QUEUE_LABEL)
    if world.find("LocalQueue", name, namespace=one.namespace or "", group=_GROUP):
        yield held("Job -> LocalQueue", pointer)
    else:
        yield missing("Job -> LocalQueue", pointer, NO_QUEUE, f"{one.namespace} has no LocalQueue '{name}'")


def _named(one: Manifest, world: World, pointer: Pointer, kind: str, edge: str) -> Iterator[Edge]:
    name = text(one.body, *pointer)
    if world.find(kind, name, group=_GROUP):
        yield held(edge, pointer)
    else:
        near = did_you_mean(name, (other.name for other in world.objects(kind, _GROUP)))
        yield missing(edge, pointer, NO_QUEUE, f"there is no {kind} '{name}'{near}")


def _admits(queue: Manifest, world: World, namespace: str) -> bool:
    if not isinstance(queue.body.get("spec"), dict) or "namespaceSelector" not in queue.body["spec"]:
        return False
    labels = {**world.namespaces.get(namespace, {}), "kubernetes.io/metadata.name": namespace}
    return namespace in world.namespaces and matches(mapping(queue.body, "spec", "namespaceSelector"), labels)
