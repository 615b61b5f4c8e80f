"""Pools: the pods that an InferencePool holds, the picker that chooses among them, and the proxies in front."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.access import of_class
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.selectors import NO_PODS
from groundwork.proofs.fields import entries, mapping, number, text, texts
from groundwork.proofs.world import Pods, World, pod_specs
from groundwork.tree.manifest import Manifest

__all__ = ["behind"]

RULES = (
    NO_POOL_PODS := Rule(
        id="references/empty-pool",
        title="An InferencePool holds pods, on a port that they open",
        why="The gateway answers 503 to every request for the model.",
        fix="Use the labels and the port of the model's server.",
        explanation="A pool names pods by labels, as a Service does, and ports by number. The API server checks neither.",
    ),
    NO_PICKER := Rule(
        id="references/missing-picker",
        title="An InferencePool's endpoint picker is a Service that exists, of a picker of that pool",
        why="With failureMode FailClose every request fails; with FailOpen they are spread as if there were no picker.",
        fix="Name the picker's Service and its gRPC port, and start the picker with --pool-name of this pool.",
        explanation="""\
A picker looks after one pool, which it is told when it starts. Asked for another pool's requests it answers with pods of its own:
of another model.""",
    ),
)

_GROUP = "inference.networking.k8s.io"
_POOL_NAME = "--pool-name"


@edges_of("InferencePool", _GROUP)
def inference_pool(one: Manifest, world: World) -> Iterator[Edge]:
    """Its pods, their ports, and who chooses among them."""
    selector = mapping(one.body, "spec", "selector", "matchLabels")
    pods = world.selected({"matchLabels": selector}, one.namespace) if selector else []
    if pods:
        yield held("InferencePool -> pods", ("spec", "selector"))
    else:
        labels = ", ".join(f"{key}={value}" for key, value in selector.items()) or "any labels"
        problem = f"no pods of {one.namespace} carry {labels}"
        yield missing("InferencePool -> pods", ("spec", "selector"), NO_POOL_PODS, problem)
    opened = frozenset(port for each in pods for port in each.numbers)
    for place, port in entries(one.body, "spec", "targetPorts"):
        wanted = number(port, "number")
        if wanted in opened:
            yield held("InferencePool -> port", (*place, "number"))
        elif opened:
            problem = f"the pods open {', '.join(str(each) for each in sorted(opened))}, not {wanted}"
            yield missing("InferencePool -> port", (*place, "number"), NO_POOL_PODS, problem)
    if mapping(one.body, "spec", "endpointPickerRef"):
        yield _picker(one, world)


def _picker(one: Manifest, world: World) -> Edge:
    kind, pointer = "InferencePool -> picker", ("spec", "endpointPickerRef", "name")
    name = text(one.body, *pointer)
    port = number(one.body, "spec", "endpointPickerRef", "port", "number")
    service = world.services.get((one.namespace, name))
    if service is None:
        near = did_you_mean(name, (other for where, other in world.services if where == one.namespace))
        return missing(kind, pointer, NO_PICKER, f"{one.namespace} has no Service '{name}'{near}")
    if port not in service.ports:
        return missing(kind, (*pointer[:-1], "port"), NO_PICKER, f"the Service '{name}' has no port {port}")
    selector = mapping(service.manifest.body, "spec", "selector")
    behind = world.selected({"matchLabels": selector}, one.namespace) if selector else []
    pools = {pool for pods in behind for pool in _looked_after(pods.source)}
    if pools and one.name not in pools:
        problem = f"the picker '{name}' looks after the pool {', '.join(sorted(pools))}"
        return missing(kind, pointer, NO_PICKER, problem)
    return held(kind, pointer)


def _looked_after(one: Manifest) -> Iterator[str]:
    for _, spec in pod_specs(one):
        for _, container in entries(spec, "containers"):
            words = [word for _, word in texts(container, "args")]
            yield from (word.partition("=")[2] for word in words if word.startswith(f"{_POOL_NAME}="))
            yield from (value for flag, value in pairwise(words) if flag == _POOL_NAME)


def behind(gateway: Manifest, path: str, world: World) -> Iterator[Pods]:
    """The pods of the pools to which a Gateway leads requests for a path."""
    if gateway.kind != "Gateway":
        return
    for route in world.objects("HTTPRoute", gateway.group):
        parents = {text(parent, "name") for _, parent in entries(route.body, "spec", "parentRefs")}
        if route.namespace != gateway.namespace or gateway.name not in parents:
            continue
        for _, rule in entries(route.body, "spec", "rules"):
            prefixes = [text(match, "path", "value").rstrip("/") for _, match in entries(rule, "matches")]
            if any(f"{path}/".startswith(f"{prefix}/") for prefix in prefixes):
                yield from _pooled(route, rule, world)


def _pooled(route: Manifest, rule: Mapping[str, Any], world: World) -> Iterator[Pods]:
    for _, backend in entries(rule, "backendRefs"):
        pool = world.find(text(backend, "kind"), text(backend, "name"), namespace=route.namespace, group=_GROUP)
        selector = mapping(pool.body, "spec", "selector", "matchLabels") if pool else {}
        if selector:
            yield from world.selected({"matchLabels": selector}, route.namespace)


@edges_of("AgentgatewayParameters", "agentgateway.dev")
def proxies(one: Manifest, world: World) -> Iterator[Edge]:
    """What is laid over the proxies of a Gateway: their priority, and selectors that have to pick them."""
    pod = ("spec", "deployment", "spec", "template", "spec")
    priority = text(one.body, *pod, "priorityClassName")
    if priority:
        yield of_class("PriorityClass", (*pod, "priorityClassName"), world, priority)
    places = [(*place, "labelSelector") for place, _ in entries(one.body, *pod, "topologySpreadConstraints")]
    places += [("spec", "podDisruptionBudget", "spec", "selector")]
    for place in places:
        selector = mapping(one.body, *place)
        if selector and world.selected(selector, one.namespace):
            yield held("proxies' parameters -> pods", place)
        elif selector:
            yield missing(
                "proxies' parameters -> pods", place, NO_PODS, f"no pods of {one.namespace} carry these labels"
            )
