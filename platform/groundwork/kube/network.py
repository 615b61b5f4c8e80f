"""NetworkPolicies, compiled from the flows of all components: for each flow the sender's half and the receiver's.

Every namespace denies everything; a flow that nobody declared is closed. A host name cannot be said in a NetworkPolicy:
on Auto Mode an ApplicationNetworkPolicy says it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube import mesh
from groundwork.kube.flow import EVERY_PORT, Flow, Peer
from groundwork.kube.rendering import Made, PodSet, Rendering
from groundwork.kube.subnets import name_servers

__all__ = ["default_deny", "policies"]

_KUBE_DNS = {"k8s-app": "kube-dns"}


def policies(site: Site, renderings: Iterable[Rendering]) -> dict[str, list[Made]]:
    """The policies of every component's pods, by component.

    Raises:
        ValueError: a flow begins or ends at pods that no component answers for.
    """
    renderings = list(renderings)
    owned = {one.pods: rendering.component for rendering in renderings for one in rendering.pods}
    sent: dict[Peer, set[Flow]] = defaultdict(set)
    received: dict[Peer, set[Flow]] = defaultdict(set)
    declared = (one for rendering in renderings for one in rendering.flows)
    for flow in itertools.chain.from_iterable(mesh.through(site, one) for one in declared):
        for end, flows in ((flow.source, sent), (flow.target, received)):
            if end.is_pods:
                _demand_owner(end, owned, flow)
                flows[end].add(flow)
    made: dict[str, list[Made]] = defaultdict(list)
    for rendering in renderings:
        for pod_set in rendering.pods:
            bodies = _of_pods(site, pod_set, sent[pod_set.pods], received[pod_set.pods])
            made[rendering.component] += [Made(body, pod_set.source) for body in bodies]
    return made


def default_deny(namespace: str) -> dict[str, Any]:
    """Nothing in, nothing out, for every pod of a namespace that has no policy of its own."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def _demand_owner(end: Peer, owned: Mapping[Peer, str], flow: Flow) -> None:
    if end not in owned:
        message = f"the flow '{flow.reason}' ends at pods {dict(end.labels)} in {end.namespace}, which no component answers for"
        raise ValueError(message)


def _of_pods(site: Site, pod_set: PodSet, sent: set[Flow], received: set[Flow]) -> list[dict[str, Any]]:
    named = {flow for flow in sent if flow.target.host}
    selector = {"matchLabels": dict(pod_set.pods.labels)}
    metadata = {"name": pod_set.name, "namespace": pod_set.pods.namespace}
    spec: dict[str, Any] = {"podSelector": selector, "policyTypes": ["Ingress", "Egress"]}
    if received:
        spec["ingress"] = [{"from": [_peer(peer)], **ports} for peer, ports in _grouped(received, "source")]
    outward = [{"to": [_peer(peer)], **ports} for peer, ports in _grouped(sent - named, "target")]
    spec["egress"] = [_dns(site), *outward]
    bodies = [{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}]
    if named:
        bodies.append(_by_host(metadata, selector, named))
    return bodies


def _by_host(metadata: dict[str, Any], selector: dict[str, Any], flows: set[Flow]) -> dict[str, Any]:
    egress = [
        {"to": [{"domainNames": [flow.target.host]}], "ports": [{"protocol": flow.protocol, "port": flow.port}]}
        for flow in sorted(flows)
    ]
    return {
        "apiVersion": "networking.k8s.aws/v1alpha1",
        "kind": "ApplicationNetworkPolicy",
        "metadata": metadata,
        "spec": {"podSelector": selector, "policyTypes": ["Egress"], "egress": egress},
    }


def _grouped(flows: set[Flow], end: str) -> list[tuple[Peer, dict[str, Any]]]:
    """Flows by the other end, each with its ports: one block per peer, sorted, so that merges stay small."""
    ports: dict[Peer, set[tuple[int, str]]] = defaultdict(set)
    for flow in flows:
        ports[getattr(flow, end)].add((flow.port, flow.protocol))
    return [(peer, _ports(ports[peer])) for peer in sorted(ports)]


def _ports(opened: set[tuple[int, str]]) -> dict[str, Any]:
    """A rule that names no ports opens all of them."""
    if any(port == EVERY_PORT for port, _ in opened):
        return {}
    return {"ports": [{"protocol": protocol, "port": port} for port, protocol in sorted(opened)]}


def _peer(peer: Peer) -> dict[str, Any]:
    if peer.cidr:
        block: dict[str, Any] = {"cidr": peer.cidr}
        return {"ipBlock": block | ({"except": list(peer.excluding)} if peer.excluding else {})}
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}},
        "podSelector": {"matchLabels": dict(peer.labels)},
    }


def _dns(site: Site) -> dict[str, Any]:
    ports = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    if site.cluster.nodes == "auto":
        return {"to": [{"ipBlock": {"cidr": cidr}} for cidr in name_servers(site)], "ports": ports}
    return {"to": [_peer(Peer.pods("kube-system", _KUBE_DNS))], "ports": ports}
