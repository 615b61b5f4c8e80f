"""Scaling: what a scaler scales, what it asks, and that nobody else pulls at the same replicas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.catalog import apis
from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges import promql
from groundwork.proofs.edges.addresses import service_at
from groundwork.proofs.edges.configuration import NO_CONFIG_MAP, NO_SECRET, absent
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.queries import MISUSED, beyond_scale, query, sources
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, value_at
from groundwork.proofs.world import World, pod_specs, pod_templates
from groundwork.tree.manifest import Manifest, split_api_version

RULES = (
    NO_TARGET := Rule(
        id="references/missing-scale-target",
        title="A scaler's target exists and can be scaled",
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
    ASLEEP := Rule(
        id="references/asleep",
        title="What is scaled to zero is woken by somebody else",
        why="Without pods there are no series of theirs: the answer is empty, and the workload sleeps for ever.",
        fix="Add a trigger on what arrives before the workload, such as the gateway's requests, or keep one replica.",
        explanation="""\
A queue that only the sleeping server itself measures cannot wake it. CPU and memory are measured on pods too.

Bad:    minReplicaCount 0 with vllm:num_requests_waiting{model_name="small"} alone
Good:   a second trigger on litellm_proxy_total_requests_metric_total{requested_model="small"}""",
    ),
    NO_REQUEST := Rule(
        id="references/missing-request",
        title="What is scaled by its use requests something to be measured by",
        why="The autoscaler divides use by the request; without one it reports FailedGetResourceMetric and does nothing.",
        fix="Give each container of the target a request for it.",
        explanation="A target of 80 % CPU means 80 % of what the containers request.",
    ),
    NO_FALLBACK := Rule(
        id="references/useless-fallback",
        title="A scaler's fallback can come true",
        why="When the source of its numbers is down, the workload is not at the size that somebody relies on.",
        fix="Choose a number of replicas between the scaler's least and most, and a trigger other than cpu or memory.",
        explanation="KEDA falls back only for triggers that it asks itself; maxReplicaCount holds for the fallback too.",
    ),
)

_KEDA = "keda.sh"
_MEASURED_ON_PODS = ("cpu", "memory")


@edges_of("ScaledObject", _KEDA)
@edges_of("HorizontalPodAutoscaler", "autoscaling")
def scaler(one: Manifest, world: World) -> Iterator[Edge]:
    """The workload that it scales."""
    kind, name, group = _target(one)
    edge, pointer = "scaler -> target", ("spec", "scaleTargetRef", "name")
    target = world.find(kind, name, namespace=one.namespace, group=group)
    if not _scalable(kind, group, text(one.body, "spec", "scaleTargetRef", "apiVersion")):
        problem = f"a {kind} cannot be scaled"
        yield missing(edge, ("spec", "scaleTargetRef", "kind"), NO_TARGET, problem)
    elif target is None:
        yield _made_or_missing(one, kind, name, group, world)
    else:
        yield held(edge, pointer)
        if "replicas" in target.spec:
            yield missing(edge, pointer, TWO_SCALERS, f"{kind} {name} declares `replicas` as well")
        others = [other.name for other in _scalers(world) if other is not one and _same_target(one, other)]
        if others:
            yield missing(edge, pointer, TWO_SCALERS, f"'{others[0]}' scales {kind} {name} too")


def _target(one: Manifest) -> tuple[str, str, str]:
    """Kind, name and group of what a scaler scales; KEDA takes a Deployment where nothing else is said."""
    reference = mapping(one.body, "spec", "scaleTargetRef")
    group = split_api_version(text(reference, "apiVersion") or "apps/v1")[0]
    return text(reference, "kind") or "Deployment", text(reference, "name"), group


def _scalable(kind: str, group: str, api_version: str) -> bool:
    """Whether a kind has a scale subresource; that of an unknown kind is not judged."""
    if group in ("", "apps"):
        return kind in ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")
    api = apis.custom_api(group, kind)
    try:
        return api is None or "scale" in (api.version(split_api_version(api_version)[1]).get("subresources") or {})
    except LookupError:
        return False


def _made_or_missing(one: Manifest, kind: str, name: str, group: str, world: World) -> Edge:
    edge, pointer = "scaler -> target", ("spec", "scaleTargetRef", "name")
    for pods in world.pods:
        if (pods.namespace, pods.source.name) == (one.namespace, name) and not pod_templates(pods.source):
            return held(edge, pointer, assumed=True)
    near = did_you_mean(name, (other.name for other in world.objects(kind, group) if other.namespace == one.namespace))
    return missing(edge, pointer, NO_TARGET, f"{one.namespace} has no {kind} '{name}'{near}")


def _scalers(world: World) -> list[Manifest]:
    return [*world.objects("ScaledObject", _KEDA), *world.objects("HorizontalPodAutoscaler", "autoscaling")]


def _same_target(one: Manifest, other: Manifest) -> bool:
    return one.namespace == other.namespace and _target(one) == _target(other)


@edges_of("ScaledObject", _KEDA)
@edges_of("ScaledJob", _KEDA)
def triggers(one: Manifest, world: World) -> Iterator[Edge]:
    """What the scaler asks, and as whom."""
    for place, trigger in entries(one.body, "spec", "triggers"):
        if text(trigger, "type") == "prometheus":
            yield from _prometheus(place, trigger, world)
        reference = mapping(trigger, "authenticationRef")
        if reference:
            kind, name = text(reference, "kind") or "TriggerAuthentication", text(reference, "name")
            namespace = "" if kind.startswith("Cluster") else one.namespace
            edge, pointer = "scaler -> TriggerAuthentication", (*place, "authenticationRef", "name")
            if world.find(kind, name, namespace=namespace, group=_KEDA):
                yield held(edge, pointer)
            else:
                known = (other.name for other in world.objects(kind, _KEDA) if other.namespace == namespace)
                yield missing(edge, pointer, NO_TRIGGER_AUTH, f"there is no {kind} '{name}'{did_you_mean(name, known)}")


def _prometheus(place: Pointer, trigger: Mapping[str, Any], world: World) -> Iterator[Edge]:
    metadata = mapping(trigger, "metadata")
    if service_at(text(metadata, "serverAddress"), world):
        yield held("scaler -> Prometheus", (*place, "metadata", "serverAddress"))
    expression = str(value_at(metadata, "query") or "")
    yield from query("scaler -> series", (*place, "metadata", "query"), expression, world)
    try:
        problem = beyond_scale(promql.read(expression).value, float(text(metadata, "threshold")))
    except ValueError:
        return
    if problem:
        yield missing("scaler -> series", (*place, "metadata", "threshold"), MISUSED, problem)


@edges_of("ScaledObject", _KEDA)
def sleep(one: Manifest, world: World) -> Iterator[Edge]:
    """What wakes a workload without replicas. KEDA's own least number of them is zero."""
    least = value_at(one.spec, "minReplicaCount")
    chosen = [trigger for _, trigger in entries(one.spec, "triggers")]
    if (least not in (None, 0) and value_at(one.spec, "idleReplicaCount") != 0) or not chosen:
        return
    kind, name, group = _target(one)
    target = world.find(kind, name, namespace=one.namespace, group=group)
    if target is None:
        return
    pointer = ("spec", "minReplicaCount" if least == 0 else "triggers")
    if all(_measured_by(target, trigger, world) for trigger in chosen):
        yield missing("scaler -> waker", pointer, ASLEEP, f"only {kind} {name} itself could tell that it is needed")
    else:
        yield held("scaler -> waker", pointer)


