"""cert-manager: its one way to the internet."""

from __future__ import annotations

from typing import Any

from groundwork.components.foundation.cert_manager import CertManager
from groundwork.kube.egress import port_of


def test_on_self_managed_nodes_certificates_are_asked_for_through_the_proxy(render: Any, site: Any) -> None:
    """The chart is told the proxy by its own values."""
    (chart,) = render(CertManager, site("prod-us-east-2")).charts

    assert chart.values["https_proxy"] == f"http://egress-proxy.egress.svc:{port_of('cert-manager')}"


def test_on_auto_mode_a_policy_names_the_host(render: Any, site: Any) -> None:
    """No proxy there."""
    rendering = render(CertManager, site("prod-us-east-1"))

    assert {flow.target.host for flow in rendering.flows if flow.target.host} == {"acme-v02.api.letsencrypt.org"}
    assert "https_proxy" not in rendering.charts[0].values


def test_it_asks_the_clusters_own_name_servers(render: Any, site: Any) -> None:
    """Whether the proof stands in the zone; policies let nobody ask the zone's own servers, and no certificate would come."""
    (chart,) = render(CertManager, site("prod-us-east-2")).charts

    assert chart.values["dns01RecursiveNameserversOnly"] is True


def test_no_hook_runs_before_anything_lets_it_out(render: Any, site: Any) -> None:
    """The namespace denies what nobody declared; the chart's check of its own webhook would fail, and the sync with it."""
    (chart,) = render(CertManager, site("prod-us-east-2")).charts

    assert chart.values["startupapicheck"] == {"enabled": False}


def test_the_kubernetes_api_and_aws_are_not_asked_through_the_proxy(render: Any, site: Any) -> None:
    """The proxy leads to Let's Encrypt alone. Pods know the API by its address, and Route 53's name has no region in it."""
    (chart,) = render(CertManager, site("prod-us-east-2")).charts
    inside = chart.values["no_proxy"].split(",")

    assert {"172.20.0.0/16", ".amazonaws.com", ".svc", "169.254.170.23"} <= {*inside}
