"""What charts and EKS add-ons make: each statement says where it was read, and follows from the values that we set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundwork.catalog.chart_facts import ChartFacts, ChartPods, addon_facts, all_facts, facts
from groundwork.catalog.templates import paths, value_at
from groundwork.proofs.installed import Installed, installed
from groundwork.proofs.world import matches
from groundwork.tree.reader import Tree, read_tree

ROOT = Path(__file__).resolve().parents[2]
STATED = [*all_facts(), *addon_facts().values()]
PODS = [pytest.param(pods, id=f"{one.chart}-{pods.name}") for one in STATED for pods in one.pods]

# Pods for which nothing is reserved: their charts ship them so.
UNRESERVED = {
    "eks-pod-identity-agent",
    "gpu-feature-discovery",
    "nvidia-dcgm",
    "nvidia-dcgm-exporter",
    "nvidia-device-plugin-daemonset",
    "nvidia-node-status-exporter",
    "nvidia-operator-validator",
}

# Pods that anything else may push out: what kagent's chart makes takes no class; kgateway's of 2.4.3 was not seen.
UNRANKED = {"kagent-controller", "kagent-ui", "kgateway"}


@pytest.fixture(scope="module")
def tree() -> Tree:
    """The committed tree."""
    return read_tree(ROOT / "generated")


@pytest.fixture(scope="module")
def running(tree: Tree) -> list[tuple[Installed, ChartPods]]:
    """The pods of everything that the fleet installs."""
    return [(one, pods) for cluster in tree.clusters for one in installed(tree, cluster) for _, pods in one.pods]


@pytest.mark.parametrize("one", STATED, ids=lambda one: one.chart)
def test_every_statement_has_a_version_a_date_and_a_source(one: ChartFacts) -> None:
    """Whoever doubts one can look it up."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", one.date)
    assert one.version
    assert one.source
    assert one.trust in ("verified", "assumed")


def test_a_chart_that_nobody_has_stated_is_refused() -> None:
    """With the place where it belongs."""
    with pytest.raises(LookupError, match=r"catalog/charts/unheard-of\.yaml is missing"):
        facts("unheard-of")


@pytest.mark.parametrize("pods", PODS)
def test_what_pods_ask_for_is_stated_container_by_container(pods: ChartPods) -> None:
    """`resources: {}` says that it is nothing."""
    assert pods.spec["containers"]
    for container in (*pods.spec["containers"], *pods.spec.get("initContainers", ())):
        assert "resources" in container, container["name"]


@pytest.mark.parametrize("pods", PODS)
def test_pods_that_keep_apart_or_spread_mean_themselves(pods: ChartPods) -> None:
    """A selector in a statement picks the labels of the same statement, or the proofs would spread nobody."""
    for selector in _selectors(pods.spec):
        assert matches(selector, pods.labels)


def test_every_chart_and_add_on_of_the_fleet_is_stated(tree: Tree) -> None:
    """An add-on that is not known makes no pods in the proofs."""
    named = {
        addon["name"]
        for cluster in tree.clusters
        for config in tree.of_kind(cluster, "ClusterConfig")
        for addon in config.body["addons"]
    }

    assert named == set(addon_facts())
    assert {one.facts.chart for cluster in tree.clusters for one in installed(tree, cluster)} <= {
        one.chart for one in STATED
    }


def test_pods_that_reserve_nothing_are_known(running: list[tuple[Installed, ChartPods]]) -> None:
    """A chart whose values have moved, or a path that is misspelt, would leave its pods with nothing."""
    unreserved = {
        pods.name
        for one, pods in running
        if not any(container.get("resources") for container in pods.resolved(one.values).spec["containers"])
    }

    assert unreserved == UNRESERVED


def test_operators_give_way_to_nothing_that_rests_on_them(running: list[tuple[Installed, ChartPods]]) -> None:
    """Without a class a pod has priority 0, below the batch jobs: a full node would lose External Secrets first."""
    unranked = {pods.name for one, pods in running if "priorityClassName" not in pods.resolved(one.values).spec}

    assert unranked == UNRANKED


def test_numbers_of_pods_come_from_values_that_are_there(running: list[tuple[Installed, ChartPods]]) -> None:
    """A template whose path nobody knows would count as one pod."""
    for one, pods in running:
        known = pods.known(one.values)
        for path in (*paths(pods.replicas), *paths(pods.most or ""), *paths(pods.namespace)):
            assert value_at(known, path) is not None, f"{one.facts.chart}: {path}"


def test_what_we_set_decides(tree: Tree) -> None:
    """Karpenter on its own nodes, Istio's control plane between its autoscaler's bounds, node agents in a namespace of ours."""
    here = {pods.name: (one, pods) for one in installed(tree, "prod-us-east-2") for _, pods in one.pods}
    shapes = {name: pods.resolved(one.values) for name, (one, pods) in here.items()}
    namespaces = {pods.name: namespace for one in installed(tree, "prod-us-east-2") for namespace, pods in one.pods}

    assert shapes["karpenter"].spec["nodeSelector"] == {
        "kubernetes.io/os": "linux",
        "eks.amazonaws.com/nodegroup": "system",
    }
    assert (shapes["istiod"].replicas, shapes["istiod"].most, shapes["istiod"].surge) == (2, 5, "100%")
    assert namespaces["node-exporter"] == "node-agents"


def _selectors(spec: Any) -> Iterator[dict[str, Any]]:
    """The label selectors anywhere in a pod spec."""
    if isinstance(spec, dict):
        for key, inner in spec.items():
            if key == "labelSelector":
                yield inner
            else:
                yield from _selectors(inner)
    elif isinstance(spec, list):
        for inner in spec:
            yield from _selectors(inner)
