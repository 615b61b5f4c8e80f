"""The mesh: NetworkPolicies let its tunnel pass, and Istio's own policies let in whoever a NetworkPolicy lets in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.findings import Rule
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, texts
from groundwork.proofs.world import Pods, World, matches
from groundwork.tree.manifest import Manifest

__all__ = ["TUNNEL", "ambient"]

RULES = (
    NO_TUNNEL := Rule(
        id="references/missing-tunnel",
        title="A path between meshed pods is open for the mesh's tunnel",
        why="Between meshed pods every connection arrives at port 15008; a policy that opens only the port itself closes the path.",
        fix="Open TCP 15008 to the same peer, on both sides.",
        explanation="""\
Istio's ambient mode leads what a meshed pod sends through an encrypted tunnel to the other pod's port 15008. NetworkPolicies are
enforced on the outside of the pod, where the real port can no longer be seen.

Bad:    ports: [{port: 4000}]
Good:   ports: [{port: 4000}, {port: 15008}]""",
    ),
    NOT_STRICT := Rule(
        id="references/mesh-not-strict",
        title="A meshed namespace refuses connections in the clear",
        why="Without a strict PeerAuthentication the mesh encrypts what happens to be meshed and lets everything else in as before.",
        fix="Have a PeerAuthentication with `mtls: {mode: STRICT}` and no selector, in istio-system or in the namespace.",
        explanation="A label on a namespace encrypts; only PeerAuthentication refuses. The default mode is PERMISSIVE.",
    ),
    REFUSED := Rule(
        id="references/refused-by-mesh",
        title="Whoever a NetworkPolicy lets in, the mesh lets in as well",
        why="The NetworkPolicy looks open in review, and ztunnel resets the connection.",
        fix="Allow the port in an AuthorizationPolicy of these pods; for callers outside of the mesh make it PERMISSIVE in a "
        "PeerAuthentication, too.",
        explanation="""\
Two more gates stand behind a NetworkPolicy on meshed pods. An AuthorizationPolicy that allows something refuses every other
port. A strict PeerAuthentication refuses callers that are not meshed: load balancers, the API server, operators.""",
    ),
    UNKNOWN := Rule(
        id="references/mesh-policy-for-nobody",
        title="A policy of the mesh names pods, ports and namespaces that exist",
        why="A policy that selects nothing protects nobody, and one for another port closes the right one.",
        fix="Correct the labels, the port or the namespace.",
        explanation="Istio reports none of this: a selector that matches nothing is as valid as one that does.",
    ),
)

TUNNEL = 15008
_ROOT = "istio-system"
_GROUP = "security.istio.io"
# istio-cni gives the kubelet's probes this address; ztunnel lets them pass whatever the policies say.
_PROBES = "169.254.7.127/32"


def ambient(world: World, namespace: str) -> bool:
    """Whether the pods of a namespace are in the mesh."""
    return world.namespaces.get(namespace, {}).get("istio.io/dataplane-mode") == "ambient"


@edges_of("Namespace")
def meshed_namespace(one: Manifest, world: World) -> Iterator[Edge]:
    """What refuses connections in the clear."""
    if not ambient(world, one.name):
        return
    pointer = ("metadata", "labels", "istio.io/dataplane-mode")
    whole = [each for each in _policies("PeerAuthentication", world) if not mapping(each.body, "spec", "selector")]
    if any(each.namespace in (_ROOT, one.name) and _mode(each) == "STRICT" for each in whole):
        yield held("Namespace -> strict mesh", pointer)
    else:
        yield missing("Namespace -> strict mesh", pointer, NOT_STRICT, f"nothing refuses clear text in {one.name}")


@edges_of("NetworkPolicy", "networking.k8s.io")
def meshed_policy(one: Manifest, world: World) -> Iterator[Edge]:
    """The tunnel, and the mesh's own gates behind each port."""
    if not ambient(world, one.namespace):
        return
    own = world.selected(mapping(one.body, "spec", "podSelector"), one.namespace)
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for place, rule in entries(one.body, "spec", direction):
            inside = [_inside(peer, one, world) for _, peer in entries(rule, side) if not _of_the_kubelet(peer)]
            ports = {number(port, "port") for _, port in entries(rule, "ports") if text(port, "protocol") != "UDP"}
            if True in inside and ports - {None}:
                yield _tunnel(ports, (*place, "ports"))
            if direction == "ingress":
                for port in sorted(each for each in ports if each and each != TUNNEL):
                    yield from _gates(own, port, (*place, "ports"), world, outside=False in inside)


