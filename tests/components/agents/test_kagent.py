"""kagent: the controller, its database, and nothing of the chart's examples."""

from __future__ import annotations

from typing import Any

from groundwork.components.agents.kagent import Kagent


def test_the_charts_examples_are_switched_off(render: Any, site: Any) -> None:
    """Built-in agents, tools and the bundled database come with wide rights and fixed passwords (playbook finding 1)."""
    values = next(chart.values for chart in render(Kagent, site("prod-us-east-1")).charts if chart.chart == "kagent")

    assert values["database"]["postgres"]["bundled"] == {"enabled": False}
    for part in ("k8s-agent", "helm-agent", "kagent-tools", "querydoc", "grafana-mcp"):
        assert values[part] == {"enabled": False}


def test_the_controller_watches_only_namespaces_with_agents(render: Any, site: Any) -> None:
    """Its roles are per namespace, not for the whole cluster."""
    values = next(chart.values for chart in render(Kagent, site("prod-us-east-2")).charts if chart.chart == "kagent")

    assert values["rbac"]["namespaces"] == ["ai-agents", "kagent", "tenant-team-a"]


def test_the_databases_password_stays_in_a_secret(render: Any, site: Any, find: Any) -> None:
    """The chart is given a file; External Secrets makes it from the contract."""
    external = find(render(Kagent, site("prod-us-east-1")), "ExternalSecret", "kagent-database")

    assert external["spec"]["target"]["template"]["data"]["url"].startswith(
        "postgres://{{ .username }}:{{ .password }}@kagent-postgres-rw"
    )
