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


@pytest.mark.parametrize(
    ("gateway", "replicas"), [("edge", 3), ("tools", 2), ("inference", 2)], ids=["kgateway", "agentgateway", "pools"]
)
def test_proxies_are_as_the_parameters_of_their_gateway_say(tree: Tree, gateway: str, replicas: int) -> None:
    """They stand in another object, which the Gateway names."""
    world = World(tree, "prod-us-east-2")

    ((_, made, fields),) = [one for one in world.instances if (one[0].kind, one[0].name) == ("Gateway", gateway)]

    shape = made.pods[0].resolved(fields)
    assert shape.replicas == replicas
    assert shape.spec["containers"][0]["resources"]["requests"]["cpu"] in ("200m", "500m")


def test_a_gateway_whose_parameters_are_not_there_has_its_controllers_defaults(tree: Tree) -> None:
    """One proxy, with what agentgateway asks for by itself."""
    cluster = "prod-us-east-2"
    without = Tree(tree.root, [one for one in tree if one.kind != "AgentgatewayParameters" and one.cluster == cluster])

    ((_, made, fields),) = [one for one in World(without, cluster).instances if one[0].name == "tools"]

    shape = made.pods[0].resolved(fields)
    assert shape.replicas == 1
    assert shape.spec == {
        "containers": [{"name": "agentgateway", "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}]
    }


def test_what_a_chart_switches_off_is_selected_by_nobody(tree: Tree) -> None:
    """The fleet divides no GPU, so nothing manages slices."""
    world = World(tree, "prod-us-east-2")

    assert world.selected({"matchLabels": {"app": "nvidia-device-plugin-daemonset"}}, "gpu-operator")
    assert world.selected({"matchLabels": {"app": "nvidia-mig-manager"}}, "gpu-operator") == []
