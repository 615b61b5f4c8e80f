"""The mesh: its tunnel, who may come in the clear, and which port is for whom."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.proofs.fields import entries, mapping, number
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, change, drop, operator


@operator("references", "NetworkPolicy")
def tunnel_closed(one: Manifest) -> Iterator[Edit]:
    for direction in ("ingress", "egress"):
        for place, rule in entries(one.body, "spec", direction):
            for at, port in entries(rule, "ports"):
                if number(port, "port") == 15008:
                    yield drop((*place, *at))


@operator("references", "PeerAuthentication")
def mesh_in_the_clear(one: Manifest) -> Iterator[Edit]:
    if not mapping(one.body, "spec", "selector"):
        yield change(("spec", "mtls", "mode"), "PERMISSIVE")
        yield drop(("spec", "mtls"))


@operator("references", "PeerAuthentication")
def exception_for_other_pods(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "spec", "selector", "matchLabels").items():
        yield change(("spec", "selector", "matchLabels", key), f"{value}-x")


@operator("references", "PeerAuthentication")
def exception_taken_away(one: Manifest) -> Iterator[Edit]:
    for port in mapping(one.body, "spec", "portLevelMtls"):
        yield drop(("spec", "portLevelMtls", port))
        yield change(("spec", "portLevelMtls", port, "mode"), "STRICT")


@operator("references", "AuthorizationPolicy")
def authorization_for_other_pods(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "spec", "selector", "matchLabels").items():
        yield change(("spec", "selector", "matchLabels", key), f"{value}-x")


@operator("references", "AuthorizationPolicy")
def authorization_for_another_port(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "rules"):
        for at, _ in entries(rule, "to"):
            yield change((*place, *at, "operation", "ports"), ["64999"])


@operator("references", "AuthorizationPolicy")
def authorization_of_a_namespace_outside(one: Manifest) -> Iterator[Edit]:
    for place, rule in entries(one.body, "spec", "rules"):
        for at, caller in entries(rule, "from"):
            if "namespaces" in mapping(caller, "source"):
                yield change((*place, *at, "source", "namespaces"), ["kube-system"])
