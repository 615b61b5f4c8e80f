"""The mesh's policies say what NetworkPolicies can no longer say, from the same flows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from groundwork.fleet.site import Site
from groundwork.kube import mesh
from groundwork.kube.flow import Flow, Peer
from groundwork.kube.network import policies as network_policies
from groundwork.kube.rendering import PodSet, Rendering
from groundwork.kube.stage import Stage

GATEWAY, MODEL = Peer.workload("litellm", "ai-gateway"), Peer.workload("model", "ai-inference")
OPERATOR = Peer.workload("keda-operator", "keda")
BALANCER = Peer.addresses("10.30.0.0/19")


def rendering(*flows: Flow) -> Rendering:
    """A component with all pods and these flows."""
    sets = [
        PodSet(name=dict(one.labels)["app.kubernetes.io/name"], pods=one, source="clusters/x.yaml")
        for one in (GATEWAY, MODEL, OPERATOR)
    ]
    return Rendering(
        component="small", project="data", stage=Stage.DATA, namespace="ai-data", flows=list(flows), pods=sets
    )


def specs(site: Site, *flows: Flow) -> dict[tuple[str, str], dict[str, Any]]:
    """The mesh's policies by kind and pods."""
    made = mesh.policies(site, [rendering(*flows)])
    bodies = [one.body for several in made.values() for one in several]
    return {(body["kind"], body["metadata"]["name"]): body["spec"] for body in bodies}


def opened(site: Site, direction: str, pods: str, flows: Iterable[Flow]) -> list[int]:
    """Ports that the NetworkPolicy of some pods opens in a direction, DNS aside."""
    made = network_policies(site, [rendering(*flows)])
    (spec,) = [one.body["spec"] for several in made.values() for one in several if one.body["metadata"]["name"] == pods]
    return sorted({port["port"] for rule in spec.get(direction, []) for port in rule["ports"]} - {53})


def test_the_tunnel_is_open_where_both_ends_are_meshed(meshed: Site) -> None:
    """Beside the port itself, at both ends."""
    flows = [Flow(GATEWAY, MODEL, 8000)]

    assert [8000, 15008] == opened(meshed, "egress", "litellm", flows) == opened(meshed, "ingress", "model", flows)


@pytest.mark.parametrize(
    "flow", [Flow(OPERATOR, MODEL, 8000), Flow(BALANCER, MODEL, 8000), Flow(GATEWAY, MODEL, 8000, protocol="UDP")]
)
def test_the_tunnel_is_closed_to_everybody_else(meshed: Site, flow: Flow) -> None:
    """Pods outside of the mesh, addresses, and what is not TCP."""
    assert [8000] == opened(meshed, "ingress", "model", [flow])


def test_a_cluster_without_a_mesh_has_neither(karpenter: Site) -> None:
    """Its policies stay as they were."""
    flows = [Flow(GATEWAY, MODEL, 8000)]

    assert [8000] == opened(karpenter, "ingress", "model", flows)
    assert {} == specs(karpenter, *flows)


def test_a_port_is_allowed_to_those_who_declared_it(meshed: Site) -> None:
    """Prometheus may read metrics, and cannot use the same tunnel to ask the model."""
    prometheus = Peer.workload("prometheus", "observability")

    allowed = specs(meshed, Flow(GATEWAY, MODEL, 8000), Flow(prometheus, MODEL, 9400))["AuthorizationPolicy", "model"]

    assert [
        {"from": [{"source": {"namespaces": ["ai-gateway"]}}], "to": [{"operation": {"ports": ["8000"]}}]},
        {"from": [{"source": {"namespaces": ["observability"]}}], "to": [{"operation": {"ports": ["9400"]}}]},
    ] == allowed["rules"]


def test_callers_outside_of_the_mesh_are_exceptions_port_by_port(meshed: Site) -> None:
    """A load balancer and an operator have no identity; every other port of these pods stays strict."""
    made = specs(meshed, Flow(BALANCER, MODEL, 443), Flow(OPERATOR, MODEL, 9090), Flow(GATEWAY, MODEL, 8000))

    exceptions = made["PeerAuthentication", "model"]
    assert {"mode": "STRICT"} == exceptions["mtls"]
    assert {"443": {"mode": "PERMISSIVE"}, "9090": {"mode": "PERMISSIVE"}} == exceptions["portLevelMtls"]
    rules = made["AuthorizationPolicy", "model"]["rules"]
    assert {"to": [{"operation": {"ports": ["9090"]}}]} in rules
    assert {"from": [{"source": {"ipBlocks": ["10.30.0.0/19"]}}], "to": [{"operation": {"ports": ["443"]}}]} in rules


def test_without_such_callers_nothing_is_excepted(meshed: Site) -> None:
    """Nor has a pod that nobody calls a policy: the mesh denies by default."""
    made = specs(meshed, Flow(GATEWAY, MODEL, 8000))

    assert [("AuthorizationPolicy", "model")] == list(made)


def test_tenants_are_in_the_mesh_and_operators_are_not(meshed: Site) -> None:
    """Namespaces of the platform's own pods are; those that the API server calls are not."""
    found = {name for name in ("ai-data", "tenant-team-a", "keda", "kube-system") if mesh.meshed(meshed, name)}

    assert {"ai-data", "tenant-team-a"} == found
