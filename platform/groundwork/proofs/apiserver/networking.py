"""Networking: what the API server checks across the fields of Services, Ingresses and NetworkPolicies."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.proofs.apiserver.faults import Fault, Pointer, spelled
from groundwork.proofs.apiserver.forms import FORMS, fits
from groundwork.proofs.apiserver.pods import conflict
from groundwork.proofs.apiserver.wording import shown

__all__ = ["ingress_faults", "network_policy_faults", "service_faults"]

_SPEC: Pointer = ("spec",)
_REACHED_FROM_OUTSIDE = frozenset({"LoadBalancer", "NodePort"})


def service_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """A Service whose structure is valid."""
    spec = document["spec"]
    kind = spec.get("type", "ClusterIP")
    headless = spec.get("clusterIP") == "None"
    if kind == "ExternalName":
        if not spec.get("externalName"):
            yield conflict(_SPEC, "is of type ExternalName without an externalName", "Set externalName.")
    elif not spec.get("ports") and not headless:
        yield conflict(_SPEC, "has no ports, which only a headless Service may lack", "Add the ports.")
    if kind not in _REACHED_FROM_OUTSIDE and "externalTrafficPolicy" in spec and not spec.get("externalIPs"):
        says = f"is set on a Service of type {kind}; only NodePort and LoadBalancer have it"
        yield conflict(("spec", "externalTrafficPolicy"), says, "Remove externalTrafficPolicy.")
    if kind != "LoadBalancer":
        for field in ("loadBalancerClass", "loadBalancerSourceRanges"):
            if field in spec:
                yield conflict(("spec", field), f"is set on a Service of type {kind}", "Set type: LoadBalancer.")
    address = spec.get("clusterIP", "")
    if address not in {"", "None"} and not fits("ip", address):
        problem = f"spec.clusterIP is {shown(address)}, which is neither None nor {FORMS['ip'].wording}"
        yield Fault(rule="format", pointer=("spec", "clusterIP"), problem=problem, fix="Leave clusterIP out.")
    yield from _service_ports(spec.get("ports", ()), kind)


def _service_ports(ports: list[Mapping[str, Any]], kind: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for position, port in enumerate(ports):
        pointer: Pointer = ("spec", "ports", position)
        name = port.get("name", "")
        if not name and len(ports) > 1:
            problem = f"{spelled(pointer)} has no name; with several ports each needs one"
            yield Fault(rule="required", pointer=pointer, problem=problem, fix="Name the port.")
        if name and name in seen:
            problem = f"{spelled(pointer)}.name is {name}, as another port's is"
            yield Fault(rule="duplicate", pointer=(*pointer, "name"), problem=problem, fix="Rename one of them.")
        seen.add(name)
        if "nodePort" in port and kind not in _REACHED_FROM_OUTSIDE:
            yield conflict((*pointer, "nodePort"), f"is set on a Service of type {kind}", "Remove nodePort.")


def ingress_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """An Ingress whose structure is valid."""
    spec = document.get("spec", {})
    if not spec.get("rules") and "defaultBackend" not in spec:
        yield conflict(_SPEC, "has neither rules nor a defaultBackend", "Add a rule.")
    for position, rule in enumerate(spec.get("rules", ())):
        for number, path in enumerate(rule.get("http", {}).get("paths", ())):
            value = path.get("path", "")
            if path["pathType"] != "ImplementationSpecific" and not value.startswith("/"):
                pointer = ("spec", "rules", position, "http", "paths", number, "path")
                says = f"is {shown(value)}; with pathType {path['pathType']} it starts with /"
                yield conflict(pointer, says, "Write an absolute path.")


def network_policy_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """A NetworkPolicy whose structure is valid."""
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for position, rule in enumerate(document.get("spec", {}).get(direction, ())):
            pointer: Pointer = ("spec", direction, position)
            for number, peer in enumerate(rule.get(peers, ())):
                yield from _peer(peer, (*pointer, peers, number))
            for number, port in enumerate(rule.get("ports", ())):
                yield from _policy_port(port, (*pointer, "ports", number))


def _peer(peer: Mapping[str, Any], pointer: Pointer) -> Iterator[Fault]:
    if not peer:
        yield conflict(pointer, "names no peer", "Give it a podSelector, a namespaceSelector or an ipBlock.")
    if "ipBlock" not in peer:
        return
    if len(peer) > 1:
        yield conflict(pointer, "has an ipBlock beside a selector", "Make two peers of it.")
    block = ipaddress.ip_network(peer["ipBlock"]["cidr"], strict=False)
    for number, text in enumerate(peer["ipBlock"].get("except", ())):
        inner = ipaddress.ip_network(text, strict=False)
        if not (
            inner.version == block.version and inner.network_address in block and inner.prefixlen > block.prefixlen
        ):
            says = f"is {text}, which does not lie within {block}"
            yield conflict((*pointer, "ipBlock", "except", number), says, "Except a smaller block of it.")


def _policy_port(port: Mapping[str, Any], pointer: Pointer) -> Iterator[Fault]:
    if "endPort" not in port:
        return
    first = port.get("port")
    if not isinstance(first, int):
        yield conflict((*pointer, "endPort"), "needs a numeric port beside it", "Write the first port as a number.")
    elif port["endPort"] < first:
        yield conflict((*pointer, "endPort"), f"is {port['endPort']}, below port {first}", "Use a later port.")
