"""kagent: the controller, its database, and nothing of the chart's examples."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.parametrize("cluster", ["prod-us-east-1", "prod-us-east-2"])
def test_an_agents_card_names_the_address_outside(render: Any, site: Any, cluster: str) -> None:
    """Whoever reads the card at the edge could not dial the controller's Service."""
    _, chart = render(Kagent, site(cluster)).charts

    assert chart.values["controller"]["a2aBaseUrl"] == f"https://api.{cluster}.ai.example.com"


def test_its_page_asks_people_to_sign_in(render: Any, site: Any, find: Any) -> None:
    """It has no accounts of its own, on either edge."""
    by_load_balancer = find(render(Kagent, site("prod-us-east-1")), "Ingress", "kagent")["metadata"]["annotations"]
    by_gateway = find(render(Kagent, site("prod-us-east-2")), "TrafficPolicy", "kagent")["spec"]

    assert by_load_balancer["alb.ingress.kubernetes.io/auth-type"] == "oidc"
    assert by_gateway["oauth2"]["extensionRef"] == {"name": "sign-in", "namespace": "ai-gateway"}
