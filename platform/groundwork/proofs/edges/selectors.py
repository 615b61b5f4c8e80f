"""Selectors and ports: of Services, disruption budgets, network policies, spreads. One that picks nothing does nothing, silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundwork.findings import Rule, Severity
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.mesh import TUNNEL, ambient
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, value_at
from groundwork.proofs.world import Pods, World, matches, pod_templates
from groundwork.tree.manifest import Manifest

RULES = (
    NO_PODS := Rule(
        id="references/no-pods",
        title="A selector picks pods that the tree makes",
        why="A selector that picks nothing is no error to Kubernetes: the Service has no endpoints, the policy protects "
        "nobody, the budget holds nothing.",
        fix="Correct the labels, or remove the object.",
        explanation="""\
A Service, PodDisruptionBudget or NetworkPolicy names its pods by labels only. A misspelt label or a renamed workload leaves
it selecting nothing; nothing becomes unhealthy, and the first one to notice is a caller, or an attacker.

Pods that charts and operators make are known from the catalogue (catalog/charts, catalog/operators).""",
    ),
    NO_PORT := Rule(
        id="references/no-port",
        title="A port that is named is one that the pods open",
        why="The connection is refused, the probe fails, or the policy opens a door that nobody stands behind.",
        fix="Use the name or number of a port that the container declares.",
        explanation="""\
Probes, Services and policies name ports of containers, by name or number. Kubernetes does not check any of them: a Service
whose targetPort is misspelt has endpoints without that port, and a policy for the wrong port closes the right one.""",
    ),
    OTHER_PODS := Rule(
        id="references/others-pods",
        title="A workload's spread and affinity look at its own pods",
        why="A constraint whose selector does not match the pods that carry it spreads somebody else's, and these not at all.",
        fix="Use the labels of the pod template.",
        explanation="topologySpreadConstraints count the pods that their labelSelector picks, not the ones that carry the constraint.",
    ),
    NO_PODS_NAME := Rule(
        id="references/missing-headless-service",
        title="The Service that names a StatefulSet's pods exists",
        why="The pods get no names of their own in DNS, and members of the set do not find each other.",
        fix="Correct `serviceName`.",
        explanation="A StatefulSet's pods are <pod>.<service>.<namespace>.svc, of the headless Service that it names.",
    ),
    TWO_BUDGETS := Rule(
        id="references/two-budgets",
        title="Pods have one PodDisruptionBudget",
        why="The eviction API refuses to choose between two budgets: every drain of such a node fails.",
        fix="Remove one of the two budgets.",
        explanation="Evicting a pod that two budgets select answers with an internal error, so nodes cannot be drained or replaced.",
    ),
    DEAD_PEER := Rule(
        id="references/dead-peer",
        title="A policy's peers are pods and namespaces that exist",
        why="A rule for nobody looks like an open path in review, and is a closed one in the cluster.",
        fix="Correct the labels; namespaces carry kubernetes.io/metadata.name.",
        severity=Severity.ERROR,
        explanation="""\