def _measured_by(target: Manifest, trigger: Mapping[str, Any], world: World) -> bool:
    """Whether a trigger's numbers come from the pods of its target alone."""
    if text(trigger, "type") == "prometheus":
        return sources(str(value_at(trigger, "metadata", "query") or ""), world) == [target]
    return text(trigger, "type") in _MEASURED_ON_PODS


@edges_of("ScaledObject", _KEDA)
def fallback(one: Manifest, world: World) -> Iterator[Edge]:
    """The replicas for the time in which nobody answers."""
    del world
    replicas, pointer = number(one.spec, "fallback", "replicas"), ("spec", "fallback", "replicas")
    if replicas is None:
        return
    most, kinds = (
        value_at(one.spec, "maxReplicaCount"),
        [text(each, "type") for _, each in entries(one.spec, "triggers")],
    )
    if isinstance(most, int) and replicas > most:
        yield missing("scaler -> fallback", pointer, NO_FALLBACK, f"{replicas} replicas, where {most} are the most")
    elif kinds and all(kind in _MEASURED_ON_PODS for kind in kinds):
        yield missing(
            "scaler -> fallback", pointer, NO_FALLBACK, f"there is none for triggers of {' and '.join(kinds)}"
        )
    else:
        yield held("scaler -> fallback", pointer)


