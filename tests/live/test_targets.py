"""What Prometheus says of each monitor."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.live.answers import State
from groundwork.live.kubectl import Kubectl
from groundwork.live.targets import targets
from groundwork.tree.reader import Tree
from tests.live.cluster import Cluster

CLUSTER = "prod-us-east-2"


def target(health: str) -> dict[str, Any]:
    """One target of the monitor of a tool."""
    return {"scrapePool": "serviceMonitor/ai-agents/web-search/0", "health": health, "lastError": "connection refused"}


@pytest.mark.parametrize(
    ("answer", "state", "found"),
    [
        ({"data": {"activeTargets": [target("up"), target("unknown")]}}, State.TRUE, "2 up"),
        ({"data": {"activeTargets": [target("up"), target("down")]}}, State.FALSE, "1 of 2 down: connection refused"),
        ({"data": {"activeTargets": []}}, State.OPEN, "nothing that it selects is running"),
        ("not JSON", State.OPEN, "Prometheus gave no answer that can be read"),
    ],
)
def test_a_monitor_finds_what_answers(
    karpenter: Cluster, karpenter_tree: Tree, answer: Any, state: State, found: str
) -> None:
    """Prometheus names each pool of targets after the monitor that it comes from."""
    karpenter.answer("port-forward", answer)

    said = list(targets(karpenter_tree, CLUSTER, Kubectl()))

    (tool,) = [one for one in said if "ServiceMonitor ai-agents/web-search " in one.claim]
    assert (state, found) == (tool.state, tool.found)


@pytest.mark.usefixtures("karpenter")
def test_every_monitor_of_the_tree_is_asked_about(karpenter_tree: Tree) -> None:
    """Both kinds."""
    said = list(targets(karpenter_tree, CLUSTER, Kubectl()))

    monitors = [*karpenter_tree.of_kind(CLUSTER, "ServiceMonitor"), *karpenter_tree.of_kind(CLUSTER, "PodMonitor")]
    assert len(monitors) == len(said)


def test_a_prometheus_that_is_not_there_leaves_it_open(karpenter: Cluster, karpenter_tree: Tree) -> None:
    """Its Application says that it is missing."""
    karpenter.refuse("port-forward")

    said = list(targets(karpenter_tree, CLUSTER, Kubectl()))

    assert {(State.OPEN, "no port-forward here")} == {(one.state, one.found) for one in said}
