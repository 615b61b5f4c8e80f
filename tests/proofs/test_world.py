"""The world that a tree makes: selectors, and what charts and operators add."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.proofs.world import World, matches, pod_templates
from groundwork.tree.reader import Tree


@pytest.mark.parametrize(
    ("selector", "picks"),
    [
        ({}, True),
        ({"matchLabels": {"app": "a"}}, True),
        ({"matchLabels": {"app": "b"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "b"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Unheard"}]}, False),
        ({"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
    ],
)
def test_a_selector_picks_as_kubernetes_does(selector: dict[str, Any], picks: Any) -> None:
    """Labels and expressions must all hold."""
    assert matches(selector, {"app": "a"}) is picks


@pytest.mark.parametrize(
    ("namespace", "name", "ports"),
    [
        ("ai-gateway", "bifrost", {8080: "http"}),
        ("ai-data", "langfuse-postgres-rw", {5432: "postgres"}),
        ("kagent", "kagent-controller", {8083: "http"}),
        ("kube-system", "kube-dns", {53: "dns", 9153: "metrics"}),
    ],
)
def test_services_come_from_the_tree_operators_charts_and_add_ons(
    tree: Tree, namespace: str, name: str, ports: dict[int, str]
) -> None:
    """Whoever makes a Service, its ports are known."""
    assert World(tree, "prod-us-east-2").services[namespace, name].ports == ports


def test_a_template_takes_names_from_the_custom_resource(tree: Tree) -> None:
    """The Secret of a Certificate is called what its spec says."""
    keys = World(tree, "prod-us-east-2").secrets["ai-gateway", "edge-tls"]

    assert keys == frozenset({"tls.crt", "tls.key", "ca.crt"})


def test_on_auto_mode_there_are_no_pods_of_coredns(tree: Tree) -> None:
    """Auto Mode answers names on the node: no selector finds the servers."""
    dns = {"matchLabels": {"k8s-app": "kube-dns"}}

    assert World(tree, "prod-us-east-1").selected(dns, "kube-system") == []
    assert World(tree, "prod-us-east-2").selected(dns, "kube-system") != []


def test_pods_of_a_ray_service_are_the_heads_and_each_groups(tree: Tree) -> None:
    """Whole templates stand in the custom resource: what holds for a workload's pods holds for these."""
    service = World(tree, "prod-us-east-1").find(
        "RayService", "arctic-embed-s", namespace="ai-inference", group="ray.io"
    )

    assert service is not None
    assert [".".join(str(step) for step in at) for at, _ in pod_templates(service)] == [
        "spec.rayClusterConfig.headGroupSpec.template",
        "spec.rayClusterConfig.workerGroupSpecs.0.template",
    ]
    (workers,) = World(tree, "prod-us-east-1").selected(
        {"matchLabels": {"app.kubernetes.io/name": "arctic-embed-s"}}, "ai-inference"
    )
    assert workers.ports["serve"] == 8000
