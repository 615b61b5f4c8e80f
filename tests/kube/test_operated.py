"""Pods that an operator runs: a template without a controller, and all the rest of a workload."""

from __future__ import annotations

from typing import Any

from groundwork.catalog.versions import Image
from groundwork.kube.operated import Operated
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port


def operated(**details: Any) -> Operated:
    """Up to three pods with metrics."""
    return Operated(
        name="a",
        namespace="n",
        component="c",
        image=Image(name="i", repository="r/i", tag="1.0", arch=("arm64",), own=False),
        resources=Resources(cpu="1", memory="1Gi"),
        probes=Probes.http("metrics", ready="/ready"),
        replicas=Replicas(at_least=2, at_most=3),
        ports=[Port.metrics_only(8080)],
        **details,
    )


def kinds(workload: Operated) -> dict[str, Any]:
    """What is made, by kind."""
    return {body["kind"]: body for body in workload.manifests()}


def test_it_has_no_controller_of_ours() -> None:
    """The operator makes pods from the template, which is a workload's."""
    assert set(kinds(operated())) == {"ServiceAccount", "Service", "PodDisruptionBudget", "ServiceMonitor"}
    assert operated().template()["spec"]["securityContext"]["runAsNonRoot"] is True


def test_without_a_service_prometheus_finds_the_pods_themselves() -> None:
    """By the labels of the template."""
    made = kinds(operated(service=False))

    assert set(made) == {"ServiceAccount", "PodDisruptionBudget", "PodMonitor"}
    assert made["PodMonitor"]["spec"]["podMetricsEndpoints"] == [
        {"port": "metrics", "path": "/metrics", "interval": "30s"}
    ]


def test_a_budget_of_pods_without_a_scale_says_how_many_stay() -> None:
    """Kubernetes cannot reckon unavailable pods of an owner that has no scale; one may still be drained."""
    assert kinds(operated())["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    assert kinds(operated(budget=False))["PodDisruptionBudget"]["spec"]["minAvailable"] == 1
