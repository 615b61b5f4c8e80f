"""Prometheus operator: measures, and leaves the rest of its chart off."""

from __future__ import annotations

from typing import Any

from groundwork.components.observability.prometheus_operator import PrometheusOperator


def test_the_charts_own_server_dashboards_and_rules_are_off(render: Any, site: Any) -> None:
    """Two servers would scrape and alert twice."""
    (chart,) = render(PrometheusOperator, site("prod-us-east-1")).charts

    for part in ("alertmanager", "grafana", "prometheus"):
        assert chart.values[part] == {"enabled": False}
    assert chart.values["defaultRules"] == {"create": False}


def test_what_reads_the_host_lives_apart(render: Any, site: Any) -> None:
    """Only node-exporter needs a privileged namespace."""
    (chart,) = render(PrometheusOperator, site("prod-us-east-1")).charts

    assert chart.values["prometheus-node-exporter"]["namespaceOverride"] == "node-agents"
    assert PrometheusOperator.further_namespaces == {"node-agents": "privileged"}


def test_no_hook_of_the_chart_needs_the_network_before_there_are_policies(render: Any, site: Any) -> None:
    """The webhook's certificate comes from a Job that runs first, in a namespace that denies everything: it never ends."""
    (chart,) = render(PrometheusOperator, site("prod-us-east-1")).charts

    assert chart.values["prometheusOperator"]["admissionWebhooks"] == {"enabled": False}
    assert chart.values["prometheusOperator"]["tls"] == {"enabled": False}
