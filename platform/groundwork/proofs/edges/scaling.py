"""Scaling: what a scaler scales, what it asks, and that nobody else pulls at the same replicas."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.queries import query
from groundwork.proofs.fields import entries, mapping, text, value_at
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest, split_api_version

RULES = (
    NO_TARGET := Rule(
        id="references/missing-scale-target",
        title="A scaler's target exists",
        why="KEDA reports ScaledObjectCheckFailed and scales nothing; at zero replicas the workload never wakes.",
        fix="Correct kind and name of `scaleTargetRef`.",
        explanation="The target is in the scaler's namespace and has a scale subresource: Deployment, StatefulSet, some custom resources.",
    ),
    TWO_SCALERS := Rule(
        id="references/two-scalers",
        title="One scaler decides about the replicas of a workload",
        why="Two of them undo each other's work for ever, and a fixed `replicas` is set back by every sync.",
        fix="Keep one scaler, and leave `replicas` out of what it scales.",
        explanation="A ScaledObject makes a HorizontalPodAutoscaler of its own. Argo CD would reset a declared `replicas` on each sync.",
    ),
    NO_TRIGGER_AUTH := Rule(
        id="references/missing-trigger-authentication",
        title="A trigger's authentication exists",
        why="KEDA cannot ask the source, so the workload stays at its size.",
        fix="Correct the name, or make the TriggerAuthentication.",
        explanation="A TriggerAuthentication is in the scaler's namespace; a ClusterTriggerAuthentication in none.",
    ),
)


@edges_of("ScaledObject", "keda.sh")
@edges_of("HorizontalPodAutoscaler", "autoscaling")
def scaler(one: Manifest, world: World) -> Iterator[Edge]:
    """The workload that it scales."""
    reference = mapping(one.body, "spec", "scaleTargetRef")
    group = split_api_version(text(reference, "apiVersion") or "apps/v1")[0]
    kind, name = text(reference, "kind") or "Deployment", text(reference, "name")
    pointer = ("spec", "scaleTargetRef", "name")
    target = world.find(kind, name, namespace=one.namespace, group=group)
    if target is None:
        near = did_you_mean(
            name, (other.name for other in world.objects(kind, group) if other.namespace == one.namespace)
        )
        yield missing("scaler -> target", pointer, NO_TARGET, f"{one.namespace} has no {kind} '{name}'{near}")
        return
    yield held("scaler -> target", pointer)
    if "replicas" in target.spec:
        problem = f"{kind} {name} declares `replicas` as well"
        yield missing("scaler -> target", pointer, TWO_SCALERS, problem)
    others = [other.name for other in _scalers(world) if other is not one and _same_target(one, other)]
    if others:
        yield missing("scaler -> target", pointer, TWO_SCALERS, f"'{others[0]}' scales {kind} {name} too")


def _scalers(world: World) -> list[Manifest]:
    return [*world.objects("ScaledObject", "keda.sh"), *world.objects("HorizontalPodAutoscaler", "autoscaling")]


def _same_target(one: Manifest, other: Manifest) -> bool:
    mine, its = mapping(one.body, "spec", "scaleTargetRef"), mapping(other.body, "spec", "scaleTargetRef")
    kinds = text(mine, "kind") or "Deployment", text(its, "kind") or "Deployment"
    return one.namespace == other.namespace and text(mine, "name") == text(its, "name") and kinds[0] == kinds[1]


@edges_of("ScaledObject", "keda.sh")
def triggers(one: Manifest, world: World) -> Iterator[Edge]:
    """What the scaler asks, and as whom."""
    for place, trigger in entries(one.body, "spec", "triggers"):
        if text(trigger, "type") == "prometheus":
            expression = str(value_at(trigger, "metadata", "query") or "")
            yield from query("scaler -> series", (*place, "metadata", "query"), expression, world)
        reference = mapping(trigger, "authenticationRef")
        if reference:
            kind, name = text(reference, "kind") or "TriggerAuthentication", text(reference, "name")
            namespace = "" if kind.startswith("Cluster") else one.namespace
            pointer = (*place, "authenticationRef", "name")
            if world.find(kind, name, namespace=namespace, group="keda.sh"):
                yield held("scaler -> TriggerAuthentication", pointer)
            else:
                yield missing(
                    "scaler -> TriggerAuthentication", pointer, NO_TRIGGER_AUTH, f"there is no {kind} '{name}'"
                )
