"""KEDA: scales on what Prometheus measures."""

from __future__ import annotations

from typing import Any

from groundwork.components.compute.keda import Keda


def test_the_operator_reaches_prometheus_and_the_metrics_api_the_operator(render: Any, site: Any) -> None:
    """Without either flow every scaler is blind (playbook 3.1, O6)."""
    flows = render(Keda, site("prod-us-east-1")).flows

    pairs = {
        (
            dict(flow.source.labels).get("app"),
            dict(flow.target.labels).get("prometheus") or dict(flow.target.labels).get("app"),
            flow.port,
        )
        for flow in flows
    }
    assert ("keda-operator", "prometheus", 9090) in pairs
    assert ("keda-operator-metrics-apiserver", "keda-operator", 9666) in pairs