@edges_of("ScaledObject", _KEDA)
@edges_of("HorizontalPodAutoscaler", "autoscaling")
def measured(one: Manifest, world: World) -> Iterator[Edge]:
    """The requests by which use is measured, and the container that is meant."""
    kind, name, group = _target(one)
    target = world.find(kind, name, namespace=one.namespace, group=group)
    for pointer, resource, chosen in (*_of_triggers(one), *_of_metrics(one)):
        for _, spec in pod_specs(target) if target else ():
            containers = {text(each, "name"): each for _, each in entries(spec, "containers")}
            if chosen and chosen not in containers:
                problem = f"{kind} {name} has no container '{chosen}'{did_you_mean(chosen, containers)}"
                yield missing("scaler -> request", pointer, NO_TARGET, problem)
                continue
            lacking = [
                called
                for called, each in containers.items()
                if chosen in ("", called) and resource not in mapping(each, "resources", "requests")
            ]
            if lacking:
                problem = f"the container '{lacking[0]}' of {kind} {name} requests no {resource}"
                yield missing("scaler -> request", pointer, NO_REQUEST, problem)
            else:
                yield held("scaler -> request", pointer)


def _of_triggers(one: Manifest) -> Iterator[tuple[Pointer, str, str]]:
    for place, trigger in entries(one.spec, "triggers"):
        if text(trigger, "type") in _MEASURED_ON_PODS:
            yield ("spec", *place), text(trigger, "type"), text(trigger, "metadata", "containerName")


def _of_metrics(one: Manifest) -> Iterator[tuple[Pointer, str, str]]:
    for place, metric in entries(one.spec, "metrics"):
        for field in ("resource", "containerResource"):
            found = mapping(metric, field)
            if found:
                yield ("spec", *place, field), text(found, "name"), text(found, "container")


@edges_of("ClusterTriggerAuthentication", _KEDA)
@edges_of("TriggerAuthentication", _KEDA)
def authentication(one: Manifest, world: World) -> Iterator[Edge]:
    """The Secrets and ConfigMaps that it reads: a cluster-wide one in the namespace of KEDA itself."""
    namespace = one.namespace or next((one.namespace for one in world.installed if one.facts.chart == "keda"), "")
    for field, kind, known, rule in (
        ("secretTargetRef", "Secret", world.secrets, NO_SECRET),
        ("configMapTargetRef", "ConfigMap", world.config_maps, NO_CONFIG_MAP),
    ):
        for place, reference in entries(one.body, "spec", field):
            problem = absent(kind, known, namespace, text(reference, "name"), text(reference, "key"))
            edge = f"TriggerAuthentication -> {kind}"
            yield held(edge, place) if problem is None else missing(edge, place, rule, problem)
