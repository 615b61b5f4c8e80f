"""The mesh: which namespaces are in it, and Istio's own policies, compiled from the same flows as NetworkPolicies.

Between meshed pods all traffic goes through one port, encrypted: a NetworkPolicy sees who talks to whom and no longer on which
port. An AuthorizationPolicy says the port. Who is not meshed (load balancers, the API server, operators) comes in the clear, so
mutual TLS is strict everywhere but on the ports on which somebody declared such a caller.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.flow import EVERY_PORT, Flow, Peer
from groundwork.kube.rendering import Made, PodSet, Rendering

__all__ = ["AMBIENT", "NOT_READY", "ROOT", "TUNNEL", "meshed", "policies", "probes", "through"]

ROOT = "istio-system"
AMBIENT = {"istio.io/dataplane-mode": "ambient"}
# What a new node carries until its istio-cni agent is ready.
NOT_READY = "cni.istio.io/not-ready"
# HBONE: what one node's ztunnel says to another's.
TUNNEL = 15008
# What the kubelet's probes come from: istio-cni rewrites the node's address, so that ztunnel lets them pass.
_PROBES = "169.254.7.127/32"

# Where prompts, answers and data go. Operators, node agents and the egress proxy's own namespace stay outside: the API
# server calls the first, the second have the host's network, and the third ends every connection anyway.
_PLATFORM = (
    "ai-agents",
    "ai-data",
    "ai-gateway",
    "ai-inference",
    "ai-pipelines",
    "kagent",
    "observability",
)


def meshed(site: Site, namespace: str) -> bool:
    """Whether the pods of a namespace are in the mesh."""
    tenants = {tenant.namespace for tenant in site.tenants}
    return site.cluster.mesh == "istio" and (namespace in _PLATFORM or namespace in tenants)


def through(site: Site, flow: Flow) -> Iterator[Flow]:
    """The flow as NetworkPolicies must allow it: between meshed pods, the tunnel beside the port itself."""
    yield flow
    ends = (flow.source, flow.target)
    if flow.protocol == "TCP" and all(end.is_pods and meshed(site, end.namespace) for end in ends):
        yield replace(flow, port=TUNNEL)


def probes(namespace: str) -> dict[str, Any]:
    """The kubelet's probes may reach every pod: they no longer come from the node's own address, which every policy lets in."""
    ingress = [{"from": [{"ipBlock": {"cidr": _PROBES}}]}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "kubelet-probes", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress},
    }


def policies(site: Site, renderings: Iterable[Rendering]) -> dict[str, list[Made]]:
    """Istio's policies for the meshed pods of every component, by component."""
    renderings = list(renderings)
    received: dict[Peer, set[Flow]] = defaultdict(set)
    for flow in (flow for rendering in renderings for flow in rendering.flows):
        received[flow.target].add(flow)
    made: dict[str, list[Made]] = defaultdict(list)
    for rendering in renderings:
        for pods in rendering.pods:
            if meshed(site, pods.pods.namespace) and received[pods.pods]:
                bodies = _of_pods(site, pods, received[pods.pods])
                made[rendering.component] += [Made(body, pods.source) for body in bodies]
    return made


def _of_pods(site: Site, pods: PodSet, received: set[Flow]) -> Iterator[dict[str, Any]]:
    selector = {"matchLabels": dict(pods.pods.labels)}
    yield _object(
        "AuthorizationPolicy", pods, {"selector": selector, "action": "ALLOW", "rules": _rules(site, received)}
    )
    in_the_clear = sorted({flow.port for flow in received if not meshed(site, flow.source.namespace)})
    if in_the_clear:
        ports = {str(port): {"mode": "PERMISSIVE"} for port in in_the_clear}
        strict = {"mtls": {"mode": "STRICT"}, "portLevelMtls": ports}
        yield _object("PeerAuthentication", pods, {"selector": selector, **strict})


def _object(kind: str, pods: PodSet, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": pods.name, "namespace": pods.pods.namespace}
    return {"apiVersion": "security.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _rules(site: Site, received: set[Flow]) -> list[dict[str, Any]]:
    """One rule per kind of caller, sorted: a meshed namespace, an address range, and whoever proves no identity."""
    ports: dict[tuple[str, str], set[int]] = defaultdict(set)
    for flow in received:
        ports[_caller(site, flow.source)].add(flow.port)
    return [_rule(*caller, ports[caller]) for caller in sorted(ports)]


def _caller(site: Site, source: Peer) -> tuple[str, str]:
    if meshed(site, source.namespace):
        return "namespaces", source.namespace
    return ("ipBlocks", source.cidr) if source.cidr else ("", "")


def _rule(kind: str, value: str, ports: set[int]) -> dict[str, Any]:
    said: dict[str, Any] = {"from": [{"source": {kind: [value]}}]} if kind else {}
    if EVERY_PORT in ports:
        return said
    return {**said, "to": [{"operation": {"ports": [str(port) for port in sorted(ports)]}}]}