A well-known mistake is selecting namespaces by a label `name:` that their objects do not carry: the policy allows nothing, all
traffic is denied, and the manifest looks right. Every namespace carries kubernetes.io/metadata.name by itself.""",
    ),
)

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@edges_of("Service")
def service(one: Manifest, world: World) -> Iterator[Edge]:
    """Its pods, and the container port behind each of its ports. Without a selector somebody else makes the endpoints."""
    selector = mapping(one.body, "spec", "selector")
    if not selector:
        return
    found = world.selected({"matchLabels": selector}, one.namespace)
    yield _pods("Service -> pods", one, found, {"matchLabels": selector}, ("spec", "selector"))
    for place, port in entries(one.body, "spec", "ports"):
        target = port.get("targetPort", port.get("port"))
        if found and target is not None:
            field = "targetPort" if "targetPort" in port else "port"
            yield _port("Service -> container port", found, target, (*place, field))


@edges_of("StatefulSet", "apps")
def stateful_set(one: Manifest, world: World) -> Iterator[Edge]:
    """The headless Service that names its pods."""
    name, pointer = text(one.body, "spec", "serviceName"), ("spec", "serviceName")
    if (one.namespace, name) in world.services:
        yield held("StatefulSet -> Service", pointer)
    else:
        near = did_you_mean(name, (other for where, other in world.services if where == one.namespace))
        yield missing("StatefulSet -> Service", pointer, NO_PODS_NAME, f"{one.namespace} has no Service '{name}'{near}")


@edges_of("PodDisruptionBudget", "policy")
def disruption_budget(one: Manifest, world: World) -> Iterator[Edge]:
    """The pods that a budget holds back; no other budget holds the same."""
    selector, pointer = mapping(one.body, "spec", "selector"), ("spec", "selector")
    found = world.selected(selector, one.namespace)
    yield _pods("PodDisruptionBudget -> pods", one, found, selector, pointer)
    for pods in found:
        others = [
            other.name
            for other in world.objects("PodDisruptionBudget", "policy")
            if other is not one
            and other.namespace == one.namespace
            and matches(mapping(other.body, "spec", "selector"), pods.labels)
        ]
        if others:
            problem = f"the budget '{others[0]}' holds the pods of {pods.source.kind} {pods.source.name} too"
            yield missing("PodDisruptionBudget -> pods", pointer, TWO_BUDGETS, problem)


@edges_of("NetworkPolicy", "networking.k8s.io")
def network_policy(one: Manifest, world: World) -> Iterator[Edge]:
    """The pods it protects, the peers it names, and the ports that it opens: on its own pods, or on the peers."""
    selector = mapping(one.body, "spec", "podSelector")
    own = world.selected(selector, one.namespace)
    if selector:
        yield _pods("NetworkPolicy -> pods", one, own, selector, ("spec", "podSelector"))
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for place, rule in entries(one.body, "spec", direction):
            peers = [(at, peer) for at, peer in entries(rule, side)]
            reached = [_peer(peer, one, world) for _, peer in peers]
            for (at, _), found in zip(peers, reached, strict=True):
                if found is not None:
                    yield _peer_edge((*place, *at), found)
            targets = (
                own if direction == "ingress" and selector else [pods for found in reached for pods in found or ()]
            )
            if targets and (direction == "ingress" or None not in reached):
                for at, port in entries(rule, "ports"):
                    if port.get("port") == TUNNEL and all(ambient(world, pods.namespace) for pods in targets):
                        continue  # ztunnel listens there, in every meshed pod
                    if "port" in port and "endPort" not in port:
                        yield _port("NetworkPolicy -> port", targets, port["port"], (*place, *at, "port"))


@edges_of("ApplicationNetworkPolicy", "networking.k8s.aws")
def application_network_policy(one: Manifest, world: World) -> Iterator[Edge]:
    """The pods whose way to host names it opens."""
    selector = mapping(one.body, "spec", "podSelector")
    if selector:
        found = world.selected(selector, one.namespace)
        yield _pods("ApplicationNetworkPolicy -> pods", one, found, selector, ("spec", "podSelector"))


@edges_of("*")
def own_pods(one: Manifest, world: World) -> Iterator[Edge]:
    """Selectors inside a pod template: for its own pods, for those that it wants near or far; and the ports of its probes."""
    for template_at, template in pod_templates(one):
        at, spec, labels = (*template_at, "spec"), mapping(template, "spec"), mapping(template, "metadata", "labels")
        for place, spread in entries(spec, "topologySpreadConstraints"):
            selector = mapping(spread, "labelSelector")
            pointer = (*at, *place, "labelSelector")
            if matches(selector, labels):
                yield held("topologySpread -> own pods", pointer)
            else:
                problem = f"the spread counts pods with {_spelled(selector)}, which its own pods are not"
                yield missing("topologySpread -> own pods", pointer, OTHER_PODS, problem)
        for place, selector in _affinities(spec):
            found = world.selected(selector, one.namespace)
            yield _pods("affinity -> pods", one, found, selector, (*at, *place, "labelSelector"))
        for place, container in (*entries(spec, "containers"), *entries(spec, "initContainers")):
            yield from _probes(container, (*at, *place))


def _affinities(spec: Mapping[str, Any]) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """The selectors of pods that a pod wants near, or far; those that look into other namespaces too are left out."""
    for field in ("podAffinity", "podAntiAffinity"):
        required, preferred = (f"{when}DuringSchedulingIgnoredDuringExecution" for when in ("required", "preferred"))
        terms = [
            *entries(spec, "affinity", field, required),
            *(
                ((*at, "podAffinityTerm"), mapping(one, "podAffinityTerm"))
                for at, one in entries(spec, "affinity", field, preferred)
            ),
        ]
        for at, term in terms:
            if "namespaceSelector" not in term and "namespaces" not in term:
                yield at, mapping(term, "labelSelector")


def _probes(container: Mapping[str, Any], at: Pointer) -> Iterator[Edge]:
    ports = {text(port, "name"): port for _, port in entries(container, "ports")}
    numbers = {number(port, "containerPort") for port in ports.values()}
    for probe in _PROBES:
        for action in ("httpGet", "tcpSocket", "grpc"):
            port = value_at(container, probe, action, "port")
            if port is None:
                continue
            pointer = (*at, probe, action, "port")
            if port in ports or port in numbers or not ports:
                yield held("probe -> container port", pointer)
            else:
                near = did_you_mean(str(port), ports)
                problem = f"the {probe} asks port '{port}', which the container does not declare{near}"
                yield missing("probe -> container port", pointer, NO_PORT, problem)


def _peer(peer: Mapping[str, Any], one: Manifest, world: World) -> list[Pods] | None:
    """The pods that a peer names; None where it names addresses, or whole namespaces that exist."""
    if "ipBlock" in peer:
        return None
    selector = mapping(peer, "podSelector")
    if "namespaceSelector" not in peer:
        return world.selected(selector, one.namespace)
    chosen = mapping(peer, "namespaceSelector")
    names = [name for name, labels in world.namespaces.items() if matches(chosen, labels)]
    if names and not selector:
        return None
    return [pods for name in names for pods in world.selected(selector, name)]


def _peer_edge(pointer: Pointer, found: list[Pods]) -> Edge:
    if found:
        return held("NetworkPolicy -> peer", pointer, assumed=all(pods.assumed for pods in found))
    return missing("NetworkPolicy -> peer", pointer, DEAD_PEER, "no namespace and pods match this peer")


def _pods(kind: str, one: Manifest, found: list[Pods], selector: Mapping[str, Any], pointer: Pointer) -> Edge:
    if found:
        return held(kind, pointer, assumed=all(pods.assumed for pods in found))
    return missing(kind, pointer, NO_PODS, f"no pods of {one.namespace} carry {_spelled(selector)}")


def _port(kind: str, found: Iterable[Pods], port: object, pointer: Pointer) -> Edge:
    pods = list(found)
    # Pods that declare no port may open any; beside others that do, they are Jobs and the like, which nobody calls.
    silent = not any(one.numbers for one in pods)
    opened = [one for one in pods if silent or port in (*one.ports, *one.numbers)]
    if opened:
        return held(kind, pointer, assumed=all(one.assumed for one in opened))
    declared = Counter(name for one in pods for name in (*one.ports, *(str(number) for number in one.numbers)))
    near = did_you_mean(str(port), declared)
    problem = f"the pods open {', '.join(sorted(declared))}, not '{port}'{near}"
    return missing(kind, pointer, NO_PORT, problem)


def _spelled(selector: Mapping[str, Any]) -> str:
    wanted = [f"{key}={value}" for key, value in mapping(selector, "matchLabels").items()]
    wanted += [f"{text(one, 'key')} {text(one, 'operator')}" for _, one in entries(selector, "matchExpressions")]
    return "the labels " + ", ".join(wanted) if wanted else "any labels"
