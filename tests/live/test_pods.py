"""Pods that are stuck, and Jobs of the last sync."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.live.answers import State
from groundwork.live.kubectl import Kubectl
from groundwork.live.pods import enrolled, jobs, pods
from groundwork.tree.reader import Tree
from tests.live.cluster import Cluster

CLUSTER = "prod-us-east-2"


def pod(status: dict[str, Any], namespace: str = "ai-gateway") -> dict[str, Any]:
    """A pod with this status."""
    return {"metadata": {"name": "litellm-7d4-x", "namespace": namespace}, "status": status}


def waiting(reason: str) -> dict[str, Any]:
    """A container that waits."""
    return {"state": {"waiting": {"reason": reason, "message": "back-off 5m0s\nmore"}}}


RUNNING = pod({"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]})
STARTING = pod({"containerStatuses": [waiting("PodInitializing")]})
CRASHING = pod({"containerStatuses": [waiting("CrashLoopBackOff")]})
PULLING = pod(
    {"initContainerStatuses": [waiting("ImagePullBackOff")], "containerStatuses": [waiting("PodInitializing")]}
)
UNSCHEDULABLE = pod({"conditions": [{"type": "PodScheduled", "reason": "Unschedulable", "message": "0/3 nodes"}]})


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ([RUNNING, STARTING], []),
        ([RUNNING, CRASHING], ["CrashLoopBackOff: back-off 5m0s"]),
        ([PULLING], ["ImagePullBackOff: back-off 5m0s"]),
        ([UNSCHEDULABLE], ["Unschedulable: 0/3 nodes"]),
        ([pod({"containerStatuses": [waiting("CrashLoopBackOff")]}, "somebody-elses")], []),
    ],
)
def test_pods_that_are_stuck_are_named(
    karpenter: Cluster, karpenter_tree: Tree, listed: list[dict[str, Any]], found: list[str]
) -> None:
    """In the namespaces of the tree; one that is only starting is not stuck."""
    karpenter.answer("pods", {"items": listed})

    assert found == [one.found for one in pods(karpenter_tree, CLUSTER, Kubectl()) if one.state is State.FALSE]


@pytest.mark.parametrize(
    ("status", "state", "found"),
    [
        ({"conditions": [{"type": "Complete", "status": "True"}], "completionTime": "2026"}, State.TRUE, "2026"),
        (
            {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]},
            State.FALSE,
            "BackoffLimitExceeded",
        ),
        ({"active": 1}, State.OPEN, "it is still running"),
        (None, State.OPEN, "it has not run within the last day"),
    ],
)
def test_a_job_says_how_it_ended(
    karpenter: Cluster, karpenter_tree: Tree, status: dict[str, Any] | None, state: State, found: str
) -> None:
    """Kubernetes removes one that ended a day ago: that is no failure."""
    karpenter.change("job.v1.batch", "langfuse-migrations", status)

    (answer,) = [one for one in jobs(karpenter_tree, CLUSTER, Kubectl()) if "langfuse-migrations" in one.claim]

    assert (state, found) == (answer.state, answer.found)


def meshed_pod(annotations: dict[str, str], labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """A running pod of a meshed namespace."""
    metadata = {"name": "litellm", "namespace": "ai-gateway", "annotations": annotations, "labels": labels or {}}
    return {"metadata": metadata, "spec": spec, "status": {"phase": "Running"}}


@pytest.mark.parametrize(
    ("listed", "state"),
    [
        (meshed_pod({"ambient.istio.io/redirection": "enabled"}), State.TRUE),
        (meshed_pod({}), State.FALSE),
        (meshed_pod({}, hostNetwork=True), State.TRUE),
        (meshed_pod({}, {"istio.io/dataplane-mode": "none"}), State.TRUE),
    ],
)
def test_a_pod_that_the_mesh_missed_is_named(
    karpenter: Cluster, karpenter_tree: Tree, listed: dict[str, Any], state: State
) -> None:
    """What it sends is not encrypted, and strict servers refuse it."""
    karpenter.answer("pods", {"items": [listed]})

    (answer,) = enrolled(karpenter_tree, CLUSTER, Kubectl())

    assert state is answer.state


@pytest.mark.usefixtures("auto")
def test_without_a_mesh_nobody_asks(auto_tree: Tree) -> None:
    """Auto Mode has none."""
    assert [] == list(enrolled(auto_tree, "prod-us-east-1", Kubectl()))