@edges_of("PeerAuthentication", _GROUP)
def peer_authentication(one: Manifest, world: World) -> Iterator[Edge]:
    """The pods that it is for, and the ports that it makes an exception of; for a whole namespace there is no exception."""
    if not mapping(one.body, "spec", "selector"):
        kind, pointer = "PeerAuthentication -> strict mesh", ("spec",)
        if _mode(one) == "STRICT":
            yield held(kind, pointer)
        else:
            yield missing(kind, pointer, NOT_STRICT, f"the mode is {_mode(one) or 'not set'}, which refuses nobody")
    yield from _selected(one, world, {*mapping(one.body, "spec", "portLevelMtls")}, ("spec", "portLevelMtls"))


@edges_of("AuthorizationPolicy", _GROUP)
def authorization_policy(one: Manifest, world: World) -> Iterator[Edge]:
    """The pods that it is for, the ports that it allows, and the namespaces that may come."""
    yield from _selected(one, world, _allowed(one), ("spec", "rules"))
    for place, rule in entries(one.body, "spec", "rules"):
        for at, caller in entries(rule, "from"):
            for within, name in texts(caller, "source", "namespaces"):
                pointer = (*place, *at, *within)
                if ambient(world, name):
                    yield held("AuthorizationPolicy -> namespace", pointer)
                else:
                    problem = f"'{name}' is no meshed namespace: who comes from there proves no identity"
                    yield missing("AuthorizationPolicy -> namespace", pointer, UNKNOWN, problem)


def _tunnel(ports: set[int | None], pointer: Pointer) -> Edge:
    if TUNNEL in ports:
        return held("NetworkPolicy -> mesh tunnel", pointer)
    return missing(
        "NetworkPolicy -> mesh tunnel", pointer, NO_TUNNEL, f"meshed pods talk by port {TUNNEL}, which is closed"
    )


def _gates(own: list[Pods], port: int, pointer: Pointer, world: World, *, outside: bool) -> Iterator[Edge]:
    for pods in own:
        of_pods = [each for each in _policies("AuthorizationPolicy", world) if _is_for(each, pods)]
        problem = ""
        if of_pods and not any(_allows(each, str(port)) for each in of_pods):
            problem = f"no AuthorizationPolicy of these pods allows port {port}"
        elif outside and not _in_the_clear(pods, port, world):
            problem = f"callers outside of the mesh come in the clear, which port {port} refuses"
        if problem:
            yield missing("NetworkPolicy -> mesh policy", pointer, REFUSED, problem)
        else:
            yield held("NetworkPolicy -> mesh policy", pointer)


def _in_the_clear(pods: Pods, port: int, world: World) -> bool:
    exceptions = [each for each in _policies("PeerAuthentication", world) if _is_for(each, pods)]
    return any(
        text(each.body, "spec", "portLevelMtls", str(port), "mode") == "PERMISSIVE"
        for each in exceptions
        if mapping(each.body, "spec", "selector")
    )


def _selected(one: Manifest, world: World, ports: set[str], where: Pointer) -> Iterator[Edge]:
    selector, pointer = mapping(one.body, "spec", "selector"), ("spec", "selector")
    if not selector:
        return
    found = world.selected(selector, one.namespace)
    if not found:
        yield missing(f"{one.kind} -> pods", pointer, UNKNOWN, f"no pods of {one.namespace} are selected")
        return
    yield held(f"{one.kind} -> pods", pointer, assumed=all(pods.assumed for pods in found))
    opened = {str(number) for pods in found for number in pods.numbers}
    for port in sorted(ports - opened if opened else ()):
        problem = f"the pods open {', '.join(sorted(opened))}, not {port}"
        yield missing(f"{one.kind} -> port", where, UNKNOWN, problem)


def _allows(one: Manifest, port: str) -> bool:
    """Whether some caller may use a port: a rule that names no ports allows them all."""
    return port in _allowed(one) or any("to" not in rule for _, rule in entries(one.body, "spec", "rules"))


def _allowed(one: Manifest) -> set[str]:
    return {
        port
        for _, rule in entries(one.body, "spec", "rules")
        for _, to in entries(rule, "to")
        for _, port in texts(to, "operation", "ports")
    }


def _is_for(policy: Manifest, pods: Pods) -> bool:
    selector = mapping(policy.body, "spec", "selector")
    if not selector:
        return policy.namespace in (_ROOT, pods.namespace)
    return policy.namespace == pods.namespace and matches(selector, pods.labels)


def _inside(peer: Mapping[str, Any], one: Manifest, world: World) -> bool:
    """Whether a peer is pods of the mesh."""
    if "ipBlock" in peer:
        return False
    chosen = mapping(peer, "namespaceSelector")
    names = (
        [one.namespace]
        if not chosen
        else [name for name, labels in world.namespaces.items() if matches(chosen, labels)]
    )
    return any(ambient(world, name) for name in names)


def _of_the_kubelet(peer: Mapping[str, Any]) -> bool:
    return text(peer, "ipBlock", "cidr") == _PROBES


def _mode(one: Manifest) -> str:
    return text(one.body, "spec", "mtls", "mode")


def _policies(kind: str, world: World) -> list[Manifest]:
    return world.objects(kind, _GROUP)
